#include "edges/jwt.hpp"
#include "edges/system_clock.hpp"
#include "node/doctor/geth.hpp"
#include "node/doctor/process.hpp"

namespace horae::doctor {
namespace {

// A block's transactions are at most its gas in bytes at 4 gas a zero byte, and two digits each.
std::size_t longest_request(std::uint64_t gas_limit) {
  constexpr std::size_t besides = 1u << 20;
  return gas_limit / 4 * 2 + besides;
}

Result<void> secret_in(const std::filesystem::path& file) {
  const auto token = jwt_token(file, SystemClock().now_ms() / 1000);
  if (!token) return tl::unexpected(token.error());
  return {};
}

// Of whoever listens there, if it is a process of this machine that is ours to see.
std::vector<std::string> command_behind(const Endpoint& endpoint) {
  const bool here = endpoint.host == "127.0.0.1" || endpoint.host == "localhost";
  if (!here) return {};
  const auto pid =
      listener_on({"127.0.0.1", static_cast<std::uint16_t>(std::stoul(endpoint.port))});
  return pid ? command_of(*pid) : std::vector<std::string>{};
}

}  // namespace

Findings examine_geth(const config::Config& config, EnginePort& engine,
                      const HttpOptions& patience) {
  const auto at = config.engine();
  GethProbe geth(at.rpc, *at.auth, at.jwt_file, patience);
  Findings out{judge_jwt_file(secret_in(at.jwt_file))};
  const bool has_secret = out.back().verdict == Verdict::ok;
  out.push_back(has_secret ? judge_engine_api(engine.takes_blocks())
                           : skipped("engine.api", "there is no secret to ask it with"));
  const bool has_api = out.back().verdict == Verdict::ok;

  const auto block = geth.empty_block();
  out.push_back(judge_building(block));
  out.push_back(block ? judge_gas_limit(block->gas_limit, config.gas_limit)
                      : skipped("engine.gas_limit", "it builds no block"));
  if (!block || !has_api) {
    out.push_back(
        skipped("engine.sync_mode", "it builds no block, or its Engine API is not there"));
  } else if (block->number == 1) {
    out.push_back(skipped("engine.sync_mode", "the first block is executed in any case"));
  } else {
    out.push_back(judge_sync_mode(geth.executes(*block)));
  }
  out.push_back(judge_states(geth.states()));
  const auto longest = longest_request(config.gas_limit);
  out.push_back(judge_request_size(longest, geth.reads(longest)));
  out.push_back(judge_reorg_depth(command_behind(at.rpc)));
  return out;
}

}  // namespace horae::doctor
