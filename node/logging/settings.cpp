#include "node/logging/settings.hpp"

#include <algorithm>
#include <array>

#include "core/nearest.hpp"

namespace horae::logging {
namespace {

// The actors by the names that their meters have, then what is no actor.
constexpr std::array<std::string_view, 34> known_loggers{
    "journal",
    "committer",
    "sequence",
    "proposer",
    "mempool",
    "world",
    "archive",
    "client",
    "checkpointer",
    "engine",
    "accounts",
    "block producer",
    "block executor",
    "door",
    "forwarder",
    "member links",
    "evidence checker",
    "L1 listener",
    "MPC member",
    "MPC round manager",
    "L1 submitter",
    "reward accountant",
    "penalty monitor",
    "node",
    "log",
    "snapshots",
    "verification",
    "room",
    "consensus",
    "signer",
    "JSON-RPC",
    "dev network",
    "governance",
    "traffic",
};

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

tl::unexpected<Fault> unknown(std::string_view what, std::string_view word,
                              std::span<const std::string> known) {
  std::string all;
  for (const auto& one : known) all += (all.empty() ? "" : ", ") + one;
  const auto near = nearest(word, known);
  return fail("no " + std::string(what) + " is called " + std::string(word) +
              (near ? ": is " + *near + " meant?" : "; there are " + all));
}

cli::Option add(cli::Command& command, const char* flag, const char* variable,
                std::function<Result<void>(const std::string&)> set, const char* about) {
  return command.add_option(flag, std::move(set), about).envname(variable).group("Logs");
}

}  // namespace

std::span<const std::string_view> logger_names() { return known_loggers; }

std::string_view logger_name_of(std::string_view who) {
  const auto word = who.find_last_not_of("0123456789");
  if (word == std::string_view::npos || word + 1 == who.size() || who[word] != ' ') return who;
  return who.substr(0, word);
}

Result<Form> parse_form(std::string_view text) {
  if (const auto form = form_called(text)) return *form;
  return unknown("format of logs", text, std::vector<std::string>{"text", "logfmt", "json"});
}

Result<Level> parse_level(std::string_view text) {
  if (const auto level = level_called(text)) return *level;
  return unknown("level", text, std::vector<std::string>{"debug", "info", "warn", "error"});
}

Result<std::map<std::string, Level, std::less<>>> parse_levels(std::string_view text) {
  std::map<std::string, Level, std::less<>> out;
  if (trimmed(text).empty()) return out;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    const auto one = text.substr(begin, end - begin);
    begin = end + 1;
    const auto sign = one.find('=');
    if (sign == std::string_view::npos) {
      return fail("wanted NAME=LEVEL, got " +
                  (trimmed(one).empty() ? "nothing" : std::string(trimmed(one))));
    }
    const std::string name(trimmed(one.substr(0, sign)));
    if (std::ranges::find(known_loggers, name) == known_loggers.end()) {
      const std::vector<std::string> all(known_loggers.begin(), known_loggers.end());
      return unknown("actor", name, all);
    }
    const auto level = parse_level(trimmed(one.substr(sign + 1)));
    if (!level) return within(name, level.error());
    out[name] = *level;
  }
  return out;
}

void add_flags(cli::Command& command, Settings& settings) {
  add(
      command, "--logs-format", "HORAE_LOGS_FORMAT",
      [&settings](const std::string& text) -> Result<void> {
        return parse_form(text).map([&](Form form) { settings.form = form; });
      },
      "Of the log on stderr: text (default), logfmt or json")
      .type_name("FORMAT");
  add(
      command, "--logs-level", "HORAE_LOGS_LEVEL",
      [&settings](const std::string& text) -> Result<void> {
        return parse_level(text).map([&](Level level) { settings.level = level; });
      },
      "From which level on: debug, info (default), warn or error")
      .type_name("LEVEL");
  add(
      command, "--logs-levels", "HORAE_LOGS_LEVELS",
      [&settings](const std::string& text) -> Result<void> {
        return parse_levels(text).map([&](auto levels) { settings.levels = std::move(levels); });
      },
      "And of single actors: mempool=debug,L1 listener=warn")
      .type_name("LIST");
}

}  // namespace horae::logging
