#include "actors/committed.hpp"

#include <cmath>

#include "events/pool/disputes.hpp"
#include "events/pool/members.hpp"
#include "events/pool/rule_changes.hpp"
#include "events/turns.hpp"

namespace horae {
namespace {

// For people to look at; nothing is decided by it.
double approximately(const U256& value) {
  double out = 0;
  for (std::size_t i = value.limbs().size(); i-- > 0;) {
    out = std::ldexp(out, 64) + static_cast<double>(value.limbs()[i]);
  }
  return out;
}

double in_metis(const U256& wei) { return approximately(wei) / 1e18; }

void tell_pool(Board::Committed& out, const Locking& locking) {
  const auto& pool = locking.current;
  out.sequencers = pool.sequencers.size();
  for (const auto& [id, sequencer] : pool.sequencers) {
    if (sequencer.status == SequencerStatus::active) ++out.active_sequencers;
  }
  out.batch = static_cast<std::uint64_t>(pool.batch.id);
  out.discrepancies = pool.discrepancies;
  out.locked = in_metis(pool.total_locked);
  out.reward_per_block = in_metis(pool.reward_per_block);
  out.paused = pool.paused;
}

void tell_duties(Board::Committed& out, const World& world) {
  const auto& rewards = world.shared.rewards;
  out.period_started = rewards.started_at;
  out.period_closed = rewards.closed.has_value();
  if (!rewards.paid.empty()) {
    out.batches_paid = static_cast<std::uint64_t>(rewards.paid.back().id);
  }
  const auto& rounds = world.local.rounds;
  out.rounds = rounds.rounds;
  out.rounds_timed_out = rounds.timed_out;
  out.rounds_open = rounds.open.size();
  const auto& submissions = world.local.submissions;
  out.submissions = submissions.planned;
  out.submissions_live = submissions.live.size();
  for (const auto& [id, one] : submissions.live) {
    if (one.stalled != StallReason::NONE) ++out.submissions_stalled;
  }
  const auto& faults = world.shared.faults;
  out.faults = faults.known.size();
  for (const auto& [id, standing] : faults.standings) {
    if (standing.skipped_until != 0 || standing.proposed) ++out.consequences;
  }
  for (const auto& [kind, count] : world.local.observations.counts) {
    const auto at = static_cast<std::size_t>(kind);
    if (at < out.observations.size()) out.observations[at] = count.count;
  }
}

void tell_rules(Board::Consensus& seen, const PoolAgreement& pool) {
  seen.rules_version = pool.rules_version;
  seen.rules_known = known_rules();
  seen.changes.clear();
  for (const auto& [at, change] : pool.coming) {
    seen.changes.push_back({at.first, change.read().getNeeds(), at.second, true, 0});
  }
  std::map<Hash32, Board::RuleChange> wanted;
  for (const auto& [member, change] : pool.wished) {
    const auto digest = change_digest(change.read());
    auto& told = wanted[digest];
    told.from_block = change.read().getFromBlock();
    told.needs = change.read().getNeeds();
    told.digest = digest;
    told.power += power_of(pool.members, {member});
  }
  for (const auto& [digest, told] : wanted) seen.changes.push_back(told);
}

}  // namespace

void tell_pool(Board& board, const World& world) {
  const auto& pool = world.shared.pool;
  if (!pool.is_founded()) return;
  board.change<Board::Consensus>([&](Board::Consensus& seen) {
    seen.name = pool.genesis.read().getName().cStr();
    seen.leader = leader_of(world.shared).value_or(Address{});
    seen.epoch = world.shared.blocks.epoch.number;
    seen.place = pool.place;
    seen.attested = safe_block(world.shared.blocks);
    seen.dispute = dispute_words(pool, seen.attested + 1);
    if (const auto& revoked = world.shared.blocks.revoked; !revoked.empty()) {
      seen.revoked = {revoked.size(), revoked.back().first, revoked.back().last};
    }
    tell_rules(seen, pool);
    seen.lost.assign(pool.lost.begin(), pool.lost.end());
    seen.members.clear();
    for (const auto& [signer, member] : pool.members) {
      const auto last = seen.signatures.find(signer);
      const auto differing = pool.differing.find(signer);
      const auto attested = pool.attested.find(signer);
      seen.members.push_back({signer, member.power, consensus_of(member.endpoint),
                              link_of(member.endpoint),
                              last == seen.signatures.end() ? 0 : last->second,
                              differing == pool.differing.end() ? 0 : differing->second.places,
                              attested == pool.attested.end() ? 0 : attested->second});
    }
  });
}

Board::Committed committed(const World& world) {
  Board::Committed out;
  out.seq = world.seq;
  out.time_ms = world.time_ms;
  out.starts = world.local.node.starts;
  const auto& chain = world.shared.blocks;
  out.head = chain.head.number;
  out.head_time = chain.head.timestamp;
  out.head_gas_used = chain.head.gas_used;
  out.gas_limit = chain.gas_limit;
  out.epoch = chain.epoch.number;
  out.txns = chain.txns;
  out.base_fee = approximately(chain.head.base_fee);
  const auto& pool = world.local.mempool;
  out.waiting = pool.by_hash.size();
  out.senders = pool.waiting.size();
  out.admitted = pool.arrivals;
  tell_pool(out, world.shared.locking);
  tell_duties(out, world);
  return out;
}

}  // namespace horae
