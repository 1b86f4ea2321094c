#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "core/nearest.hpp"
#include "core/trouble.hpp"
#include "node/cli/commands.hpp"
#include "node/cli/words.hpp"
#include "node/logging/ending.hpp"

namespace horae {
namespace {

bool same_word(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, [](unsigned char a, unsigned char b) {
    return std::tolower(a) == std::tolower(b);
  });
}

void list_all() {
  for (const auto& entry : troubles()) {
    fmt::print("{:<20} {:>2}  {}\n", entry.code, static_cast<int>(entry.exit), entry.title);
  }
  fmt::print("\nReasons and states:\n");
  for (const auto& word : logging::words()) fmt::print("{:<24} {}\n", word.name, word.where);
}

void show(const TroubleEntry& entry) {
  fmt::print(
      "{}: {}\n\n{}\n\nCauses      {}\nWhat to do  {}\nExit code   {} ({})\nMore        {}\n",
      entry.code, entry.title, entry.meaning, entry.causes, entry.next,
      static_cast<int>(entry.exit), exit_meanings[static_cast<std::size_t>(entry.exit)],
      entry.docs);
}

void show(const logging::Word& word) {
  fmt::print("{}: {}\n\n{}\n", word.name, word.where, word.meaning);
  if (!word.next.empty()) fmt::print("\nWhat to do  {}\n", word.next);
}

Exit explain(const std::string& wanted) {
  if (wanted.empty()) {
    list_all();
    return Exit::ok;
  }
  std::vector<std::string> known;
  bool found = false;
  for (const auto& entry : troubles()) {
    known.emplace_back(entry.code);
    if (!same_word(entry.code, wanted)) continue;
    show(entry);
    found = true;
  }
  for (const auto& word : logging::words()) {
    known.emplace_back(word.name);
    if (!same_word(word.name, wanted)) continue;
    if (found) fmt::print("\n");
    show(word);
    found = true;
  }
  if (found) return Exit::ok;
  const auto near = nearest(wanted, known);
  return logging::ended(
      "explain", {Trouble::usage, "nothing is called " + wanted +
                                      (near ? ": is " + *near + " meant?"
                                            : "; `horae explain` alone lists all there is")});
}

}  // namespace

void add_explain_command(cli::Command& app, Exit& code) {
  auto command = app.add_subcommand(
      "explain", "Tell what an error's code, a refusal's reason or a state means, and what to do");
  auto wanted = std::make_shared<std::string>();
  command.add_option("code", *wanted, "Such as H-LOG-CORRUPT or insufficientFunds; none: all");
  command.callback([wanted, &code] { code = explain(*wanted); });
}

}  // namespace horae
