#include "node/ops/metrics.hpp"

#include <cmath>
#include <span>

#include "events/penalties/penalties.hpp"
#include "node/health/checks.hpp"
#include "node/health/health.hpp"
#include "node/health/pool_json.hpp"
#include "node/ops/exposition.hpp"
#include "node/ops/process.hpp"
#include "node/rpc/refusals.hpp"

namespace horae {
namespace {

double number(std::uint64_t value) { return static_cast<double>(value); }
double seconds(std::uint64_t ms) { return static_cast<double>(ms) / 1000; }
double flag(bool value) { return value ? 1 : 0; }

template <std::size_t N>
void write(Exposition& out, const Buckets<N>& buckets) {
  out.histogram(buckets.bounds, buckets.counts, buckets.sum);
}

// A family with one sample for each state, 1 for the present one.
template <class States>
void one_of(Exposition& out, std::string_view name, std::string_view help, const States& states,
            std::string_view now) {
  out.family(name, "gauge", help);
  for (const std::string_view state : states) {
    out.sample(flag(state == now), {{"state", std::string(state)}});
  }
}

void tell_process(Exposition& out) {
  out.family("build_info", "gauge", "The running version.");
  out.sample(1, {{"version", HORAE_VERSION}});
  const auto process = this_process();
  out.gauge("process_start_time_seconds", "When the process began, since 1970.",
            std::floor(process.started_s));
  out.counter("process_cpu_seconds_total", "Processor time used.", process.cpu_s);
  out.gauge("process_resident_memory_bytes", "Memory in use.", number(process.resident_bytes));
  out.gauge("process_virtual_memory_bytes", "Address space, most of it the log's map.",
            number(process.virtual_bytes));
  out.gauge("process_open_fds", "Open files and sockets.", number(process.open_files));
  out.gauge("process_max_fds", "How many may be open.", number(process.open_files_most));
  out.gauge("process_threads", "Threads.", number(process.threads));
}

void tell_health(Exposition& out, const Situation& seen) {
  const auto health = health_of(seen);
  one_of(out, "condition", "What the node is doing: 1 for the present state.", health_states,
         health.state);
  const auto ready = readiness(seen);
  out.gauge("ready", "Whether /readyz answers 200.", flag(all_ok(ready)));
  out.family("ready_check", "gauge", "Each check of /readyz: 1 where it is passed.");
  for (const auto& check : ready) out.sample(flag(check.ok), {{"check", std::string(check.name)}});
  out.gauge("alive", "Whether /livez answers 200.", flag(all_ok(liveness(seen))));
  out.gauge("synced", "Whether log, L1 and engine are at their heads.", flag(is_synced(seen)));
  out.gauge("start_progress_ratio", "How far the start is, or its present step; 1 when it is done.",
            seen.start.state == "done" ? 1
            : seen.start.total == 0    ? 0
                                       : number(seen.start.done) / number(seen.start.total));
  out.gauge("replay_duration_seconds", "What reading the log at the start took.",
            seconds(seen.start.replay_ms));
  out.gauge("verified_records", "Records verified behind a start from a snapshot.",
            number(seen.verified));
  out.gauge("verification_records", "Records to verify behind a start from a snapshot.",
            number(seen.to_verify));
  out.counter("starts_total", "Starts that the log tells of.", number(seen.committed.starts));
}

void tell_chain(Exposition& out, const Situation& seen) {
  const auto& now = seen.committed;
  out.gauge("l2_head_number", "The last sealed L2 block.", number(now.head));
  out.gauge("l2_head_timestamp_seconds", "Its time.", number(now.head_time));
  out.gauge("l2_head_gas_used", "Its gas.", number(now.head_gas_used));
  out.gauge("l2_gas_limit", "The most gas of a block.", number(now.gas_limit));
  out.gauge("l2_base_fee_wei", "Its base fee.", now.base_fee);
  out.counter("l2_txns_total", "Transactions in all blocks of the log.", number(now.txns));
  out.gauge("epoch_number", "The running epoch.", number(now.epoch));
}

void tell_engine(Exposition& out, const Situation& seen) {
  const auto& engine = seen.engine;
  out.family("engine_info", "gauge", "What the engine is; the client as it names itself.");
  out.sample(1, {{"dialect", engine.dialect}, {"client", engine.client}});
  constexpr std::string_view states[] = {"starting", "answering", "silent"};
  one_of(out, "engine_state", "Whether the engine answers.", states, engine.state);
  out.gauge("engine_head_number", "The last block that the node has given the engine.",
            number(seen.engine_head));
  out.family("engine_answer_duration_seconds", "histogram",
             "What the engine took to tell its head, asked every two seconds.");
  write(out, engine.answer);
  // What is not known has no sample.
  out.family("engine_reported_head_number", "gauge", "The engine's last block by its own word.");
  if (engine.head) out.sample(number(*engine.head));
  out.family("engine_peers", "gauge", "Peers of the engine, which should have none.");
  if (engine.peers) out.sample(number(*engine.peers));
  out.family("engine_pool_closed", "gauge",
             "Whether the engine refuses a transaction that is sent to it directly, as it should.");
  if (engine.pool_closed) out.sample(flag(*engine.pool_closed));
  out.family("engine_disk_bytes", "gauge",
             "What the engine's files take, where they are known and on this machine.");
  if (engine.disk_bytes) out.sample(number(*engine.disk_bytes));
}

void tell_sequencing(Exposition& out, const Board::Production& production) {
  constexpr std::string_view states[] = {"starting", "producing", "idle",
                                         "waiting",  "stopped",   "following"};
  one_of(out, "production_state", "What the block producer says of itself.", states,
         production.state);
  out.counter("blocks_sealed_total", "Blocks sealed by this process.", number(production.blocks));
  out.counter("txns_sealed_total", "Transactions in them.", number(production.txns));
  out.counter("gas_used_total", "Gas used in them.", number(production.gas_used));
  out.counter("txns_skipped_total", "Transactions that the engine left out of them.",
              number(production.skipped));
  out.counter("blocks_undone_total", "Blocks that were built and not sealed.",
              number(production.undone));
  out.family("block_build_duration_seconds", "histogram",
             "From a block's proposal until it is sealed and included.");
  write(out, production.build);
  out.family("block_interval_seconds", "histogram",
             "Between the times of two blocks that this process sealed one after the other.");
  write(out, production.interval);
}

void tell_mempool(Exposition& out, const Situation& seen, const Admission& admission) {
  const auto& now = seen.committed;
  out.gauge("mempool_txns", "Transactions that wait.", number(now.waiting));
  out.gauge("mempool_senders", "Their senders.", number(now.senders));
  out.gauge("mempool_unserved_seconds",
            "How long transactions that a block could take have waited for one.",
            unserved_since(seen) == 0 ? 0 : seconds(since(seen, unserved_since(seen))));
  out.counter("mempool_logged_total", "Transactions that the log says were admitted.",
              number(now.admitted));
  out.gauge("admissions_in_flight", "Let in at the doors, and not yet answered.",
            number(admission.in_flight.load()));
  out.gauge("intake_closed", "Whether nothing is let in.",
            flag(admission.closed.load() != nullptr));
  out.counter("mempool_admitted_total", "Transactions that this process admitted.",
              number(admission.admitted.load()));
  out.family("mempool_refused_total", "counter", "Transactions that this process refused.");
  using schema::Reason;
  for (const auto reason :
       {Reason::BUSY, Reason::MALFORMED, Reason::UNSUPPORTED_TYPE, Reason::TOO_LARGE,
        Reason::WRONG_CHAIN, Reason::BAD_SIGNATURE, Reason::INTRINSIC_GAS, Reason::GAS_LIMIT,
        Reason::FEE_TOO_LOW, Reason::NONCE_TOO_LOW, Reason::NONCE_TOO_HIGH,
        Reason::INSUFFICIENT_FUNDS, Reason::ALREADY_KNOWN, Reason::UNDERPRICED,
        Reason::SENDER_LIMIT, Reason::POOL_FULL, Reason::STALE_VIEW, Reason::SHUTTING_DOWN}) {
    out.sample(number(admission.refused[static_cast<std::size_t>(reason)].load()),
               {{"reason", rpc::reason_name(reason)}});
  }
}

void tell_log(Exposition& out, const Board::Journal& journal, const Situation& seen) {
  const auto& room = seen.room;
  out.gauge("log_seq", "The last durable record.", number(journal.seq));
  out.gauge("log_followed_seq", "The last one that the world has folded.",
            number(seen.committed.seq));
  out.counter("log_commits_total", "Commits of this process.", number(journal.commits));
  out.counter("log_facts_total", "Facts in them.", number(journal.facts));
  out.family("log_commit_duration_seconds", "histogram", "What a commit took.");
  write(out, journal.commit);
  out.family("log_commit_facts", "histogram", "Facts of a commit.");
  write(out, journal.batch);
  constexpr std::string_view states[] = {"starting", "ample", "scarce", "closed"};
  one_of(out, "log_room", "Room for the log on its disk and in its map.", states, room.state);
  out.gauge("log_used_bytes", "Of the log's file.", number(room.used_bytes));
  out.gauge("log_free_bytes", "Of it, to be written again before it grows.",
            number(room.free_bytes));
  out.gauge("log_map_bytes", "The most that it can become.", number(room.map_bytes));
  out.gauge("log_disk_free_bytes", "Left on its disk.", number(room.disk_free_bytes));
  out.gauge("log_readers", "Slots of readers that are taken.", number(room.readers));
  out.gauge("log_readers_max", "How many there are.", number(room.readers_most));
}

template <class Value>
void each_actor(Exposition& out, const std::vector<std::shared_ptr<ActorMeter>>& meters,
                Value&& value) {
  for (const auto& meter : meters) out.sample(value(*meter), {{"actor", meter->name}});
}

void tell_actors(Exposition& out, const Meters& all) {
  const auto meters = all.all();
  const auto now_ns = ActorMeter::now_ns();
  const auto busy_ns = [now_ns](const ActorMeter& meter) {
    const auto since_ns = meter.since_ns.load(std::memory_order_relaxed);
    return since_ns == 0 || since_ns > now_ns ? 0 : now_ns - since_ns;
  };
  out.family("actor_mailbox_depth", "gauge", "Messages that wait behind the one in hand.");
  each_actor(out, meters, [&](const ActorMeter& meter) {
    // The counters move while they are read: what was read as handled was enqueued before.
    const auto handled = meter.handled.load(std::memory_order_relaxed) + (busy_ns(meter) ? 1 : 0);
    const auto enqueued = meter.enqueued.load(std::memory_order_relaxed);
    return enqueued > handled ? number(enqueued - handled) : 0;
  });
  out.family("actor_messages_total", "counter", "Messages handled.");
  each_actor(out, meters, [](const ActorMeter& meter) { return number(meter.handled.load()); });
  out.family("actor_facts_total", "counter", "Facts decided, seen, written or folded.");
  each_actor(out, meters, [](const ActorMeter& meter) { return number(meter.facts.load()); });
  out.family("actor_busy_seconds_total", "counter", "Time in handlers.");
  each_actor(out, meters, [&](const ActorMeter& meter) {
    return static_cast<double>(meter.busy_ns.load() + busy_ns(meter)) / 1e9;
  });
  out.family("actor_message_in_hand_seconds", "gauge",
             "How long it has had the present message in hand.");
  each_actor(out, meters,
             [&](const ActorMeter& meter) { return static_cast<double>(busy_ns(meter)) / 1e9; });
  out.family("actor_stuck", "gauge", "Whether that is longer than it should be.");
  each_actor(out, meters, [&](const ActorMeter& meter) {
    return flag(is_stuck({meter.name, {}, busy_ns(meter) / 1'000'000}));
  });
}

void tell_l1(Exposition& out, const Situation& seen) {
  const auto& l1 = seen.l1;
  constexpr std::string_view states[] = {"starting",
                                         "following",
                                         "backfilling",
                                         "unreachable",
                                         "rate limited",
                                         "doubtful",
                                         "differs",
                                         "refused",
                                         "alarm",
                                         "stopped",
                                         "waiting for the contracts",
                                         "waiting for the pool"};
  one_of(out, "l1_state", "How following L1 goes.", states, l1.state);
  out.family("l1_head_number", "gauge",
             "L1 blocks: the newest to follow, the last that the log covers, the last final one.");
  out.sample(number(l1.head.value_or(0)), {{"tag", "head"}});
  out.sample(number(l1.confirmed.value_or(0)), {{"tag", "confirmed"}});
  out.sample(number(l1.finalized.value_or(0)), {{"tag", "finalized"}});
  out.gauge("l1_head_timestamp_seconds", "Time of the newest.", number(l1.head_timestamp));
  out.gauge("l1_next_number", "The block to look at next.", number(l1.next.value_or(0)));
  const auto next = l1.next.value_or(0);
  const auto head = l1.head.value_or(0);
  out.gauge("l1_lag_blocks", "Blocks up to the head that are not looked at yet.",
            number(head >= next ? head + 1 - next : 0));
  out.counter("l1_steps_total", "Steps of the listener.", number(l1.steps));
  out.family("l1_failed_steps_total", "counter", "Steps that came to nothing.");
  out.sample(number(l1.unreachable), {{"reason", "unreachable"}});
  out.sample(number(l1.rate_limited), {{"reason", "rateLimited"}});
  out.sample(number(l1.doubtful), {{"reason", "doubtful"}});
  out.sample(number(l1.refused), {{"reason", "refused"}});
  out.gauge("l1_differences", "Fields in which the contracts and the log differ.",
            number(l1.differences));
  out.counter("l1_rereads_total", "Times that L1's logs were read again, since some differed.",
              number(l1.rereads));
  out.counter("l1_reverts_total", "Times that something logged was taken back.",
              number(l1.reverts));
  out.counter("l1_foreign_logs_total", "Logs at the proxies that are none of the pool's events.",
              number(l1.foreign_logs));
}

void tell_pool(Exposition& out, const Board::Committed& now) {
  out.gauge("pool_sequencers", "Sequencers that the locking pool has had.", number(now.sequencers));
  out.gauge("pool_active_sequencers", "Those that are Active.", number(now.active_sequencers));
  out.gauge("pool_locked_metis", "METIS that are locked.", now.locked);
  out.gauge("pool_reward_per_block_metis", "What a block is paid.", now.reward_per_block);
  out.gauge("pool_paused", "Whether the contracts are paused.", flag(now.paused));
  out.counter("pool_discrepancies_total", "Events that disagree with the fold of those before.",
              number(now.discrepancies));
}

// Of a node alone there is nothing to tell: the families have no samples.
std::span<const std::string_view> those_of(std::span<const std::string_view> states, bool in_pool) {
  return in_pool ? states : states.first(0);
}

void tell_members(Exposition& out, const Board::Consensus& pool, bool in_pool) {
  const auto gauge = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    out.family(name, "gauge", help);
    if (in_pool) out.sample(number(value));
  };
  std::uint64_t power = 0, own = 0, away = 0, differing = 0;
  for (const auto& member : pool.members) {
    power += member.power;
    if (member.signer == pool.me) own = member.power;
    if (is_away(pool, member)) ++away;
    if (member.differing > 0) ++differing;
  }
  gauge("consensus_members", "Members of the pool that have a voice.", pool.members.size());
  gauge("consensus_members_away", "Those whose signature none of the last blocks has.", away);
  gauge("consensus_members_differing", "Those whose reports of L1 are not the pool's.", differing);
  std::uint64_t needed = pool.rules_version;
  for (const auto& change : pool.changes) {
    if (change.agreed) needed = std::max(needed, change.needs);
  }
  gauge("consensus_members_lost", "Those that lost their voice by being away.", pool.lost.size());
  gauge("consensus_attested_block", "The last block of L2 that the pool has attested.",
        pool.attested);
  gauge("consensus_disputed", "Whether members say something against the first unattested block.",
        pool.dispute.empty() ? 0 : 1);
  gauge("consensus_revocations", "How often blocks of L2 were revoked.", pool.revoked.times);
  gauge("consensus_rules_version", "Of the shared rules that the pool goes by.",
        pool.rules_version);
  gauge("consensus_rules_known", "Up to which version this program knows them.", pool.rules_known);
  gauge("consensus_rules_needed", "The version that the pool goes by or has agreed on.", needed);
  gauge("consensus_may_fail", "Members that may be away, whichever they are.", may_fail(pool));
  gauge("consensus_power", "Power of all members, METIS.", power);
  gauge("consensus_own_power", "Power of this one.", own);
  const auto each = [&](std::string_view name, std::string_view help, auto value) {
    out.family(name, "gauge", help);
    for (const auto& member : pool.members) {
      out.sample(number(value(member)), {{"member", to_hex(member.signer)}});
    }
  };
  each("consensus_member_signed_height", "The last block that has the member's signature.",
       [](const Board::PoolMember& member) { return member.seen; });
  each("consensus_member_attested_block", "The last block of L2 that the member has attested.",
       [](const Board::PoolMember& member) { return member.attested; });
  each("consensus_member_differing_reports",
       "The member's reports of L1 in a row that were other than the pool's.",
       [](const Board::PoolMember& member) { return member.differing; });
}

void tell_signer(Exposition& out, const Board::PoolSigner& signer, bool in_pool) {
  constexpr std::string_view states[] = {"starting", "signing", "waiting", "stopped"};
  one_of(out, "consensus_signer_state", "Whether this member's key signs for consensus.",
         those_of(states, in_pool), signer.state);
  out.family("consensus_signer_height", "gauge", "The last height that it signed for.");
  if (in_pool) out.sample(number(signer.height));
  out.family("consensus_votes_signed_total", "counter", "Votes and proposals that it signed.");
  if (in_pool) out.sample(number(signer.votes_signed));
  out.family("consensus_votes_refused_total", "counter", "Those that it refused to sign.");
  if (in_pool) out.sample(number(signer.refused));
}

void tell_consensus(Exposition& out, const Board::Consensus& pool,
                    const Board::Forwarding& forwarding, const Board::Copies& copies) {
  const bool in_pool = !pool.name.empty();
  const auto one = [&](std::string_view name, std::string_view kind, std::string_view help,
                       double value) {
    out.family(name, kind, help);
    if (in_pool) out.sample(value);
  };
  constexpr std::string_view states[] = {"starting", "ordering", "silent", "still"};
  one_of(out, "consensus_state", "Whether consensus orders what members propose.",
         those_of(states, in_pool), pool.state);
  one("consensus_height", "gauge", "The last block of consensus that is in the log.",
      number(pool.height));
  one("consensus_tip", "gauge", "The last block that CometBFT has.",
      number(std::max(pool.tip.value_or(0), pool.height)));
  one("consensus_catching_up", "gauge", "Whether blocks are read that others have already.",
      flag(pool.catching_up));
  one("consensus_applied_timestamp_seconds", "gauge",
      "When this process applied a block last, since 1970; 0: it applied none.",
      seconds(pool.applied_ms));
  one("consensus_inputs_total", "counter", "Inputs that this process settled.",
      number(pool.inputs));
  one("consensus_inputs_waiting", "gauge", "Inputs of this node that are not ordered yet.",
      number(pool.waiting));
  one("consensus_l1_reports_agreed", "gauge", "Reports of L1 that the pool agreed on.",
      number(pool.place));
  one("consensus_peers", "gauge", "Members whose consensus is connected.",
      number(pool.peers.size()));
  one("consensus_restarts_total", "counter", "Times that this process started CometBFT again.",
      number(pool.restarts));
  one("forwarding_links", "gauge", "Members to whom this node has a link.",
      number(forwarding.linked.size()));
  one("forwarding_to_give", "gauge",
      "Transactions of this node's pool that the leader was not given yet.",
      number(forwarding.to_give));
  one("forwarding_given_total", "counter", "Transactions that this process gave the leader.",
      number(forwarding.given));
  one("forwarding_refused_total", "counter", "Those that the leader refused.",
      number(forwarding.refused));
  one("copies_wanted", "gauge",
      "Members that are to have a transaction before it is acknowledged, this one among them.",
      number(copies.wanted));
  one("copies_waiting", "gauge", "Transactions that wait until so many have them.",
      number(copies.waiting));
  one("copies_enough_total", "counter", "Transactions that so many had in time.",
      number(copies.enough));
  one("copies_lacking_total", "counter",
      "Those that too few had in time, and that were not acknowledged.", number(copies.lacking));
  tell_members(out, pool, in_pool);
  tell_signer(out, pool.signer, in_pool);
}

void tell_duties(Exposition& out, const Board& board, const Board::Committed& now) {
  out.gauge("rewards_batch_number", "The last reward batch that L1 paid.",
            number(now.batches_paid));
  out.gauge("rewards_period_start_timestamp_seconds", "When the open period began; 0: none did.",
            number(now.period_started));
  out.gauge("rewards_period_closed", "Whether a batch is composed and not paid.",
            flag(now.period_closed));
  constexpr std::string_view accountant[] = {"starting", "waiting", "closing", "submitting",
                                             "reopening"};
  one_of(out, "rewards_state", "What the reward accountant is at.", accountant,
         board.get<Board::Rewards>().state);
  out.counter("signing_rounds_total", "Rounds opened.", number(now.rounds));
  out.counter("signing_rounds_timed_out_total", "Rounds that timed out.",
              number(now.rounds_timed_out));
  out.gauge("signing_rounds_open", "Rounds under way.", number(now.rounds_open));
  out.counter("submissions_planned_total", "Transactions to L1 that were planned.",
              number(now.submissions));
  out.gauge("submissions_live", "Those that are not settled.", number(now.submissions_live));
  out.gauge("submissions_stalled", "Those of them that do not go on by themselves.",
            number(now.submissions_stalled));
  constexpr std::string_view sending[] = {"starting", "idle",    "sending",
                                          "waiting",  "stalled", "unreachable"};
  one_of(out, "submissions_state", "What the submitter is at.", sending,
         board.get<Board::Sending>().state);
  out.counter("penalties_faults_total", "Faults proven.", number(now.faults));
  out.gauge("penalties_sequencers_with_consequences",
            "Sequencers that were skipped or proposed for forceUnlock.", number(now.consequences));
  out.family("penalties_observations_total", "counter",
             "What this node saw of its own service: late blocks, missed slots and so on.");
  for (std::size_t kind = 1; kind < now.observations.size(); ++kind) {
    out.sample(number(now.observations[kind]),
               {{"kind", observation_name(static_cast<ObservationKind>(kind))}});
  }
}

void tell_pages(Exposition& out, const PageCounts& pages) {
  out.family("ops_requests_total", "counter", "Requests to this port, this one included.");
  out.sample(number(pages.livez.load()), {{"page", "livez"}});
  out.sample(number(pages.readyz.load()), {{"page", "readyz"}});
  out.sample(number(pages.metrics.load()), {{"page", "metrics"}});
  out.sample(number(pages.status.load()), {{"page", "status"}});
  out.sample(number(pages.other.load()), {{"page", "other"}});
}

}  // namespace

std::string metrics(const Vitals& vitals) {
  const auto& board = *vitals.board;
  const auto seen = look(board, *vitals.meters);
  Exposition out;
  tell_process(out);
  tell_health(out, seen);
  tell_chain(out, seen);
  tell_engine(out, seen);
  tell_sequencing(out, seen.production);
  tell_mempool(out, seen, *vitals.admission);
  tell_log(out, board.get<Board::Journal>(), seen);
  tell_actors(out, *vitals.meters);
  tell_l1(out, seen);
  tell_pool(out, seen.committed);
  tell_consensus(out, seen.consensus, board.get<Board::Forwarding>(), board.get<Board::Copies>());
  tell_duties(out, board, seen.committed);
  tell_pages(out, *vitals.pages);
  return out.take();
}

}  // namespace horae
