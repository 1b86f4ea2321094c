#include "actors/block_finder.hpp"

#include "events/record.hpp"

namespace horae {

Result<std::optional<FoundBlock>> BlockFinder::first_in(std::uint64_t from, std::uint64_t to) {
  std::optional<FoundBlock> out;
  Result<void> trouble;
  const auto shown = log_.scan(from, to, [&](std::uint64_t seq, BytesView value) {
    const auto record = decode_record(value);
    if (!record) {
      trouble = within("record " + std::to_string(seq), record.error());
      return false;
    }
    const auto sealed = static_cast<std::uint16_t>(schema::BlocksFact::BLOCK_SEALED);
    if (record->header.domain != Domain::BLOCKS || record->header.kind != sealed) return true;
    auto checked = Message::checked(record->payload, capnp::Schema::from<schema::BlocksFact>());
    if (!checked) {
      trouble = within("record " + std::to_string(seq), checked.error());
      return false;
    }
    auto fact = Msg<schema::BlocksFact>::of(std::move(*checked));
    if (!fact.read().isBlockSealed()) {
      trouble = fail("record " + std::to_string(seq) + ": kind and fact differ");
      return false;
    }
    const auto number = fact.read().getBlockSealed().getHeader().getNumber();
    out = FoundBlock{number, seq, std::move(fact)};
    return false;
  });
  if (!shown) return tl::unexpected(shown.error());
  if (!trouble) return tl::unexpected(trouble.error());
  return out;
}

Result<FoundBlock> BlockFinder::find(std::uint64_t number) {
  const auto take = [this](FoundBlock&& found) {
    number_ = found.number;
    seq_ = found.seq;
    return std::move(found);
  };
  if (number_ != 0 && number == number_ + 1) {
    auto next = first_in(seq_ + 1, last_seq_);
    if (!next) return tl::unexpected(next.error());
    if (*next && (*next)->number == number) return take(std::move(**next));
    return fail("block " + std::to_string(number) + " is not in the log");
  }
  for (std::uint64_t from = 1, to = last_seq_; from <= to;) {
    const auto middle = from + (to - from) / 2;
    auto found = first_in(middle, to);
    if (!found) return tl::unexpected(found.error());
    if (*found && (*found)->number == number) return take(std::move(**found));
    if (*found && (*found)->number < number) {
      from = (*found)->seq + 1;
    } else {
      to = middle - 1;
    }
  }
  return fail("block " + std::to_string(number) + " is not in the log");
}

}  // namespace horae
