#include <fmt/core.h>

#include <chrono>
#include <thread>
#include <utility>

#include "core/u256.hpp"
#include "edges/progress.hpp"
#include "node/cli/commands.hpp"
#include "node/cli/which_node.hpp"
#include "node/logging/ending.hpp"

namespace horae {
namespace {

using Steady = std::chrono::steady_clock;

// Nobody announces what a node's health is made of (counters, a beat that stays away), so that the
// node would have to look again and again itself. A look from here is one small page over loopback.
constexpr auto between_looks = std::chrono::milliseconds(100);

struct Goal {
  bool synced = false, ready = false;
  std::uint64_t block = 0;

  [[nodiscard]] bool reached(const boost::json::object& status) const {
    if (synced) return status.at("synced").as_bool();
    if (ready) return status.at("ready").as_bool();
    return status.at("l2").at("head").to_number<std::uint64_t>() >= block;
  }
};

Result<Goal> parse_goal(const std::string& wanted) {
  Goal out;
  if (wanted == "synced") {
    out.synced = true;
  } else if (wanted == "ready") {
    out.ready = true;
  } else if (wanted.starts_with("block=")) {
    const auto number = u256_from_decimal(wanted.substr(6));
    if (!number || *number > INT64_MAX) return fail("--for block=N: wanted a number of a block");
    out.block = static_cast<std::uint64_t>(*number);
  } else {
    return fail("--for: wanted synced, ready or block=N, got " + wanted);
  }
  return out;
}

std::string now_words(const Asked& asked) {
  if (asked.kind != Asked::answers) return asked.words;
  return asked.status.at("condition").at("words").as_string().c_str();
}

struct Outcome {
  Trouble trouble = Trouble::none;
  std::string words;
};

Outcome wait(const NodeFinder& finder, const Goal& goal, const std::string& named,
             std::uint64_t timeout_s) {
  StatusLine line;
  const auto end = Steady::now() + std::chrono::seconds(timeout_s);
  bool was_there = false;
  bool looked = false;
  while (true) {
    const auto asked = finder.ask();
    // Whoever waits for what is not there is told so at once, on a terminal or not.
    if (!std::exchange(looked, true) && asked.kind == Asked::none) {
      fmt::print(stderr, "horae: {}; waiting for one up to {} s\n", asked.words, timeout_s);
    }
    if (asked.kind == Asked::answers) {
      was_there = true;
      if (goal.reached(asked.status)) return {};
    } else if (was_there && asked.kind == Asked::none) {
      return {Trouble::node_silent, "the node has gone: " + asked.words};
    }
    if (Steady::now() >= end) {
      return {Trouble::not_ready,
              fmt::format("not {} after {} s: {}", named, timeout_s, now_words(asked))};
    }
    line.show(fmt::format("waiting for {}: {}", named, now_words(asked)));
    std::this_thread::sleep_for(between_looks);
  }
}

}  // namespace

void add_wait_command(cli::Command& app, Exit& code) {
  auto command = app.add_subcommand(
      "wait",
      "Wait until a node has come so far; 8 where it has not in time, 7 where it goes away");
  const auto which = add_which_node(command);
  auto wanted = std::make_shared<std::string>();
  auto timeout_s = std::make_shared<std::uint64_t>(600);
  command.add_option("--for", *wanted, "synced, ready or block=N").required();
  command.add_option("--timeout", *timeout_s, "Seconds")
      .show_default()
      .range(std::uint64_t{0}, std::uint64_t{31'536'000});
  command.callback([=, &code] {
    const auto goal = parse_goal(*wanted);
    if (!goal) {
      code = logging::ended("wait", {Trouble::usage, goal.error().what});
      return;
    }
    const auto finder = find_node(*which);
    if (!finder) {
      code = logging::ended("wait", {Trouble::settings, finder.error().what});
      return;
    }
    const auto outcome = wait(*finder, *goal, *wanted, *timeout_s);
    if (outcome.trouble != Trouble::none) {
      code = logging::ended("wait", {outcome.trouble, outcome.words});
    }
  });
}

}  // namespace horae
