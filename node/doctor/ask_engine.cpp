#include "edges/engine.hpp"
#include "node/doctor/engine.hpp"
#include "node/doctor/geth.hpp"

namespace horae::doctor {
namespace {

Result<EngineBlock> genesis_of(EnginePort& engine) {
  auto block = engine.block(0);
  if (!block) return tl::unexpected(block.error());
  if (!*block) return fail("it has no block 0");
  return **block;
}

Finding examine_head(EnginePort& engine, const SealedHead& log, bool runs) {
  // The log's head was read before, so that a node's engine is at it or beyond.
  const auto head = engine.head();
  if (!head) return judge_engine_head(head.error(), log);
  const auto there = engine.block(log.number);
  if (!there) return judge_engine_head(there.error(), log);
  return judge_engine_head(head->number, log, *there ? std::optional((*there)->hash) : std::nullopt,
                           runs);
}

}  // namespace

Findings examine_engine(const config::Config& config, const Result<std::optional<LogSeen>>& log,
                        bool runs) {
  HttpOptions patience;
  patience.connect_timeout_ms = 3'000;
  patience.read_timeout_ms = 10'000;
  const auto port = engine_at(config.engine(), patience);
  auto& engine = *port;
  const auto chain = engine.chain_id();
  const bool to_come = !chain && !runs && !config.engine_command.empty();
  Findings out{to_come ? skipped("engine.chain",
                                 "nobody answers yet: the node starts the engine (engine.command)")
                       : judge_engine_chain(chain, config.chain_id)};
  if (out.back().verdict != Verdict::ok) {
    const auto why = "the engine does not answer, or is of another chain";
    for (const CheckId id :
         {CheckId("engine.client"), CheckId("engine.genesis"), CheckId("engine.head"),
          CheckId("engine.peers"), CheckId("engine.pool")}) {
      out.push_back(skipped(id, why));
    }
    for (const auto id : checks_of_geth) out.push_back(skipped(id, why));
    return out;
  }
  out.push_back(judge_engine_client(config.engine_dialect, engine.client()));
  const auto* seen = log && *log ? &**log : nullptr;
  std::optional<Hash32> genesis;
  if (seen != nullptr && seen->identity) genesis = seen->identity->l2_genesis;
  out.push_back(judge_genesis(genesis_of(engine), genesis, config.genesis_time));
  if (seen == nullptr) {
    out.push_back(skipped("engine.head", "there is no log to compare it with"));
  } else if (!seen->head) {
    out.push_back(skipped("engine.head", seen->head.error().what));
  } else {
    out.push_back(examine_head(engine, *seen->head, runs));
  }
  out.push_back(judge_engine_peers(engine.health()));
  out.push_back(judge_engine_pool(engine.pool_closed()));
  if (config.engine_dialect == EngineDialect::geth) {
    for (auto& finding : examine_geth(config, engine, patience)) out.push_back(std::move(finding));
  } else {
    for (const auto id : checks_of_geth) out.push_back(skipped(id, "of geth alone"));
  }
  return out;
}

}  // namespace horae::doctor
