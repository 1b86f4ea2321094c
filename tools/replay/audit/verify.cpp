#include "tools/replay/audit/verify.hpp"

#include "events/json.hpp"
#include "events/state_hashes.hpp"
#include "tools/replay/audit/block_audit.hpp"
#include "tools/replay/audit/fold.hpp"
#include "tools/replay/audit/prepared.hpp"
#include "tools/replay/audit/quorum_audit.hpp"
#include "tools/replay/audit/shared_audit.hpp"
#include "tools/replay/audit/tree_audit.hpp"
#include "tools/replay/reading.hpp"

namespace horae::replay {
namespace {

using Wrong = tl::unexpected<Finding>;

Wrong unreadable(std::uint64_t seq, const Failure& refusal) {
  return Wrong(Finding{refusal.trouble, seq, "record", "a readable one", refusal.what});
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
    return Wrong(Finding{Trouble::audit_mismatch, seq + 1, "prev", to_hex(hash), to_hex(prev)});
  }
  return Wrong(Finding{Trouble::audit_mismatch, seq, "hash", to_hex(prev), to_hex(hash)});
}

tl::expected<void, Finding> check_first(const Prepared& value) {
  const bool opened = value.record->header.domain == Domain::NODE && value.is_fact &&
                      Msg<schema::NodeFact>::read(value.record->payload).isLogOpened();
  if (opened) return {};
  return Wrong(Finding{Trouble::audit_mismatch, 1, "first record", "logOpened", "another fact"});
}

// A decision of the mempool is the mempool's alone.
std::optional<Finding> strange(const RecordView& record) {
  if (record.header.domain == Domain::MEMPOOL) return std::nullopt;
  return Finding{Trouble::audit_mismatch, record.header.seq, "decision", "facts of the mempool",
                 "a fact of " + domain_name(record.header.domain)};
}

// Where the decision begins that the record stands in.
Outcome<std::uint64_t> begin_of_decision(const Source& source, std::uint64_t seq) {
  auto reader = source.reader();
  for (; seq > 1; --seq) {
    const auto value = reader.get(seq - 1);
    if (!value) return refuse(Trouble::log_corrupt, value.error().what);
    const auto record = *value ? decode_record((*value)->value) : Result<RecordView>(fail("none"));
    if (!record || !record->header.more) break;
  }
  return seq;
}

class Verifier {
 public:
  Verifier(const Source& source, TreeAudit tree, std::uint64_t from, const VerifyOptions& options)
      : source_(source),
        from_(from),
        hashed_from_(from == 1 ? 1 : tree.pass(from - 1)),
        tree_(std::move(tree)),
        blocks_(source.reader(), options.most_kept),
        walk_(source.reader(),
              {1, source.last(), hashed_from_, options.records_only ? Depth::hashes : Depth::all},
              options.jobs) {
    out_.world.local.mempool.use = PoolUse::folds;
    out_.records_only = options.records_only;
    out_.trusted = from - 1;
  }

  tl::expected<Verified, Finding> run(std::atomic<std::uint64_t>* at) {
    Reading reading(at, "verifying", source_.last());
    for (;; walk_.pop()) {
      const auto expected = world().seq + 1;
      reading.at(expected);
      const auto value = walk_.peek();
      if (!value) return unreadable(expected, value.error());
      if (*value == nullptr) break;
      if (auto found = step(**value)) return Wrong(std::move(*found));
    }
    if (auto found = check_end()) return Wrong(std::move(*found));
    out_.signed_headers = quorums_.checked();
    return std::move(out_);
  }

 private:
  World& world() { return out_.world; }

  // One record; nothing where it is in order.
  std::optional<Finding> step(const Prepared& current) {
    const auto expected = world().seq + 1;
    const auto* record = well_formed(&current, expected);
    const bool verified = expected >= from_;
    if (record != nullptr && verified) {
      if (auto found = check_before(current)) return found;
    }
    if (auto folded = fold_next(current); !folded) return std::move(folded.error());
    if (expected >= hashed_from_) {
      auto found = tree_.see(world().head, world().local.node, tile_at(expected));
      if (found) return found;
    }
    if (record == nullptr) return std::nullopt;
    if (!out_.records_only) {
      if (auto found = check_after(*record, verified)) return found;
    }
    return check_state_hash(*record);
  }

  // What can be said of a decision with the record folded.
  std::optional<Finding> check_after(const RecordView& record, bool verified) {
    if (record.header.domain == Domain::MEMPOOL) {
      blocks_.follow(record.header.seq, record.payload, walk_.slice());
    }
    if (record.header.domain == Domain::POOL) {
      if (!verified) quorums_.pass(world(), record);
      if (auto found = verified ? quorums_.see(world(), record) : std::nullopt) return found;
    }
    return verified ? decisions_.end(world()) : pass(record);
  }

  // Of the states before `from`, too: they are folded from what is taken as it is.
  std::optional<Finding> check_state_hash(const RecordView& record) {
    if (const auto same = hashes_.see(world(), record); !same) {
      auto found = finding_of(record.header.seq, same.error(), "the state that the log folds to");
      found.trouble = Trouble::audit_mismatch;
      return found;
    }
    if (record.header.domain != Domain::NODE) return std::nullopt;
    const auto fact = Msg<schema::NodeFact>::read(record.payload);
    if (!fact.isStateHashed() || hashes_.took(fact.getStateHashed().getSeq())) return std::nullopt;
    return Finding{Trouble::audit_mismatch, record.header.seq, "record of the state's hashes",
                   "one of the last at which they are taken",
                   std::to_string(fact.getStateHashed().getSeq())};
  }

