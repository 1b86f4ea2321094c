#include "tools/replay/audit/fold.hpp"

#include "tools/replay/reading.hpp"

namespace horae::replay {

tl::expected<void, Finding> fold_checked(World& world, const LogValue& value) {
  const auto expected = world.seq + 1;
  if (value.seq != expected) {
    return tl::unexpected(Finding{Trouble::log_corrupt, expected, "key", std::to_string(expected),
                                  std::to_string(value.seq)});
  }
  const auto record = decode_record(value.value);
  if (!record) return tl::unexpected(finding_of(expected, record.error(), "a record"));
  if (auto folded = fold(world, *record, Trust::bytes); !folded) {
    return tl::unexpected(finding_of(expected, folded.error(), "a canonical fact of its domain"));
  }
  return {};
}

Outcome<World> fold_to(const Source& source, std::uint64_t seq, std::atomic<std::uint64_t>* at) {
  World world;
  Reading reading(at, "folding", seq);
  Walk walk(source.reader(), 1, seq);
  while (world.seq < seq) {
    const auto value = walk.peek();
    if (!value) return tl::unexpected(value.error());
    if (*value == nullptr) {
      return refuse(Trouble::log_corrupt,
                    "record " + std::to_string(world.seq + 1) + ": key: wanted it, got the end");
    }
    reading.at((*value)->seq);
    if (auto folded = fold_checked(world, **value); !folded) {
      return refuse(folded.error().trouble, to_text(folded.error()));
    }
    walk.pop();
  }
  if (!world.settled) {
    return refuse(Trouble::log_corrupt,
                  "record " + std::to_string(seq) + ": more: wanted 0 at the end, got 1");
  }
  return world;
}

}  // namespace horae::replay
