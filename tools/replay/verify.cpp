#include "tools/replay/verify.hpp"

#include "tools/replay/block_audit.hpp"
#include "tools/replay/fold.hpp"
#include "tools/replay/progress.hpp"

namespace horae::replay {
namespace {

using Wrong = tl::unexpected<Finding>;

Wrong unreadable(std::uint64_t seq, const Refusal& refusal) {
  return Wrong(Finding{refusal.code, seq, "record", "a readable one", refusal.what});
}

std::optional<RecordView> well_formed(const LogValue* value, std::uint64_t seq) {
  if (value == nullptr || value->seq != seq) return std::nullopt;
  const auto record = decode_record(value->value);
  if (!record || record->header.seq != seq) return std::nullopt;
  return *record;
}

// Whether the next record's link is this record's hash; if not, which of the two is to blame: the
// link in the record behind both vouches for the next one's bytes.
tl::expected<void, Finding> check_link(Walk& walk, const RecordView& record) {
  const auto seq = record.header.seq;
  const auto next_value = walk.peek(1);
  if (!next_value) return unreadable(seq + 1, next_value.error());
  const auto next = well_formed(*next_value, seq + 1);
  if (!next) return {};  // the end, or worse, which is said when it is its turn
  const auto hash = record_hash(record);
  if (next->header.prev == hash) return {};
  const auto next_hash = record_hash(*next);
  const auto after_value = walk.peek(2);
  if (!after_value) return unreadable(seq + 2, after_value.error());
  const auto after = well_formed(*after_value, seq + 2);
  if (after && after->header.prev != next_hash) {
    return Wrong(Finding{Exit::corrupt, seq + 1, "prev", to_hex(hash), to_hex(next->header.prev)});
  }
  return Wrong(Finding{Exit::corrupt, seq, "hash", to_hex(next->header.prev), to_hex(hash)});
}

tl::expected<void, Finding> check_first(const RecordView& record) {
  const auto fact = checked_fact(record.header.domain, record.payload);
  const bool opened = record.header.domain == Domain::NODE && fact &&
                      Msg<schema::NodeFact>::of(*fact).read().isLogOpened();
  if (opened) return {};
  return Wrong(Finding{Exit::corrupt, 1, "first record", "logOpened", "another fact"});
}

}  // namespace

tl::expected<Verified, Finding> verify(const Source& source, std::atomic<std::uint64_t>* at) {
  Verified out;
  auto& world = out.world;
  BlockAudit blocks(Walk(source.reader(), 1, source.last()));
  Walk walk(source.reader(), 1, source.last());
  Progress progress(at, "verifying", source.last());
  for (;; walk.pop()) {
    const auto expected = world.seq + 1;
    progress.at(expected);
    const auto value = walk.peek();
    if (!value) return unreadable(expected, value.error());
    if (*value == nullptr) break;
    if (const auto record = well_formed(*value, expected)) {
      if (auto linked = check_link(walk, *record); !linked) return Wrong(linked.error());
      if (expected == 1) {
        if (auto first = check_first(*record); !first) return Wrong(first.error());
      }
      if (record->header.domain == Domain::BLOCKS) {
        const auto fact = checked_fact(Domain::BLOCKS, record->payload);
        if (!fact) return Wrong(finding_of(expected, fact.error(), "a canonical fact"));
        const auto read = Msg<schema::BlocksFact>::of(*fact).read();
        if (read.isBlockSealed()) {
          auto found = blocks.check(world, expected, read.getBlockSealed());
          if (!found) return unreadable(expected, found.error());
          if (*found) return Wrong(**found);
          ++out.blocks;
        }
      }
    }
    if (auto folded = fold_checked(world, **value); !folded) return Wrong(folded.error());
  }
  if (world.seq != source.last()) {
    return Wrong(Finding{Exit::corrupt, world.seq + 1, "key", std::to_string(world.seq + 1),
                         "the end of the log"});
  }
  if (!world.settled) {
    return Wrong(Finding{Exit::corrupt, world.seq, "more", "0 at the end of the log", "1"});
  }
  return out;
}

}  // namespace horae::replay
