#include "tools/replay/audit/block_walk.hpp"

#include "events/world.hpp"
#include "tools/replay/audit/finding.hpp"

namespace horae::replay {

Outcome<std::optional<ChainFact>> BlockWalk::next() {
  for (;; walk_.pop()) {
    const auto value = walk_.peek();
    if (!value) return tl::unexpected(value.error());
    if (*value == nullptr) return std::nullopt;
    const auto seq = (*value)->seq;
    if (at_ != nullptr) at_->store(seq, std::memory_order_relaxed);
    const auto record = decode_record((*value)->value);
    if (!record) return refuse_record(seq, record.error());
    if (record->header.domain != Domain::BLOCKS) continue;
    auto fact = checked_fact(Domain::BLOCKS, record->payload);
    if (!fact) return refuse_record(seq, fact.error(), "a fact");
    walk_.pop();
    return ChainFact{seq, Msg<schema::BlocksFact>::of(std::move(*fact))};
  }
}

Outcome<std::optional<ChainFact>> BlockWalk::next_block() {
  for (;;) {
    auto fact = next();
    if (!fact || !*fact || (*fact)->fact.read().isBlockSealed()) return fact;
  }
}

}  // namespace horae::replay
