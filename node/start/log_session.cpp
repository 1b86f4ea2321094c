#include "node/start/log_session.hpp"

#include "core/shell_word.hpp"
#include "node/start/caught.hpp"
#include "node/start/damage_guard.hpp"
#include "node/start/log_checks.hpp"
#include "node/start/signals.hpp"
#include "node/start/step.hpp"
#include "storage/log_tree.hpp"
#include "telemetry/logger.hpp"

namespace horae {
namespace {

class Opening {
 public:
  Opening(const DataPaths& paths, DamageGuard& guard, Board* board)
      : paths_(paths), guard_(guard), board_(board), snapshots_(paths.snapshots()) {}

  Result<LogSession> open(std::size_t map_bytes, StartFrom from) {
    auto environment = open_log(paths_.log(), Access::durable, map_bytes);
    if (!environment) return tl::unexpected(environment.error());
    environment_ = *environment;
    const auto last = LogReader(environment_).last_seq();
    if (!last) return tl::unexpected(last.error());
    last_ = *last;
    if (from == StartFrom::snapshot) {
      for (const auto seq : snapshots_.list()) {
        auto session = fold_from(seq);
        if (session) return session;
        if (is_given_up(session.error())) return session;
        refused_.push_back("snapshot " + std::to_string(seq) +
                           " is not used: " + session.error().what);
        unfit_.push_back(seq);
      }
    }
    return fold_from(0);
  }

 private:
  // From the snapshot of this record, or from the beginning.
  Result<LogSession> fold_from(std::uint64_t snapshot) {
    LogSession out;
    out.environment = environment_;
    fresh_.reset();
    auto signed_end = CheckpointCheck::begin(paths_.checkpoint());
    if (!signed_end) return tl::unexpected(signed_end.error());
    auto tiles = TileCheck::begin(environment_);
    if (!tiles) return tl::unexpected(tiles.error());
    if (snapshot != 0) {
      auto resumed = resume(snapshots_, snapshot, environment_, last_);
      if (!resumed) return tl::unexpected(resumed.error());
      out.world = std::move(resumed->world);
      out.watch = std::move(resumed->watch);
      out.hashes = std::move(resumed->hashes);
      out.position = {out.world.seq, out.world.time_ms, out.world.head, resumed->used.tree};
      out.used = std::move(resumed->used);
      tiles->skip(snapshot / merkle::tile_leaves);
      if (auto passed = pass_checkpoint(*signed_end, out); !passed) {
        return tl::unexpected(passed.error());
      }
    }
    // Snapshots that the newest ones would push out again are not taken.
    const auto unwanted = (Snapshots::kept + 1) * SnapshotTaker::every;
    out.taker = SnapshotTaker(std::max(snapshot, last_ > unwanted ? last_ - unwanted : 0));
    if (auto folded = fold_rest(out, *signed_end, *tiles); !folded) {
      return tl::unexpected(folded.error());
    }
    if (auto same = signed_end->end(out.world.local.node, out.world.seq); !same) {
      return tl::unexpected(same.error());
    }
    if (auto filled = tiles->end(environment_); !filled) return tl::unexpected(filled.error());
    out.checkpointed = signed_end->size();
    out.refused = std::move(refused_);
    tidy_snapshots();
    return out;
  }

  // The checkpoint may be of a size that the fold does not come by any more.
  Result<void> pass_checkpoint(CheckpointCheck& signed_end, const LogSession& out) {
    if (signed_end.size() == 0 || signed_end.size() > out.world.seq) return {};
    LogTree tree(environment_, [](BytesView value) -> Result<Hash32> {
      const auto record = decode_record(value);
      if (!record) return tl::unexpected(record.error());
      return record_hash(*record);
    });
    const auto frontier = tree.frontier(signed_end.size());
    if (!frontier) return tl::unexpected(frontier.error());
    signed_end.see(*frontier);
    return {};
  }

