#include "core/command_words.hpp"

namespace horae {

Result<std::vector<std::string>> command_words(std::string_view line) {
  constexpr std::string_view of_shells = "\"$`*?~|&;<>()[]{}#!";
  std::vector<std::string> out;
  bool in_word = false, quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\0' || c == '\n') return fail("a command is one line");
    if (!quoted && (c == ' ' || c == '\t')) {
      in_word = false;
      continue;
    }
    if (!in_word) out.emplace_back();
    in_word = true;
    if (c == '\'') {
      quoted = !quoted;
      continue;
    }
    if (!quoted && c == '\\') {
      if (++i == line.size()) return fail("a backslash at the end");
    } else if (!quoted && of_shells.find(c) != std::string_view::npos) {
      return fail(std::string("no shell reads the command, and ") + c +
                  " would mean something to one: put it between single quotes");
    }
    out.back() += line[i];
  }
  if (quoted) return fail("a single quote that is not closed");
  if (out.empty()) return fail("a command without a word");
  return out;
}

}  // namespace horae
