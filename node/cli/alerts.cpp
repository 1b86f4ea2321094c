#include "node/cli/alerts.hpp"

namespace horae {

extern const std::string_view alerts_page;  // generated: node/CMakeLists.txt

namespace {

constexpr std::string_view heading = "## ";

// A line, taken off what is left.
std::string_view next_line(std::string_view& rest) {
  const auto line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  return line;
}

}  // namespace

std::vector<Alert> alerts_of(std::string_view page) {
  std::vector<Alert> out;
  std::string* paragraph = nullptr;
  while (!page.empty()) {
    const auto line = next_line(page);
    if (line.starts_with(heading)) {
      paragraph =
          &out.emplace_back(Alert{std::string(line.substr(heading.size())), "", ""}).meaning;
    } else if (paragraph == nullptr) {
      continue;  // what stands before the first
    } else if (!line.empty()) {
      *paragraph += (paragraph->empty() ? "" : " ") + std::string(line);
    } else if (!out.back().meaning.empty()) {
      paragraph = &out.back().next;
    }
  }
  return out;
}

std::vector<Alert> alerts() { return alerts_of(alerts_page); }

}  // namespace horae
