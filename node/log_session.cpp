#include "node/log_session.hpp"

#include <kj/exception.h>

#include "node/checkpoint_check.hpp"
#include "node/progress.hpp"
#include "storage/log_tree.hpp"

namespace horae {
namespace {

struct Stopped {
  std::string why;
};

// Damage ends a start with a fault that names it, not with a core dump: nobody has vouched yet for
// what was written in an earlier life.
Result<void> fold_or_fault(World& world, const RecordView& record) {
  set_stop_handler([](std::string_view why) { throw Stopped{std::string(why)}; });
  Result<void> out;
  try {
    out = fold(world, record, Trust::bytes);
  } catch (const Stopped& stopped) {
    out = fail(stopped.why);
  } catch (const kj::Exception& broken) {
    out = fail(broken.getDescription().cStr());
  }
  set_stop_handler(nullptr);
  return out;
}

// Holds the stored tiles against the records, and adds those that are not stored yet.
class TileCheck {
 public:
  Result<void> begin(const std::shared_ptr<Environment>& environment) {
    auto stored = LogTree(environment, nullptr).stored_tiles();
    if (!stored) return tl::unexpected(stored.error());
    stored_ = std::move(*stored);
    return {};
  }
  Result<void> see(const Hash32& root) {
    const auto index = seen_++;
    if (index >= stored_.size()) {
      missing_.push_back(root);
    } else if (stored_[index] != root) {
      return fail("the stored root of tile " + std::to_string(index) +
                  ", which ends here: wanted " + to_hex(root) + ", got " + to_hex(stored_[index]));
    }
    return {};
  }
  Result<void> end(const std::shared_ptr<Environment>& environment) {
    if (seen_ < stored_.size()) {
      return fail("the tree has " + std::to_string(stored_.size()) +
                  " full tiles, the records fill " + std::to_string(seen_) +
                  ": the log lost its end");
    }
    if (missing_.empty()) return {};
    return LogWriter(environment).add_tiles(stored_.size(), missing_);
  }

 private:
  std::vector<Hash32> stored_;
  std::vector<Hash32> missing_;
  std::size_t seen_ = 0;
};

}  // namespace

Result<LogSession> LogSession::open(const DataPaths& paths) {
  LogSession out;
  auto environment = open_log(paths.log(), Access::durable);
  if (!environment) return tl::unexpected(environment.error());
  out.environment = *environment;

  auto signed_end = CheckpointCheck::begin(paths.checkpoint());
  if (!signed_end) return tl::unexpected(signed_end.error());
  TileCheck tiles;
  if (auto begun = tiles.begin(out.environment); !begun) return tl::unexpected(begun.error());

  LogReader log(out.environment);
  const auto last = log.last_seq();
  if (!last) return tl::unexpected(last.error());
  Progress progress("replaying the log", *last);
  Fault trouble;
  bool sound = true;
  const auto visit = [&](std::uint64_t seq, BytesView value) {
    const auto record = decode_record(value);
    auto folded =
        record ? fold_or_fault(out.world, *record) : Result<void>(tl::unexpected(record.error()));
    if (folded) {
      if (const auto tile = out.position.pass(record->header, out.world.head)) {
        folded = tiles.see(*tile);
      }
      signed_end->see(out.position.tree);
    }
    if (folded) folded = out.hashes.see(out.world, *record);
    if (!folded) {
      trouble = Fault{"record " + std::to_string(seq) + ": " + folded.error().what};
      return sound = false;
    }
    out.watch.see(*record);
    if (record->header.domain == Domain::BLOCKS) {
      auto fact = Msg<schema::BlocksFact>::of(Message::trusted(record->payload));
      if (fact.read().isBlockSealed()) {
        out.block_seqs.push_back(seq);
        out.last_sealed = std::move(fact);
      }
    }
    progress.at(seq);
    return true;
  };
  if (auto scanned = log.scan(1, *last, visit); !scanned) return tl::unexpected(scanned.error());
  if (!sound) return tl::unexpected(trouble);
  if (out.world.seq != *last || !out.world.settled) {
    return fail("the log ends at record " + std::to_string(out.world.seq) + " within a decision");
  }
  if (auto same = signed_end->end(out.world.local.node, out.world.seq); !same) {
    return tl::unexpected(same.error());
  }
  if (auto filled = tiles.end(out.environment); !filled) return tl::unexpected(filled.error());
  out.checkpointed = signed_end->size();
  return out;
}

}  // namespace horae
