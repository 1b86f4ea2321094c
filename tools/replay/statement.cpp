#include "tools/replay/statement.hpp"

#include "events/world.hpp"
#include "tools/replay/finding.hpp"
#include "tools/replay/progress.hpp"

namespace horae::replay {

Outcome<PenaltyStatement> penalty_statement(const Source& source,
                                            const std::optional<U256>& sequencer,
                                            std::atomic<std::uint64_t>* at) {
  PenaltyStatement out(sequencer);
  Progress progress(at, "reading", source.last());
  Walk walk(source.reader(), 1, source.last());
  for (;; walk.pop()) {
    const auto value = walk.peek();
    if (!value) return tl::unexpected(value.error());
    if (*value == nullptr) return out;
    const auto seq = (*value)->seq;
    progress.at(seq);
    const auto wrong = [&](const Fault& fault) {
      return refuse(Exit::corrupt, to_text(finding_of(seq, fault, "a record")));
    };
    const auto record = decode_record((*value)->value);
    if (!record) return wrong(record.error());
    out.set_now(record->header.time_ms);
    if (!PenaltyStatement::is_told(*record)) continue;
    if (const auto fact = checked_fact(record->header.domain, record->payload); !fact) {
      return wrong(fact.error());
    }
    out.add(*record);
  }
}

}  // namespace horae::replay
