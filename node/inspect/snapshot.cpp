#include "node/inspect/snapshot.hpp"

#include <unistd.h>

#include <algorithm>

namespace horae {
namespace {

using schema::Inspector;

void write(Inspector::Actor::Builder out, const ActorReading& actor, std::uint64_t time_ms) {
  out.setName(actor.name);
  const bool stuck = is_stuck({actor.name, actor.last_message, actor.busy_for_ms});
  out.setState(stuck        ? Inspector::State::STUCK
               : actor.busy ? Inspector::State::BUSY
                            : Inspector::State::IDLE);
  if (stuck) out.setStuckForMs(actor.busy_for_ms);
  if (actor.busy) out.setBusySinceMs(time_ms - std::min(time_ms, actor.busy_for_ms));
  out.setMailboxDepth(actor.mailbox_depth);
  out.setMessages(actor.messages);
  out.setFacts(actor.facts);
  out.setRate(actor.rate);
  out.setBusyShare(actor.busy_per_mille);
  out.setWindowMs(actor.window_ms);
  out.setLastMessage(actor.last_message);
  auto latency = out.initLatency();
  latency.setP50(actor.p50_ns);
  latency.setP99(actor.p99_ns);
  latency.setP50SinceStart(actor.p50_since_start_ns);
  latency.setP99SinceStart(actor.p99_since_start_ns);
}

void write(Inspector::Journal::Builder out, const Board::Journal& journal) {
  out.setSeq(journal.seq);
  out.setCommits(journal.commits);
  out.setFacts(journal.facts);
  out.setLastBatch(journal.last_batch);
  out.setLargestBatch(journal.largest_batch);
  out.setLastCommitUs(journal.last_commit_us);
  out.setSlowestCommitUs(journal.slowest_commit_us);
  out.setCommitUs(journal.commit_us);
  if (journal.commits > 0) {
    out.setMeanBatch(static_cast<double>(journal.facts) / static_cast<double>(journal.commits));
    out.setMeanCommitUs(journal.commit_us / journal.commits);
  }
}

void write(Inspector::BlockNumber::Builder out, std::optional<std::uint64_t> number) {
  if (number) {
    out.setNumber(*number);
  } else {
    out.setUnknown();
  }
}

void write(Inspector::L1::Builder out, const Board::L1& l1) {
  out.setState(l1.state);
  out.setReason(l1.reason);
  write(out.initHead(), l1.head);
  write(out.initConfirmed(), l1.confirmed);
  write(out.initFinalized(), l1.finalized);
}

void write(Inspector::Verification::Builder out, const Board::Verification& verification) {
  const auto done = verification.done.load();
  const auto total = verification.total.load();
  out.setState(total == 0 ? "none" : done < total ? "running" : "done");
  out.setDone(done);
  out.setTotal(total);
  out.setRate(verification.rate.load());
}

void write(Inspector::Condition::Builder out, const Health& health) {
  out.setState(std::string(health.state));
  out.setWords(health.words);
  out.setSinceMs(health.since_ms);
  auto besides = out.initBesides(static_cast<unsigned>(health.besides.size()));
  for (unsigned i = 0; i < besides.size(); ++i) besides.set(i, health.besides[i]);
}

void write(Inspector::Room::Builder out, const Board::Room& room) {
  out.setState(room.state);
  out.setReason(room.reason);
  out.setUsedBytes(room.used_bytes);
  out.setMapBytes(room.map_bytes);
  out.setDiskFreeBytes(room.disk_free_bytes);
}

}  // namespace

void write_snapshot(Inspector::Snapshot::Builder out, const Sampler& sampler, const Board& board,
                    const Health& health, const std::vector<LogReading>& readers,
                    const Moment& moment) {
  auto node = out.initNode();
  node.setPid(static_cast<std::uint32_t>(::getpid()));
  node.setVersion(HORAE_VERSION);
  node.setStartedMs(moment.started_ms);
  node.setUptimeMs((moment.now_ns - moment.started_ns) / 1'000'000);
  out.setTime(moment.time_ms);

  const auto readings = sampler.read(moment.now_ns);
  auto actors = out.initActors(static_cast<unsigned>(readings.size()));
  for (unsigned i = 0; i < actors.size(); ++i) write(actors[i], readings[i], moment.time_ms);

  write(out.initJournal(), board.get<Board::Journal>());
  auto engine = out.initEngine();
  engine.setHead(board.engine_head.load());
  engine.setSealedHead(board.sealed_head.load());
  write(out.initL1(), board.get<Board::L1>());
  const auto production = board.get<Board::Production>();
  out.initProduction().setState(production.state);
  out.getProduction().setReason(production.reason);
  write(out.initRoom(), board.get<Board::Room>());
  write(out.initVerification(), board.verification);
  write(out.initCondition(), health);

  const auto sent = sampler.edges(moment.now_ns);
  auto edges = out.initEdges(static_cast<unsigned>(sent.size()));
  for (unsigned i = 0; i < edges.size(); ++i) {
    edges[i].setFrom(sent[i].from);
    edges[i].setTo(sent[i].to);
    edges[i].setMessages(sent[i].messages);
    edges[i].setRate(sent[i].rate);
  }
  auto reading = out.initReaders(static_cast<unsigned>(readers.size()));
  for (unsigned i = 0; i < reading.size(); ++i) {
    reading[i].setPid(readers[i].pid);
    reading[i].setThread(readers[i].thread);
    reading[i].setTransaction(readers[i].transaction);
    reading[i].setBehind(readers[i].behind);
  }
}

}  // namespace horae
