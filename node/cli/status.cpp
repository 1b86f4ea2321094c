#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <thread>

#include "core/words.hpp"
#include "node/cli/commands.hpp"
#include "node/cli/which_node.hpp"
#include "node/logging/ending.hpp"
#include "node/ops/status_text.hpp"
#include "telemetry/board.hpp"

namespace horae {
namespace {

namespace json = boost::json;

Exit code_of(const Asked& asked) {
  if (asked.kind == Asked::silent) return Exit::unreachable;
  return asked.kind == Asked::answers && asked.status.at("ready").as_bool() ? Exit::ok
                                                                            : Exit::not_ready;
}

json::object as_json(const Asked& asked) {
  if (asked.kind == Asked::answers) return asked.status;
  return {
      {"ready", false},
      {"synced", false},
      {"condition",
       {{"state", asked.kind == Asked::none ? "notRunning" : "silent"}, {"words", asked.words}}}};
}

std::string as_text(const Asked& asked) {
  return asked.kind == Asked::answers ? status_text(asked.status) : asked.words + "\n";
}

// What makes a line of its own where nothing can be overwritten: that time passes does not.
std::string gist(const Asked& asked) {
  const auto shown = as_json(asked);
  const auto& health = shown.at("condition").as_object();
  std::string out = json::serialize(health.at("state"));
  out += shown.at("ready").as_bool() ? " ready" : "";
  for (const auto* name : {"progress", "besides"}) {
    if (const auto* part = health.if_contains(name)) out += json::serialize(*part);
  }
  return out;
}

std::string line_of(const Asked& asked, bool as_line_of_json) {
  const auto shown = as_json(asked);
  if (as_line_of_json) return json::serialize(shown) + "\n";
  return fmt::format("{}  {}{}\n", time_words(Board::now_ms()),
                     shown.at("condition").at("words").as_string().c_str(),
                     shown.at("ready").as_bool() ? "" : "  (not ready)");
}

// Until a signal ends it. On a terminal the lines stay in their place.
[[noreturn]] void watch(const NodeFinder& finder, bool as_line_of_json) {
  const bool in_place = !as_line_of_json && ::isatty(STDOUT_FILENO) == 1;
  std::string before;
  while (true) {
    const auto asked = finder.ask();
    if (in_place) {
      const auto text = as_text(asked);
      if (text != before) {
        // Up to where it began, and away with what was there.
        const auto lines = std::count(before.begin(), before.end(), '\n');
        if (lines > 0) fmt::print("\x1b[{}A\x1b[J", lines);
        fmt::print("{}", text);
      }
      before = text;
    } else if (auto now = gist(asked); now != before) {
      fmt::print("{}", line_of(asked, as_line_of_json));
      before = std::move(now);
    }
    std::fflush(stdout);
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

}  // namespace

void add_status_command(cli::Command& app, Exit& code) {
  auto command = app.add_subcommand(
      "status",
      "Say what a node is doing now; 0 where it is ready, 8 where it is not or does not "
      "run, 7 where it does not answer");
  const auto which = add_which_node(command);
  auto as_line_of_json = std::make_shared<bool>(false);
  auto watching = std::make_shared<bool>(false);
  command.add_flag("--json", *as_line_of_json, "One line of JSON");
  command.add_flag("--watch", *watching, "Again at each change, until Ctrl-C");
  command.callback([=, &code] {
    const auto finder = find_node(*which);
    if (!finder) {
      code = logging::ended("status", {Trouble::settings, finder.error().what});
      return;
    }
    if (*watching) watch(*finder, *as_line_of_json);
    const auto asked = finder->ask();
    code = code_of(asked);
    fmt::print("{}", *as_line_of_json ? json::serialize(as_json(asked)) + "\n" : as_text(asked));
  });
}

}  // namespace horae
