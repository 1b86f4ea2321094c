#include "node/ops/status_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/json.hpp>

#include "core/words.hpp"
#include "node/health/pool_json.hpp"
#include "node/health/words.hpp"

namespace horae {
namespace {

namespace json = boost::json;

std::string text_at(const json::value& value, std::string_view name) {
  return value.at(name).as_string().c_str();
}
std::uint64_t number_at(const json::value& value, std::string_view name) {
  return value.at(name).to_number<std::uint64_t>();
}
std::string or_unknown(const json::value& value) {
  return value.is_null() ? "unknown" : count_words(value.to_number<std::uint64_t>());
}

// A reason may be an endpoint's words, and those may hold what a terminal obeys.
void row(std::string& out, std::string_view name, std::string words) {
  std::ranges::replace_if(
      words, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  out += fmt::format("{:<11} {}\n", name, words);
}

std::string ready_words(const json::object& status) {
  if (status.at("ready").as_bool()) return "yes";
  std::string out;
  for (const auto& check : status.at("checks").as_array()) {
    if (check.at("ok").as_bool()) continue;
    out += (out.empty() ? "no: " : "; ") + text_at(check, "words");
  }
  return out;
}

std::string production_words(const json::value& production) {
  const auto reason = text_at(production, "reason");
  return text_at(production, "state") + because(reason);
}

std::string engine_words(const json::value& engine) {
  auto out = engine.at("client").is_null() ? text_at(engine, "dialect") : text_at(engine, "client");
  const auto state = text_at(engine, "state");
  if (state != "answering") return out + ", " + state + because(text_at(engine, "reason"));
  out += fmt::format(", at block {}, answers in {:.1f} ms", or_unknown(engine.at("reportedHead")),
                     engine.at("answerMs").to_number<double>());
  const auto& peers = engine.at("peers");
  if (!peers.is_null()) {
    const auto count = peers.to_number<std::uint64_t>();
    out += count == 0 ? ", no peers" : fmt::format(", peers: {}", count_words(count));
  }
  const auto& closed = engine.at("poolClosed");
  if (!closed.is_null()) out += closed.as_bool() ? ", pool closed" : ", pool open";
  const auto& disk = engine.at("diskBytes");
  return out + (disk.is_null()
                    ? std::string(", its room on the disk is not known here")
                    : fmt::format(", {} MiB on the disk", disk.to_number<std::uint64_t>() >> 20));
}

void add_sequencing(std::string& out, const json::object& status) {
  const auto& l2 = status.at("l2");
  row(out, "L2",
      fmt::format("block {}, epoch {}, given to the engine up to {}; {}",
                  count_words(number_at(l2, "head")), count_words(number_at(l2, "epoch")),
                  count_words(number_at(status.at("engine"), "head")),
                  waiting_words(number_at(status.at("mempool"), "waiting"))));
  row(out, "engine", engine_words(status.at("engine")));
  row(out, "production", production_words(status.at("production")));
}

void add_pool_rows(std::string& out, const json::object& pool) {
  const json::value all(pool);
  const auto& leader = pool.at("leader");
  row(out, "pool",
      fmt::format("{}, {}{}; height {}{}; {}; {}", text_at(all, "name"), text_at(all, "state"),
                  because(text_at(all, "reason")), count_words(number_at(all, "height")),
                  pool.at("catchingUp").as_bool()
                      ? fmt::format(", catching up, {} known", count_words(number_at(all, "tip")))
                      : "",
                  members_words(pool),
                  leader.is_null()          ? "nobody leads yet"
                  : leader == pool.at("me") ? "this node leads"
                                            : "led by " + text_at(all, "leader")));
  const auto& signer = pool.at("signer");
  row(out, "signer",
      fmt::format("{}{}, last at height {}", text_at(signer, "state"),
                  because(text_at(signer, "reason")), count_words(number_at(signer, "height"))));
}

}  // namespace

std::string status_text(const json::object& status) {
  std::string out;
  const auto& node = status.at("node");
  const auto& health = status.at("condition");
  const auto time_ms = number_at(json::value(status), "timeMs");
  const auto started_ms = number_at(node, "startedMs");
  row(out, "node",
      fmt::format("horae {} {}, pid {}, up {}", text_at(node, "command"), text_at(node, "version"),
                  number_at(node, "pid"), duration_words(time_ms - std::min(time_ms, started_ms))));
  row(out, "directory", text_at(node, "datadir"));
  row(out, "state", text_at(health, "words"));
  for (const auto& one : health.at("besides").as_array()) row(out, "", one.as_string().c_str());
  // A start has no heads to tell yet, and nothing but it is to be waited for.
  if (!status.at("started").as_bool()) {
    row(out, "ready", "no: it starts");
    if (const auto* pool = status.if_contains("pool")) add_pool_rows(out, pool->as_object());
    return out;
  }
  row(out, "ready", ready_words(status));
  if (status.at("sequencing").as_bool()) add_sequencing(out, status);
  if (const auto* pool = status.if_contains("pool")) add_pool_rows(out, pool->as_object());
  const auto& l1 = status.at("l1");
  row(out, "L1",
      fmt::format("{}{}; head {}, confirmed {}, finalized {}", text_at(l1, "state"),
                  because(text_at(l1, "reason")), or_unknown(l1.at("head")),
                  or_unknown(l1.at("confirmed")), or_unknown(l1.at("finalized"))));
  const auto& log = status.at("log");
  row(out, "log",
      fmt::format("record {}, {} MiB of at most {}, {} MiB free on its disk ({})",
                  count_words(number_at(log, "seq")), number_at(log, "usedBytes") >> 20,
                  number_at(log, "mapBytes") >> 20, number_at(log, "diskFreeBytes") >> 20,
                  text_at(log, "room")));
  return out;
}

}  // namespace horae
