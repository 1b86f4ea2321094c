#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "core/hash.hpp"
#include "core/nearest.hpp"
#include "core/trouble.hpp"
#include "node/cli/alerts.hpp"
#include "node/cli/commands.hpp"
#include "node/cli/explain.hpp"
#include "node/cli/words.hpp"
#include "node/doctor/check.hpp"
#include "node/logging/ending.hpp"
#include "tools/inspect/lints.hpp"

namespace horae {
namespace {

// A word in the form that explain shows.
std::string told(std::string_view meaning, std::string_view next) {
  auto out = fmt::format("{}\n", meaning);
  if (!next.empty()) out += fmt::format("\nWhat to do  {}\n", next);
  return out;
}

std::string told(const TroubleEntry& entry) {
  return fmt::format("{}\n\nCauses      {}\nWhat to do  {}\nExit code   {} ({})\nMore        {}\n",
                     entry.meaning, entry.causes, entry.next, static_cast<int>(entry.exit),
                     exit_meanings[static_cast<std::size_t>(entry.exit)], entry.docs);
}

Explained of_exit_code(std::size_t code) {
  std::string out;
  for (const auto& entry : troubles()) {
    if (static_cast<std::size_t>(entry.exit) != code) continue;
    out += fmt::format("  {:<20} {}\n", entry.code, entry.title);
  }
  out = out.empty() ? "No error ends with it.\n" : "The codes of what ends with it:\n\n" + out;
  return {"Exit codes", fmt::format("exit {}", code), std::string(exit_meanings[code]),
          std::move(out)};
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// What is asked for as it stands in the tables: an exit code by its number, and a revert as
// endpoints tell of it, by its text alone or by its error's selector.
std::string name_meant(std::string text) {
  for (const std::string_view before :
       {"exit code ", "exit ", "execution reverted: ", "custom error "}) {
    if (lower(text).starts_with(before)) text.erase(0, before.size());
  }
  if (is_number(text)) return "exit " + text;
  if (!text.starts_with("0x") || text.size() < 10) return text;
  for (const auto& word : logging::reverts()) {
    const auto hash = keccak256(as_bytes(std::string(word.name) + "()"));
    if (to_hex(hash.view().first(4)) == lower(text.substr(0, 10))) return std::string(word.name);
  }
  return text;
}

void show_one(const Explained& one) { fmt::print("{}: {}\n\n{}", one.name, one.title, one.text); }

void list(const std::vector<const Explained*>& some) {
  std::string_view group;
  std::size_t width = 0;
  for (const auto* one : some) {
    if (one->group != group) {
      fmt::print("{}{}:\n", group.empty() ? "" : "\n", one->group);
      group = one->group;
      width = 0;
      for (const auto* each : some) {
        if (each->group == group) width = std::max(width, each->name.size());
      }
    }
    fmt::print("{:<{}}  {}\n", one->name, width, one->title);
  }
}

template <class Wanted>
std::vector<const Explained*> those(const std::vector<Explained>& all, Wanted wanted) {
  std::vector<const Explained*> out;
  for (const auto& one : all) {
    if (wanted(lower(one.name))) out.push_back(&one);
  }
  return out;
}

// Where several things have the one name, all of them.
void show_all(const std::vector<const Explained*>& some) {
  for (const auto* one : some) {
    if (one != some.front()) fmt::print("\n");
    show_one(*one);
  }
}

Exit explain(const std::vector<std::string>& words) {
  const auto all = everything_explained();
  std::string wanted;
  for (const auto& word : words) wanted += (wanted.empty() ? "" : " ") + word;
  const auto name = lower(name_meant(wanted));
  if (const auto same = those(all, [&](const auto& each) { return each == name; }); !same.empty()) {
    show_all(same);
    return Exit::ok;
  }
  // Of a part of a name, or of nothing, all that it may be.
  const auto around =
      those(all, [&](const auto& each) { return each.find(name) != std::string::npos; });
  const bool of_one = std::ranges::all_of(
      around, [&](const auto* each) { return each->name == around.front()->name; });
  if (!around.empty()) {
    of_one ? show_all(around) : list(around);
    return Exit::ok;
  }
  std::vector<std::string> known;
  for (const auto& one : all) known.push_back(lower(one.name));
  auto near = nearest(name, known);
  if (near)
    near = all[static_cast<std::size_t>(std::ranges::find(known, *near) - known.begin())].name;
  return logging::ended(
      "explain", {Trouble::usage, "nothing is called " + wanted +
                                      (near ? ": is " + *near + " meant?"
                                            : "; `horae explain` alone lists all there is")});
}

}  // namespace

std::vector<Explained> everything_explained() {
  std::vector<Explained> out;
  for (const auto& entry : troubles()) {
    out.push_back({"Codes", std::string(entry.code), std::string(entry.title), told(entry)});
  }
  for (std::size_t code = 0; code < exit_meanings.size(); ++code) out.push_back(of_exit_code(code));
  out.push_back({"Exit codes", "exit 134", "ended by SIGABRT, as a shell shows it",
                 told("A running node found itself in a state that its own rules exclude.",
                      "horae explain H-BUG")});
  for (const auto& word : logging::words()) {
    out.push_back({"Reasons and states", std::string(word.name), std::string(word.where),
                   told(word.meaning, word.next)});
  }
  for (const auto& check : doctor::known_checks) {
    out.push_back({"Checks of horae doctor", std::string(check.id), "a check of `horae doctor`",
                   told(check.about,
                        "See what `horae doctor` found, what it expected, and what it "
                        "says to do.")});
  }
  for (const auto& alert : alerts()) {
    out.push_back({"Alerts of deploy/prometheus", alert.name, "an alert (docs/alerts.md)",
                   told(alert.meaning, alert.next)});
  }
  for (const auto& lint : inspect::lint_entries) {
    out.push_back({"Lints of horae-inspect", std::string(lint.name), "a lint of horae-inspect",
                   told(lint.meaning, lint.next)});
  }
  for (const auto& word : logging::reverts()) {
    out.push_back({"Reverts of the contracts", std::string(word.name), std::string(word.where),
                   told(word.meaning, word.next)});
  }
  return out;
}

void add_explain_command(cli::Command& app, Exit& code) {
  auto command = app.add_subcommand("explain",
                                    "Tell what a code, an exit code, a reason, a state, a check, "
                                    "an alert, a lint or a contract's "
                                    "revert means, and what to do");
  auto wanted = std::make_shared<std::vector<std::string>>();
  command.add_option("word", *wanted,
                     "Such as H-LOG-CORRUPT, exit 5, insufficientFunds or keys.signer; a part of a "
                     "name: those that have it; none: all");
  command.callback([wanted, &code] { code = explain(*wanted); });
}

}  // namespace horae
