#pragma once

#include <array>

#include "edges/geth_probe.hpp"
#include "node/config/settings.hpp"
#include "node/doctor/check.hpp"

// A geth that serves as the engine, and the flags that it was started with.
namespace horae::doctor {

inline constexpr std::array checks_of_geth{
    CheckId("engine.jwt_file"),     CheckId("engine.api"),        CheckId("engine.building"),
    CheckId("engine.gas_limit"),    CheckId("engine.sync_mode"),  CheckId("engine.states"),
    CheckId("engine.request_size"), CheckId("engine.reorg_depth")};

/// secret: whether a token could be made of what is in the file.
[[nodiscard]] Finding judge_jwt_file(const Result<void>& secret);
[[nodiscard]] Finding judge_engine_api(const Result<void>& answer);
[[nodiscard]] Finding judge_building(const Result<GethProbe::Block>& built);
[[nodiscard]] Finding judge_gas_limit(std::uint64_t built, std::uint64_t wanted);
/// executed: what came of a block of geth's own that it was given.
[[nodiscard]] Finding judge_sync_mode(const Result<bool>& executed);
[[nodiscard]] Finding judge_states(const Result<GethProbe::States>& states);
/// read: what came of a request of so many bytes.
[[nodiscard]] Finding judge_request_size(std::size_t bytes, const Result<bool>& read);
/// command: the words with which geth was started; empty where they are not for us to see.
[[nodiscard]] Finding judge_reorg_depth(const std::vector<std::string>& command);

/// Asks it, engine being a port to it.
[[nodiscard]] Findings examine_geth(const config::Config& config, EnginePort& engine,
                                    const HttpOptions& patience);

}  // namespace horae::doctor
