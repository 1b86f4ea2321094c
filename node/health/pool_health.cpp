#include "node/health/pool_health.hpp"

#include <fmt/core.h>

#include "core/words.hpp"
#include "node/health/pool_json.hpp"
#include "node/health/words.hpp"

namespace horae {
namespace {

// A CometBFT that is started again says nothing for some seconds, and has nobody connected.
constexpr std::uint64_t consensus_silent_ms = 10'000;
constexpr std::uint64_t alone_ms = 10'000;
// A node that is started again is reached again within seconds.
constexpr std::uint64_t no_link_ms = 10'000;

// With fewer members none could be away, whatever their power.
constexpr std::size_t members_for_one_to_fail = 4;

void add_consensus(std::vector<PoolTrouble>& out, const Situation& seen) {
  const auto& pool = seen.consensus;
  if (pool.state == "still") out.push_back({pool.reason, pool.since_ms, true});
  if (pool.state == "silent") {
    out.push_back({pool.reason, pool.since_ms, since(seen, pool.since_ms) >= consensus_silent_ms});
  }
}

void add_alone(std::vector<PoolTrouble>& out, const Situation& seen) {
  const auto& pool = seen.consensus;
  // Before the pool is founded nobody knows how many they are.
  if (pool.alone_since_ms == 0 || pool.members.size() == 1) return;
  if (since(seen, pool.alone_since_ms) < alone_ms) return;
  out.push_back(
      {"no other member's consensus is connected: see that pool.peers names them, that "
       "they run, and that they reach this node's pool.listen",
       pool.alone_since_ms, true});
}

void add_forwarding(std::vector<PoolTrouble>& out, const Situation& seen) {
  const auto& forwarding = seen.forwarding;
  if (forwarding.stuck_since_ms == 0 || forwarding.waiting == 0) return;
  if (since(seen, forwarding.stuck_since_ms) < no_link_ms) return;
  out.push_back(
      {fmt::format("{} transactions wait here, and the member that makes the blocks, {}, "
                   "is not reached{}: they are handed over once it is",
                   forwarding.waiting, to_hex(seen.consensus.leader), because(forwarding.why)),
       forwarding.stuck_since_ms, true});
}

void add_copies(std::vector<PoolTrouble>& out, const Board::Copies& copies) {
  if (copies.linked + 1 >= copies.wanted) return;
  out.push_back(
      {fmt::format("no transaction of users is acknowledged: acknowledge.copies wants each in the "
                   "logs of {} members, and {} others are linked to this node; see that they run "
                   "(`horae pool status`), or start it with a smaller number",
                   copies.wanted, copies.linked),
       0, false});
}

void add_signer(std::vector<PoolTrouble>& out, const Board::PoolSigner& signer) {
  if (signer.state == "stopped") {
    out.push_back({"this node's signer has stopped" + because(signer.reason) +
                       "; see that no other machine has the key, and then say so by `horae pool "
                       "release-signer` (docs/pool.md)",
                   signer.since_ms, true});
  }
  if (signer.state == "waiting") {
    out.push_back(
        {fmt::format("this node's signer waits, and signs nothing{}; it goes on by itself "
                     "after {} blocks in a row without its key, of which {} are over, or by your "
                     "word (`horae pool release-signer`)",
                     because(signer.reason), signer.to_wait, signer.waited),
         signer.since_ms, false});
  }
}

void add_own_reports(std::vector<PoolTrouble>& out, const Board::Consensus& pool) {
  for (const auto& member : pool.members) {
    if (member.signer != pool.me || member.differing == 0) continue;
    out.push_back(
        {fmt::format("what this node's endpoint shows of L1 is not what the pool agreed on, in {} "
                     "reports in a row, and does not count: use another endpoint (l1.endpoint)",
                     member.differing),
         0, false});
  }
}

}  // namespace

bool is_behind(const Situation& seen) { return seen.consensus.catching_up; }

std::string behind_words(const Board::Consensus& pool) {
  return fmt::format("this member is behind its pool, at height {}, and catches up", pool.height);
}

std::vector<PoolTrouble> pool_troubles(const Situation& seen) {
  std::vector<PoolTrouble> out;
  const auto& pool = seen.consensus;
  if (pool.name.empty()) return out;
  add_forwarding(out, seen);
  add_consensus(out, seen);
  add_alone(out, seen);
  add_signer(out, pool.signer);
  add_copies(out, seen.copies);
  add_own_reports(out, pool);
  return out;
}

std::vector<std::string> pool_notes(const Board::Consensus& pool) {
  std::vector<std::string> out;
  for (const auto& member : pool.members) {
    if (member.signer == pool.me) continue;
    const auto name = "the member " + to_hex(member.signer);
    if (is_away(pool, member)) {
      out.push_back(fmt::format("{} is away: none of the last {} blocks has its signature", name,
                                missed_blocks(pool, member)));
    }
    if (member.differing > 0) {
      out.push_back(fmt::format("{} reports L1 otherwise than the pool, {} times in a row", name,
                                member.differing));
    }
  }
  if (!pool.dispute.empty()) {
    out.push_back(pool.dispute +
                  ": with more than two thirds of the power behind one, the block is revoked; else "
                  "see whose engine is wrong, or revoke it by your word (`horae pool revoke`)");
  }
  for (const auto& change : pool.changes) {
    if (!change.agreed || change.needs <= pool.rules_known) continue;
    out.push_back(
        fmt::format("the pool has agreed on shared rules of version {} from L1 block {} on, "
                    "and this program knows version {}: it will stop there; install a newer "
                    "one before",
                    change.needs, change.from_block, pool.rules_known));
  }
  for (const auto& signer : pool.lost) {
    out.push_back("the member " + to_hex(signer) + " has lost its voice: it was away for too long");
  }
  if (pool.members.size() >= members_for_one_to_fail && may_fail(pool) == 0) {
    out.push_back(
        "one member has a third of the pool's power or more: without it nothing is agreed on");
  }
  return out;
}

}  // namespace horae
