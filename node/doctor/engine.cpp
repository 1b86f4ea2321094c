#include "node/doctor/engine.hpp"

#include <fmt/core.h>

namespace horae::doctor {
namespace {

std::string wanted_head(const SealedHead& log) {
  return fmt::format("block {}, the log's", log.number);
}

}  // namespace

Finding judge_engine_chain(const Result<std::uint64_t>& chain, std::uint64_t wanted) {
  const Check check{"engine.chain", fmt::format("chain id {}", wanted),
                    "start the engine with that chain id, or give another (engine.endpoint)"};
  if (!chain) return check.failed("no answer: " + chain.error().what);
  return check.ok_if(*chain == wanted, fmt::format("chain id {}", *chain));
}

Finding judge_engine_client(const Result<std::string>& client) {
  const Check check{"engine.client", "anvil, of version 1.7",
                    "run anvil 1.7.1: no other engine is supported so far"};
  if (!client) return check.failed(client.error().what);
  const auto found = client->substr(0, 60);
  if (!found.starts_with("anvil/")) return check.failed(found);
  return found.find("1.7.") != std::string::npos ? check.ok(found) : check.warning(found);
}

Finding judge_genesis(const Result<EngineBlock>& genesis, const std::optional<Hash32>& log,
                      std::uint64_t genesis_time) {
  const Check check{
      "engine.genesis",
      log ? "block 0 " + to_hex(*log) : fmt::format("block 0 of time {}", genesis_time),
      "start the engine with the flags that the log names (engine.flags)"};
  if (!genesis) return check.failed(genesis.error().what);
  if (log) return check.ok_if(genesis->hash == *log, "block 0 " + to_hex(genesis->hash));
  return check.ok_if(genesis->timestamp == genesis_time,
                     fmt::format("block 0 of time {}", genesis->timestamp));
}

Finding judge_engine_head(const Fault& fault, const SealedHead& log) {
  return Check{"engine.head", wanted_head(log), "see what the engine says"}.failed(fault.what);
}

Finding judge_engine_head(std::uint64_t engine, const SealedHead& log,
                          const std::optional<Hash32>& at_head, bool runs) {
  const Check check{"engine.head", wanted_head(log),
                    runs ? "see what the node says; start it again, which brings the engine there"
                         : "nothing: a start takes the engine back to what the log has"};
  const auto found = fmt::format("block {}", engine);
  const bool has_log = log.number == 0 || at_head == log.hash;
  if (has_log && (runs || engine == log.number)) return check.ok(found);
  if (has_log) return check.ok(found + ": a start takes back what the log does not have");
  if (at_head) {
    const auto other = found + ", with another block at the log's head";
    return runs ? check.failed(other) : check.warning(other);
  }
  return runs ? check.failed(found) : check.ok(found + ": a start executes the logged ones");
}

}  // namespace horae::doctor
