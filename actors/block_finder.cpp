#include "actors/block_finder.hpp"

#include "events/record.hpp"

namespace horae {

namespace {

// Nothing where the record is none of a block.
Result<std::optional<FoundBlock>> block_in_record(std::uint64_t seq, BytesView value) {
  const auto where = "record " + std::to_string(seq);
  const auto record = decode_record(value);
  if (!record) return within(where, record.error());
  const auto sealed = static_cast<std::uint16_t>(schema::BlocksFact::BLOCK_SEALED);
  if (record->header.domain != Domain::BLOCKS || record->header.kind != sealed) {
    return std::nullopt;
  }
  auto checked = Message::checked(record->payload, capnp::Schema::from<schema::BlocksFact>());
  if (!checked) return within(where, checked.error());
  auto fact = Msg<schema::BlocksFact>::of(std::move(*checked));
  if (!fact.read().isBlockSealed()) return fail(where + ": kind and fact differ");
  const auto number = fact.read().getBlockSealed().getHeader().getNumber();
  return FoundBlock{number, seq, std::move(fact)};
}

std::uint64_t epoch_of(const FoundBlock& found) {
  return found.fact.read().getBlockSealed().getHeader().getEpoch();
}

Result<std::optional<FoundBlock>> block_or_none_at(LogReader& log, std::uint64_t seq) {
  const auto value = log.get(seq);
  if (!value) return tl::unexpected(value.error());
  if (!*value) return fail("record " + std::to_string(seq) + " is missing");
  return block_in_record(seq, (*value)->value);
}

}  // namespace

Result<FoundBlock> block_at(LogReader& log, std::uint64_t seq) {
  auto found = block_or_none_at(log, seq);
  if (!found) return tl::unexpected(found.error());
  if (!*found) return fail("record " + std::to_string(seq) + " is no sealed block");
  return std::move(**found);
}

Result<FoundBlock> parent_of(LogReader& log, const FoundBlock& block) {
  const auto wanted = fixed<Hash32>(block.fact.read().getBlockSealed().getHeader().getParentHash());
  for (auto seq = block.seq - 1; seq > 0; --seq) {
    auto found = block_or_none_at(log, seq);
    if (!found) return tl::unexpected(found.error());
    if (!*found) continue;
    const auto header = (*found)->fact.read().getBlockSealed().getHeader();
    if (fixed<Hash32>(header.getBlockHash()) == wanted) return std::move(**found);
  }
  return fail("block " + std::to_string(block.number) + " has no parent in the log");
}

Result<std::optional<FoundBlock>> BlockFinder::first_in(std::uint64_t from, std::uint64_t to,
                                                        bool with_revoked) {
  std::optional<FoundBlock> out;
  Result<void> trouble;
  const auto shown = log_.scan(from, to, [&](std::uint64_t seq, BytesView value) {
    auto found = block_in_record(seq, value);
    if (!found) {
      trouble = tl::unexpected(found.error());
      return false;
    }
    if (!*found) return true;
    if (!with_revoked && is_revoked(revoked_, (*found)->number, epoch_of(**found))) return true;
    out = std::move(**found);
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

Result<FoundBlock> BlockFinder::find(std::uint64_t number, std::uint64_t epoch) {
  const std::pair wanted{epoch, number};
  for (std::uint64_t from = 1, to = last_seq_; from <= to;) {
    const auto middle = from + (to - from) / 2;
    auto found = first_in(middle, to, true);
    if (!found) return tl::unexpected(found.error());
    const auto place = *found ? std::pair{epoch_of(**found), (*found)->number} : wanted;
    if (*found && place == wanted) return std::move(**found);
    if (*found && place < wanted) {
      from = (*found)->seq + 1;
    } else {
      to = middle - 1;
    }
  }
  return fail("block " + std::to_string(number) + " of epoch " + std::to_string(epoch) +
              " is not in the log");
}

}  // namespace horae