  Result<void> fold_rest(LogSession& out, CheckpointCheck& signed_end, TileCheck& tiles) {
    Step step("replaying", {"replaying the log", "record", out.world.seq, last_}, board_);
    Fault trouble;
    bool sound = true;
    const auto see = [&](BytesView value) -> Result<void> {
      const auto record = decode_record(value);
      if (!record) return tl::unexpected(record.error());
      if (auto folded = fold(out.world, *record, Trust::bytes); !folded) return folded;
      const auto tile = out.position.pass(record->header, out.world.head);
      if (tile) {
        if (auto same = tiles.see(*tile); !same) return same;
      }
      signed_end.see(out.position.tree);
      if (auto same = out.hashes.see(out.world, *record); !same) return same;
      out.watch.see(*record, out.world.local.mempool);
      if (auto taken = out.taker.see(out.world, out.watch, *record)) fresh_ = std::move(taken);
      return {};
    };
    // Damage ends a start with a fault that names it, not with a core dump: nobody has vouched yet
    // for what was written in an earlier life.
    const auto visit = [&](std::uint64_t seq, BytesView value) {
      guard_.at(seq);
      if (const auto seen = caught([&] { return see(value); }); !seen) {
        trouble = Fault{"record " + std::to_string(seq) + ": " + seen.error().what};
        return sound = false;
      }
      if (step.at(seq)) return true;
      trouble = given_up();
      return sound = false;
    };
    LogReader log(environment_);
    const auto scanned = log.scan(out.world.seq + 1, last_, visit);
    if (!scanned) return tl::unexpected(scanned.error());
    if (!sound) return tl::unexpected(trouble);
    if (out.world.seq != last_ || !out.world.settled) {
      return fail("the log ends at record " + std::to_string(out.world.seq) + " within a decision");
    }
    return {};
  }

  // The log is open: what could not be used will not be any more, and what a long replay came by
  // spares the next one.
  void tidy_snapshots() {
    for (const auto seq : unfit_) snapshots_.remove(seq);
    if (!fresh_) return;
    if (auto written = snapshots_.write(fresh_->header.seq, fresh_->encode()); !written) {
      Logger("snapshots").warn("a snapshot is not written", {{"why", written.error().what}});
    }
  }

  const DataPaths& paths_;
  DamageGuard& guard_;
  Board* board_;
  Snapshots snapshots_;
  std::shared_ptr<Environment> environment_;
  std::uint64_t last_ = 0;
  std::vector<std::string> refused_;
  std::vector<std::uint64_t> unfit_;
  std::optional<TakenSnapshot> fresh_;
};

}  // namespace

Result<void> LogSession::go_on() {
  LogReader log(environment);
  const auto last = log.last_seq();
  if (!last) return tl::unexpected(last.error());
  Result<void> seen;
  const auto scanned = log.scan(world.seq + 1, *last, [&](std::uint64_t, BytesView value) {
    const auto record = decode_record(value);
    seen = record ? fold(world, *record, Trust::log) : tl::unexpected(record.error());
    if (seen) seen = hashes.see(world, *record);
    if (!seen) return false;
    watch.see(*record, world.local.mempool);
    return true;
  });
  return scanned ? seen : tl::unexpected(scanned.error());
}

Result<LogSession> LogSession::open(const DataPaths& paths, std::size_t map_bytes, StartFrom from,
                                    Board* board) {
  DamageGuard guard(
      "the log in " + paths.log().string(),
      "`horae-replay verify --datadir " + shell_word(paths.root.string()) +
          "` tells more, and a copy of log/ put back in its place goes on from there");
  std::optional<Result<LogSession>> out;
  // An assertion of LMDB's on a damaged page is a stop, too.
  const auto done = caught([&]() -> Result<void> {
    out = Opening(paths, guard, board).open(map_bytes, from);
    return {};
  });
  if (!done) return tl::unexpected(done.error());
  return std::move(*out);
}

}  // namespace horae
