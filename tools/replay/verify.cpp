#include "tools/replay/verify.hpp"

#include "events/json.hpp"
#include "events/state_hashes.hpp"
#include "tools/replay/block_audit.hpp"
#include "tools/replay/fold.hpp"
#include "tools/replay/prepared.hpp"
#include "tools/replay/progress.hpp"
#include "tools/replay/shared_audit.hpp"
#include "tools/replay/tree_audit.hpp"

namespace horae::replay {
namespace {

using Wrong = tl::unexpected<Finding>;

Wrong unreadable(std::uint64_t seq, const Refusal& refusal) {
  return Wrong(Finding{refusal.code, seq, "record", "a readable one", refusal.what});
}

const RecordView* well_formed(const Prepared* value, std::uint64_t seq) {
  if (value == nullptr || value->seq != seq || !value->record) return nullptr;
  return value->record->header.seq == seq ? &*value->record : nullptr;
}

// Whether the next record's link is the hash of the record so many places ahead; if not, which of
// the two is to blame: the link in the record behind both vouches for the next one's bytes.
tl::expected<void, Finding> check_link(PreparedWalk& walk, std::uint64_t seq, const Hash32& hash,
                                       std::size_t ahead) {
  const auto next_value = walk.peek(ahead + 1);
  if (!next_value) return unreadable(seq + 1, next_value.error());
  const auto* next = well_formed(*next_value, seq + 1);
  if (next == nullptr) return {};  // the end, or worse, which is said when it is its turn
  const auto prev = next->header.prev;
  if (prev == hash) return {};
  const auto next_hash = (*next_value)->hash;
  const auto after_value = walk.peek(ahead + 2);
  if (!after_value) return unreadable(seq + 2, after_value.error());
  const auto* after = well_formed(*after_value, seq + 2);
  if (after != nullptr && after->header.prev != next_hash) {
    return Wrong(Finding{Exit::corrupt, seq + 1, "prev", to_hex(hash), to_hex(prev)});
  }
  return Wrong(Finding{Exit::corrupt, seq, "hash", to_hex(prev), to_hex(hash)});
}

tl::expected<void, Finding> check_first(const Prepared& value) {
  const bool opened = value.record->header.domain == Domain::NODE && value.is_fact &&
                      Msg<schema::NodeFact>::of(value.payload).read().isLogOpened();
  if (opened) return {};
  return Wrong(Finding{Exit::corrupt, 1, "first record", "logOpened", "another fact"});
}

// The facts of the decision that begins with the current record; the others' links are checked.
// None of the mempool's, and none where a record is no fact: it is found when it is its turn.
tl::expected<std::vector<LoggedFact>, Finding> decision_from(PreparedWalk& walk,
                                                             std::uint64_t seq) {
  std::vector<LoggedFact> out;
  for (std::size_t ahead = 0;; ++ahead) {
    const auto value = walk.peek(ahead);
    if (!value) return unreadable(seq + ahead, value.error());
    const auto* record = well_formed(*value, seq + ahead);
    if (record == nullptr) return std::vector<LoggedFact>();
    const auto header = record->header;
    if (ahead == 0 && header.domain == Domain::MEMPOOL) return out;
    const auto& current = **value;
    if (ahead > 0) {
      const auto linked = check_link(walk, header.seq, current.hash, ahead);
      if (!linked) return Wrong(linked.error());
    }
    if (!current.is_fact) return std::vector<LoggedFact>();
    out.push_back({header.seq, header.cause, header.domain, current.payload});
    if (!header.more) return out;
  }
}

// A decision of the mempool is the mempool's alone.
std::optional<Finding> strange(const RecordView& record) {
  if (record.header.domain == Domain::MEMPOOL) return std::nullopt;
  return Finding{Exit::mismatch, record.header.seq, "decision", "facts of the mempool",
                 "a fact of " + domain_name(record.header.domain)};
}

std::optional<Finding> check_fact(SharedAudit& decisions, BlockAudit& blocks, Verified& out) {
  const auto* fact = decisions.next();
  if (fact == nullptr) return std::nullopt;
  if (auto found = decisions.check(out.world)) return found;
  if (fact->domain != Domain::BLOCKS) return std::nullopt;
  const auto read = Msg<schema::BlocksFact>::of(fact->payload).read();
  if (!read.isBlockSealed()) return std::nullopt;
  ++out.blocks;
  auto found = blocks.check(out.world, fact->seq, read.getBlockSealed());
  if (!found) return unreadable(fact->seq, found.error()).value();
  return std::move(*found);
}

tl::expected<void, Finding> fold_next(World& world, const Prepared& value) {
  if (well_formed(&value, world.seq + 1) != nullptr && value.is_fact &&
      fold_prepared(world, *value.record, value.payload, value.hash)) {
    return {};
  }
  // Something is wrong with it: what, is said by all checks in their order.
  return fold_checked(world, LogValue{value.seq, Bytes(value.value.begin(), value.value.end())});
}

}  // namespace

tl::expected<Verified, Finding> verify(const Source& source, std::atomic<std::uint64_t>* at,
                                       unsigned jobs) {
  Verified out;
  auto& world = out.world;
  BlockAudit blocks(Slices(source.reader(), 1, source.last()));
  SharedAudit decisions;
  StateHashWatch hashes;
  auto tree = TreeAudit::begin(source);
  if (!tree) return Wrong(tree.error());
  bool of_mempool = false;      // the decision that the record stands in
  std::uint64_t linked_to = 0;  // the last record whose link was checked ahead of its turn
  PreparedWalk walk(source.reader(), 1, source.last(), jobs);
  Progress progress(at, "verifying", source.last());
  for (;; walk.pop()) {
    const auto expected = world.seq + 1;
    progress.at(expected);
    const auto value = walk.peek();
    if (!value) return unreadable(expected, value.error());
    if (*value == nullptr) break;
    const auto& current = **value;
    const auto* record = well_formed(&current, expected);
    if (record != nullptr) {
      if (expected > linked_to) {
        const auto linked = check_link(walk, expected, current.hash, 0);
        if (!linked) return Wrong(linked.error());
      }
      if (expected == 1) {
        if (auto first = check_first(current); !first) return Wrong(first.error());
      }
      if (world.settled) {
        of_mempool = record->header.domain == Domain::MEMPOOL;
        auto facts = decision_from(walk, expected);
        if (!facts) return Wrong(facts.error());
        if (!facts->empty()) linked_to = facts->back().seq;
        if (auto found = decisions.begin(world, std::move(*facts))) return Wrong(*found);
      } else if (of_mempool) {
        if (auto found = strange(*record)) return Wrong(*found);
      }
      if (auto found = check_fact(decisions, blocks, out)) return Wrong(*found);
    }
    if (auto folded = fold_next(world, current); !folded) return Wrong(folded.error());
    tree->see(world.head);
    if (auto found = decisions.end(world)) return Wrong(*found);
    if (record != nullptr) {
      if (const auto same = hashes.see(world, *record); !same) {
        return Wrong(Finding{Exit::mismatch, expected, "state hash",
                             "the state that the log folds to", same.error().what});
      }
    }
  }
  if (world.seq != source.last()) {
    return Wrong(Finding{Exit::corrupt, world.seq + 1, "key", std::to_string(world.seq + 1),
                         "the end of the log"});
  }
  if (!world.settled) {
    return Wrong(Finding{Exit::corrupt, world.seq, "more", "0 at the end of the log", "1"});
  }
  if (auto found = tree->end(source, world.local.node)) return Wrong(*found);
  return out;
}

}  // namespace horae::replay
