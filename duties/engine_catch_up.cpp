#include "duties/engine_catch_up.hpp"

#include <algorithm>

namespace horae {
namespace {

std::string block_name(std::uint64_t number) { return "block " + std::to_string(number); }

template <class T>
using CaughtUp = tl::expected<T, CatchUpFault>;

tl::unexpected<CatchUpFault> unavailable(const Fault& fault) {
  return tl::unexpected(CatchUpFault{CatchUpFault::unavailable, fault.what});
}
tl::unexpected<CatchUpFault> differs(std::string what) {
  return tl::unexpected(CatchUpFault{CatchUpFault::differs, std::move(what)});
}

Result<bool> same_block(EnginePort& engine, ChainView& chain, std::uint64_t number) {
  auto theirs = engine.block(number);
  if (!theirs) return within("the engine's " + block_name(number), theirs.error());
  auto ours = chain.block(number);
  if (!ours) return tl::unexpected(ours.error());
  return theirs->has_value() && (*theirs)->hash == ours->hash;
}

CaughtUp<void> same_genesis(EnginePort& engine, ChainView& chain) {
  auto theirs = engine.block(0);
  if (!theirs) return unavailable({"the engine's block 0: " + theirs.error().what});
  if (!*theirs) return unavailable({"the engine has no block 0"});
  auto ours = chain.block(0);
  if (!ours) return unavailable(ours.error());
  if ((*theirs)->hash == ours->hash) return {};
  return differs("block 0: wanted " + to_hex(ours->hash) + ", got " + to_hex((*theirs)->hash) +
                 ": the engine has another genesis (its time, its accounts or its chain id)");
}

/// The greatest number at or below highest at which both have the same block. Blocks name their
/// parents, so that all below an equal one are equal, too.
Result<std::uint64_t> last_common(EnginePort& engine, ChainView& chain, std::uint64_t highest) {
  auto same = same_block(engine, chain, highest);
  if (!same) return tl::unexpected(same.error());
  if (*same) return highest;
  std::uint64_t equal = 0;
  for (auto other = highest; other - equal > 1;) {
    const auto middle = equal + (other - equal) / 2;
    same = same_block(engine, chain, middle);
    if (!same) return tl::unexpected(same.error());
    (*same ? equal : other) = middle;
  }
  return equal;
}

CaughtUp<void> execute(EnginePort& engine, const SealedBlock& sealed) {
  const auto where = block_name(sealed.number);
  auto payload = engine.commit(sealed.parent, sealed.attributes, sealed.txns);
  if (!payload) {
    // It may be away, or refuse a transaction that was executed once: then a build names it.
    const auto why = where + ": " + payload.error().what;
    payload = engine.build(sealed.parent, sealed.attributes, sealed.txns);
    if (!payload || payload->skipped.empty()) return unavailable({why});
  }
  const auto& got = payload->block.hash;
  std::string why;
  if (!payload->skipped.empty()) {
    const auto& first = payload->skipped.front();
    why = ": the engine left out " + to_hex(first.hash) + ": " + first.reason;
  } else if (got != sealed.hash) {
    why = ": wanted " + to_hex(sealed.hash) + ", got " + to_hex(got);
  }
  if (why.empty()) return {};
  return tl::unexpected(CatchUpFault{CatchUpFault::differs, where + why,
                                     DifferingBlock{sealed.number, got, sealed.hash}});
}

EngineStanding standing(std::uint64_t engine, std::uint64_t log, std::uint64_t common) {
  if (common < std::min(engine, log)) return EngineStanding::unknown;
  if (engine == log) return EngineStanding::equal;
  return engine < log ? EngineStanding::behind : EngineStanding::ahead;
}

}  // namespace

CaughtUp<Reconciled> reconcile(EnginePort& engine, ChainView& chain,
                               const EngineProgress& progress) {
  if (auto same = same_genesis(engine, chain); !same) return tl::unexpected(same.error());
  auto head = engine.head();
  if (!head) return unavailable({"the engine's head: " + head.error().what});
  const auto wanted = chain.head_number();
  const auto common = last_common(engine, chain, std::min(head->number, wanted));
  if (!common) return unavailable(common.error());
  Reconciled out{standing(head->number, wanted, *common), head->number, *common};
  if (head->number > *common) {
    if (auto rewound = engine.rewind(*common); !rewound) return unavailable(rewound.error());
    // An engine may only be able to go back further than it was asked.
    head = engine.head();
    if (!head) return unavailable({"the engine's head: " + head.error().what});
    if (head->number > *common) {
      return unavailable({"the engine did not go back to " + block_name(*common)});
    }
    const auto same = same_block(engine, chain, head->number);
    if (!same) return unavailable(same.error());
    if (!*same) return differs("the engine went back to another " + block_name(head->number));
  }
  for (auto number = head->number + 1; number <= wanted; ++number) {
    auto sealed = chain.block(number);
    if (!sealed) return unavailable(sealed.error());
    if (auto done = execute(engine, *sealed); !done) return tl::unexpected(done.error());
    ++out.executed;
    if (progress && !progress(number, wanted) && number < wanted) {
      out.finished = false;
      return out;
    }
  }
  return out;
}

}  // namespace horae