  // What can be said of a record with the fold before it.
  std::optional<Finding> check_before(const Prepared& current) {
    const auto& header = current.record->header;
    if (header.seq > linked_to_) {
      if (auto linked = check_link(walk_, header.seq, current.hash, 0); !linked) {
        return std::move(linked.error());
      }
    }
    if (header.seq == 1) {
      if (auto first = check_first(current); !first) return std::move(first.error());
    }
    if (!world().settled) {
      if (of_mempool_) return strange(*current.record);
    } else {
      of_mempool_ = header.domain == Domain::MEMPOOL;
      if (out_.records_only) return std::nullopt;
      if (auto found = begin_decision(header.seq)) return found;
    }
    return out_.records_only ? std::nullopt : check_fact();
  }

  std::optional<Finding> begin_decision(std::uint64_t seq) {
    // The mempool's are most of a log: after one of them there is nothing to put away.
    if (of_mempool_ && decisions_.idle()) return std::nullopt;
    std::vector<LoggedFact> facts;
    if (!of_mempool_) {
      auto decision = decision_from(seq);
      if (!decision) return std::move(decision.error());
      facts = std::move(*decision);
      if (!facts.empty()) linked_to_ = facts.back().seq;
    }
    return decisions_.begin(world(), std::move(facts));
  }

  // The facts of the decision that begins with the current record; the others' links are checked.
  // None where a record is no fact: it is found when it is its turn.
  tl::expected<std::vector<LoggedFact>, Finding> decision_from(std::uint64_t seq) {
    std::vector<LoggedFact> out;
    for (std::size_t ahead = 0;; ++ahead) {
      const auto value = walk_.peek(ahead);
      if (!value) return unreadable(seq + ahead, value.error());
      const auto* record = well_formed(*value, seq + ahead);
      if (record == nullptr) return std::vector<LoggedFact>();
      const auto header = record->header;
      const auto& current = **value;
      if (ahead > 0) {
        const auto linked = check_link(walk_, header.seq, current.hash, ahead);
        if (!linked) return Wrong(linked.error());
      }
      if (!current.is_fact) return std::vector<LoggedFact>();
      out.push_back({header.seq, header.cause, header.domain,
                     Message::borrowed(record->payload, walk_.bytes(ahead)), current.word});
      if (!header.more) return out;
    }
  }

  std::optional<Finding> check_fact() {
    const auto* fact = decisions_.next();
    if (fact == nullptr) return std::nullopt;
    if (auto found = decisions_.check(world())) return found;
    if (fact->domain != Domain::BLOCKS) return std::nullopt;
    const auto read = Msg<schema::BlocksFact>::read(fact->payload.bytes());
    if (!read.isBlockSealed()) return std::nullopt;
    ++out_.blocks;
    auto found = blocks_.check(world(), fact->seq, read.getBlockSealed());
    if (!found) return unreadable(fact->seq, found.error()).value();
    return std::move(*found);
  }

  // A record that is taken as it is leaves what later ones are held against.
  std::optional<Finding> pass(const RecordView& record) {
    decisions_.pass(world(), record.header.domain, record.payload);
    if (record.header.domain != Domain::BLOCKS) return std::nullopt;
    const auto fact = Msg<schema::BlocksFact>::read(record.payload);
    if (!fact.isBlockSealed()) return std::nullopt;
    const auto passed = blocks_.pass(world(), fact.getBlockSealed());
    if (passed) return std::nullopt;
    return unreadable(record.header.seq, passed.error()).value();
  }

  tl::expected<void, Finding> fold_next(const Prepared& value) {
    const auto expected = world().seq + 1;
    if (well_formed(&value, expected) != nullptr && value.is_fact) {
      // The first that is hashed and those before it are linked to what nobody hashed.
      if (hashed_from_ > 1 && expected <= hashed_from_) world().head = value.record->header.prev;
      if (fold_prepared(world(), *value.record, Message::borrowed(value.record->payload),
                        value.hash)) {
        return {};
      }
    }
    // Something is wrong with it: what, is said by all checks in their order.
    auto checked =
        fold_checked(world(), LogValue{value.seq, Bytes(value.value.begin(), value.value.end())});
    if (!checked) checked.error().trouble = Trouble::audit_mismatch;
    return checked;
  }

  const std::optional<Hash32>& tile_at(std::uint64_t seq) {
    static const std::optional<Hash32> none;
    const auto& slice = walk_.slice();
    return slice.records.back().seq == seq ? slice.tile : none;
  }

  std::optional<Finding> check_end() {
    if (world().seq != source_.last()) {
      return Finding{Trouble::audit_mismatch, world().seq + 1, "key",
                     std::to_string(world().seq + 1), "the end of the log"};
    }
    if (!world().settled) {
      return Finding{Trouble::log_incomplete, world().seq, "more", "0 at the end of the log", "1"};
    }
    return tree_.end(source_, world().local.node);
  }

  const Source& source_;
  std::uint64_t from_;         // the first that is verified
  std::uint64_t hashed_from_;  // the first that is hashed
  TreeAudit tree_;
  BlockAudit blocks_;
  SharedAudit decisions_;
  QuorumAudit quorums_;
  StateHashWatch hashes_;
  PreparedWalk walk_;
  Verified out_;
  bool of_mempool_ = false;      // the decision that the record stands in
  std::uint64_t linked_to_ = 0;  // the last record whose link was checked ahead of its turn
};

}  // namespace

tl::expected<Verified, Finding> verify(const Source& source, std::atomic<std::uint64_t>* at,
                                       const VerifyOptions& options) {
  const auto from = begin_of_decision(source, options.from);
  if (!from) return unreadable(options.from, from.error());
  auto tree = TreeAudit::begin(source, options.checkpoint);
  if (!tree) return Wrong(tree.error());
  return Verifier(source, std::move(*tree), *from, options).run(at);
}

}  // namespace horae::replay
