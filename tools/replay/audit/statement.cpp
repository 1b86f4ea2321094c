#include "tools/replay/audit/statement.hpp"

#include "events/world.hpp"
#include "tools/replay/audit/finding.hpp"
#include "tools/replay/reading.hpp"

namespace horae::replay {
namespace {

// Every record that the statement is told from, checked against its schema, and the log's time.
template <class Told, class At>
Outcome<void> tell(Told& told, const Source& source, std::atomic<std::uint64_t>* at, At at_time) {
  Reading reading(at, "reading", source.last());
  Walk walk(source.reader(), 1, source.last());
  for (;; walk.pop()) {
    const auto value = walk.peek();
    if (!value) return tl::unexpected(value.error());
    if (*value == nullptr) return {};
    const auto seq = (*value)->seq;
    reading.at(seq);
    const auto record = decode_record((*value)->value);
    if (!record) return refuse_record(seq, record.error());
    at_time(record->header.time_ms);
    const auto domain = record->header.domain;
    const bool begins_epoch =
        domain == Domain::BLOCKS && record->header.kind == schema::BlocksFact::EPOCH_STARTED;
    if (domain != Domain::PENALTIES && domain != Domain::REWARDS && domain != Domain::LOCKING &&
        !begins_epoch) {
      continue;
    }
    if (const auto fact = checked_fact(domain, record->payload); !fact) {
      return refuse_record(seq, fact.error());
    }
    told.add(*record);
  }
}

}  // namespace

Outcome<PenaltyStatement> penalty_statement(const Source& source,
                                            const std::optional<U256>& sequencer,
                                            std::atomic<std::uint64_t>* at) {
  PenaltyStatement out(sequencer);
  std::uint64_t now_ms = 0;
  if (auto told = tell(out, source, at, [&](auto time_ms) { now_ms = time_ms; }); !told) {
    return tl::unexpected(told.error());
  }
  out.set_now(now_ms);
  return out;
}

Outcome<RewardStatement> reward_statement(const Source& source,
                                          const std::optional<U256>& sequencer,
                                          std::atomic<std::uint64_t>* at) {
  RewardStatement out(sequencer);
  if (auto told = tell(out, source, at, [](auto) {}); !told) return tl::unexpected(told.error());
  return out;
}

}  // namespace horae::replay
