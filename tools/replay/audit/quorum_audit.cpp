#include "tools/replay/audit/quorum_audit.hpp"

#include "events/pool/members.hpp"

namespace horae::replay {
namespace {

// A change of the members that a block leads to holds from so many heights later on (CometBFT,
// state/execution.go updateState: the next validators are those of the height after the next).
constexpr std::uint64_t members_behind = 2;

std::vector<ConsensusMember> voices(const Members& members) {
  std::vector<ConsensusMember> out;
  for (const auto& [signer, member] : members) out.push_back({member.key, member.power});
  return out;
}

Finding mismatch(std::uint64_t seq, std::string what, std::string wanted, std::string got) {
  return {Trouble::audit_mismatch, seq, std::move(what), std::move(wanted), std::move(got)};
}

schema::PoolFact::Reader pool_fact(const RecordView& record) {
  return Msg<schema::PoolFact>::read(record.payload);
}

}  // namespace

std::optional<Finding> QuorumAudit::see(const World& after, const RecordView& record) {
  const auto fact = pool_fact(record);
  if (fact.isConsensusBlockApplied()) {
    const auto& said = after.local.progress.applied;
    if (const auto hash = app_hash(after.shared.digests); hash != said.app_hash) {
      return mismatch(record.header.seq, "app hash of height " + std::to_string(said.height),
                      to_hex(hash), to_hex(said.app_hash));
    }
  }
  if (fact.isConsensusBlockSigned()) {
    auto found = check(after, record.header.seq, fact.getConsensusBlockSigned());
    if (found) return found;
  }
  pass(after, record);
  return std::nullopt;
}

void QuorumAudit::pass(const World& after, const RecordView& record) {
  const auto fact = pool_fact(record);
  if (fact.isConsensusBlockApplied()) applied(after, record.header.seq);
  if (fact.isConsensusBlockSigned()) forget_below(fact.getConsensusBlockSigned().getHeight());
}

void QuorumAudit::applied(const World& after, std::uint64_t seq) {
  const auto& now = after.local.progress.applied;
  if (const auto own = expected_.find(now.height); own != expected_.end()) {
    own->second.block = now.block_hash;
  }
  const auto& wanted = after.local.progress.wanted;
  if (!wanted.empty() && wanted.back().height == now.height + 1) {
    expected_[now.height + 1] = {seq, now.app_hash, {}};
    expected_.erase(expected_.begin(), expected_.lower_bound(wanted.front().height));
  }
  const auto& pool = after.shared.pool;
  if (!pool.is_founded()) return;  // whatever else is wrong with it
  if (members_.empty()) members_[1] = voices(to_members(pool.genesis.read().getMembers()));
  auto current = voices(pool.members);
  if (current != members_.rbegin()->second) {
    members_[now.height + members_behind] = std::move(current);
  }
}

void QuorumAudit::forget_below(std::uint64_t height) {
  expected_.erase(expected_.begin(), expected_.upper_bound(height));
  // The last that began at or below it is still in force there.
  const auto later = members_.upper_bound(height);
  if (later != members_.begin()) members_.erase(members_.begin(), std::prev(later));
}

std::optional<Finding> QuorumAudit::check(const World& after, std::uint64_t seq,
                                          schema::ConsensusBlockSigned::Reader kept) {
  const auto height = kept.getHeight();
  const auto name = "header of height " + std::to_string(height);
  const auto expected = expected_.find(height);
  const auto later = members_.upper_bound(height);
  if (expected == expected_.end() || later == members_.begin()) {
    return mismatch(seq, name, "the first one after a change", "another one");
  }
  const auto& members = std::prev(later)->second;
  const std::string chain = after.shared.pool.genesis.read().getName().cStr();
  auto commit = check_commit(view(kept.getCommit()), chain, members);
  if (!commit) {
    return mismatch(seq, name, "one that more than two thirds of the power signed",
                    commit.error().what);
  }
  if (commit->height != height) {
    return mismatch(seq, name, std::to_string(height), std::to_string(commit->height));
  }
  if (commit->app_hash != expected->second.app_hash) {
    return mismatch(seq, name + ", app hash", to_hex(expected->second.app_hash),
                    to_hex(commit->app_hash));
  }
  if (commit->block != expected->second.block) {
    return mismatch(seq, name + ", hash of the block", to_hex(expected->second.block),
                    to_hex(commit->block));
  }
  newest_ = ShownHeader{seq, expected->second.state_seq, std::move(*commit), members};
  ++checked_;
  return std::nullopt;
}

}  // namespace horae::replay
