#include "node/log_session.hpp"

#include <kj/exception.h>

#include "node/progress.hpp"

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

}  // namespace

Result<LogSession> LogSession::open(const DataPaths& paths) {
  LogSession out;
  auto environment = open_log(paths.log(), Access::durable);
  if (!environment) return tl::unexpected(environment.error());
  out.environment = *environment;

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
  out.position = {out.world.seq, out.world.time_ms, out.world.head};
  return out;
}

}  // namespace horae
