#include "node/doctor/engine.hpp"

#include <fmt/core.h>

#include <array>
#include <charconv>

#include "node/engine/geth_command.hpp"

namespace horae::doctor {
namespace {

std::string wanted_head(const SealedHead& log) {
  return fmt::format("block {}, the log's", log.number);
}

using ClientVersion = std::array<unsigned, 3>;  // major, minor, patch

// Of "Geth/v1.17.5-stable/linux-amd64/go1.26.8"; zeros where it is none of numbers, nothing where
// another program names itself.
std::optional<ClientVersion> version_of(const std::string& client, std::string_view beginning) {
  if (!client.starts_with(beginning)) return std::nullopt;
  ClientVersion out{};
  const auto* at = client.data() + beginning.size();
  const auto* end = client.data() + client.size();
  for (auto& part : out) {
    const auto read = std::from_chars(at, end, part);
    if (read.ec != std::errc()) return ClientVersion{};
    at = read.ptr == end ? end : read.ptr + 1;
  }
  return out;
}

struct WantedClient {
  std::string_view name, version;
  std::string_view says;  // how it begins to name itself
  bool (*tried)(const ClientVersion&);
};

WantedClient client_of(EngineDialect dialect) {
  switch (dialect) {
    case EngineDialect::anvil:
      return {"anvil 1.7", "anvil 1.7.1", "anvil/v",
              [](const ClientVersion& it) { return it[0] == 1 && it[1] == 7; }};
    case EngineDialect::geth:
      return {"geth 1.17, from 1.17.5 on", "geth 1.17.5", "Geth/v",
              [](const ClientVersion& it) { return it[0] == 1 && it[1] == 17 && it[2] >= 5; }};
    case EngineDialect::engine_api:
      // Its second number is made of geth's second and third: 101702 of 1.17.2.
      return {"op-geth 1.101702", "op-geth 1.101702.3", "Geth/v",
              [](const ClientVersion& it) { return it[0] == 1 && it[1] == 101'702; }};
  }
  stop("an engine of no dialect");
}

}  // namespace

Finding judge_engine_chain(const Result<std::uint64_t>& chain, std::uint64_t wanted) {
  const Check check{"engine.chain", fmt::format("chain id {}", wanted),
                    "start the engine with that chain id, or give another (engine.endpoint)"};
  if (!chain) return check.failed("no answer: " + chain.error().what);
  return check.ok_if(*chain == wanted, fmt::format("chain id {}", *chain));
}

Finding judge_engine_client(EngineDialect dialect, const Result<std::string>& client) {
  const auto wanted = client_of(dialect);
  const Check check{"engine.client", std::string(wanted.name) + " (engine.dialect)",
                    fmt::format("run {}, or set engine.dialect and engine.endpoint to what runs",
                                wanted.version)};
  if (!client) return check.failed(client.error().what);
  const auto found = client->substr(0, 60);
  const auto version = version_of(found, wanted.says);
  if (!version) return check.failed(found);
  return wanted.tried(*version) ? check.ok(found)
                                : check.warning(found + ": it was not tried with this node");
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

Finding judge_engine_peers(const Result<EngineHealth>& health) {
  const Check check{"engine.peers", "none",
                    "start it with --maxpeers=0 --nodiscover, and let nobody add peers"};
  if (!health) return check.failed(health.error().what);
  if (!health->peers) return skipped(check.id, "this engine has none to have");
  return check.ok_if(*health->peers == 0,
                     *health->peers == 0 ? "none" : fmt::format("{}", *health->peers));
}

Finding judge_engine_pool(const Result<std::optional<bool>>& closed) {
  const auto flag = fmt::format("--txpool.pricelimit={}", geth_price_limit);
  const Check check{"engine.pool", "closed: " + flag + ", which nobody pays",
                    "start it with " + flag + ", and have users send to this node's JSON-RPC"};
  if (!closed) return check.warning("whether it is closed cannot be told: " + closed.error().what);
  if (!*closed) return skipped(check.id, "this engine has no way to be closed: it is for trials");
  return check.ok_if(
      **closed, **closed ? "closed" : "open: --txpool.pricelimit is one that somebody can pay");
}

}  // namespace horae::doctor
