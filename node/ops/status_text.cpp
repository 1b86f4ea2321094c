#include "node/ops/status_text.hpp"

#include <fmt/core.h>

#include <boost/json.hpp>

#include "node/condition/words.hpp"

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

}  // namespace

std::string status_text(const json::object& status) {
  std::string out;
  const auto row = [&out](std::string_view name, const std::string& words) {
    out += fmt::format("{:<11} {}\n", name, words);
  };
  const auto& node = status.at("node");
  const auto& condition = status.at("condition");
  const auto time_ms = number_at(json::value(status), "timeMs");
  const auto started_ms = number_at(node, "startedMs");
  row("node",
      fmt::format("horae {} {}, pid {}, up {}", text_at(node, "command"), text_at(node, "version"),
                  number_at(node, "pid"), duration_words(time_ms - std::min(time_ms, started_ms))));
  row("directory", text_at(node, "datadir"));
  row("state", text_at(condition, "words"));
  for (const auto& one : condition.at("besides").as_array()) row("", one.as_string().c_str());
  row("ready", ready_words(status));
  const auto& l2 = status.at("l2");
  row("L2", fmt::format("block {}, epoch {}, engine at {}; {} transactions wait",
                        count_words(number_at(l2, "head")), count_words(number_at(l2, "epoch")),
                        count_words(number_at(status.at("engine"), "head")),
                        count_words(number_at(status.at("mempool"), "waiting"))));
  row("production", production_words(status.at("production")));
  const auto& l1 = status.at("l1");
  row("L1", fmt::format("{}{}; head {}, confirmed {}, finalized {}", text_at(l1, "state"),
                        because(text_at(l1, "reason")), or_unknown(l1.at("head")),
                        or_unknown(l1.at("confirmed")), or_unknown(l1.at("finalized"))));
  const auto& log = status.at("log");
  row("log", fmt::format("record {}, {} MiB of at most {}, {} MiB free on its disk ({})",
                         count_words(number_at(log, "seq")), number_at(log, "usedBytes") >> 20,
                         number_at(log, "mapBytes") >> 20, number_at(log, "diskFreeBytes") >> 20,
                         text_at(log, "room")));
  return out;
}

}  // namespace horae
