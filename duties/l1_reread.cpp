#include "duties/l1_reread.hpp"

#include <algorithm>

namespace horae {

void L1Reread::begin(std::uint64_t from, std::uint64_t to) {
  active_ = true;
  blind_ = false;
  from_ = from;
  to_ = to;
  take_part((to - from) / 2);
}

// At least a small part: one that is left over at the end is not worth a comparison of its own.
void L1Reread::take_part(std::uint64_t blocks) {
  const auto left = to_ - from_;
  part_end_ = left <= small_part ? to_ : from_ + std::clamp(blocks, small_part, left);
  one_by_one_ = part_end_ - from_ <= small_part;
}

L1Reread::Then L1Reread::agreed() {
  const auto size = part_end_ - from_;
  from_ = part_end_;
  if (from_ >= to_) {
    active_ = false;
    return Then::ended;
  }
  take_part(2 * size);
  return Then::go_on;
}

L1Reread::Then L1Reread::differed() {
  if (blind_) return read_one_by_one();
  if (one_by_one_) {
    active_ = false;
    return Then::settled;
  }
  take_part((part_end_ - from_) / 2);
  return Then::again;
}

L1Reread::Then L1Reread::unreadable() {
  // The end itself has become too old: whoever asked compares at the head, which is above it.
  if (part_end_ == to_) {
    active_ = false;
    return Then::ended;
  }
  blind_ = true;
  one_by_one_ = false;
  part_end_ = to_;
  return Then::go_on;
}

L1Reread::Then L1Reread::read_one_by_one() {
  if (one_by_one_ || to_ - from_ > most_one_by_one) {
    active_ = false;
    return Then::settled;
  }
  one_by_one_ = true;
  return Then::again;
}

}  // namespace horae
