#pragma once

#include "edges/ports.hpp"
#include "node/config/settings.hpp"
#include "node/doctor/check.hpp"
#include "node/doctor/log.hpp"

// The engine that runs L2 transactions.
namespace horae::doctor {

[[nodiscard]] Finding judge_engine_chain(const Result<std::uint64_t>& chain, std::uint64_t wanted);
/// Of web3_clientVersion.
[[nodiscard]] Finding judge_engine_client(EngineDialect dialect, const Result<std::string>& client);
/// log: the genesis block's hash that the log names; nothing where there is no log.
[[nodiscard]] Finding judge_genesis(const Result<EngineBlock>& genesis,
                                    const std::optional<Hash32>& log, std::uint64_t genesis_time);
/// A fault: what the engine said instead of its head, or of that block.
[[nodiscard]] Finding judge_engine_head(const Fault& fault, const SealedHead& log);
/// at_head: the engine's block of the log's head's number, nothing where it has none; runs: whether
/// a node is at work, whose engine is never behind.
[[nodiscard]] Finding judge_engine_head(std::uint64_t engine, const SealedHead& log,
                                        const std::optional<Hash32>& at_head, bool runs);

[[nodiscard]] Finding judge_engine_peers(const Result<EngineHealth>& health);
[[nodiscard]] Finding judge_engine_pool(const Result<std::optional<bool>>& closed);

[[nodiscard]] Findings examine_engine(const config::Config& config,
                                      const Result<std::optional<LogSeen>>& log, bool runs);

}  // namespace horae::doctor
