#include "tools/inspect/words.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace horae::inspect {

using schema::Inspector;

std::string printable(std::string_view text) {
  std::string out(text);
  for (auto& c : out) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return out;
}

std::string printable(const std::string& text) { return printable(std::string_view(text)); }

std::string printable(capnp::Text::Reader text) {
  return printable(std::string_view(text.begin(), text.size()));
}

std::string count(std::uint64_t value) {
  if (value < 1'000'000) return std::to_string(value);
  auto scaled = static_cast<double>(value) / 1e6;
  const char* unit = "MGTPE";
  while (scaled >= 999.95) {
    scaled /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f}{}", scaled, *unit);
}

std::string seconds(std::uint64_t ms) {
  return ms < 10'000 ? fmt::format("{}.{} s", ms / 1000, ms % 1000 / 100)
                     : fmt::format("{} s", ms / 1000);
}

std::string duration(std::uint64_t ns) {
  if (ns == 0) return "-";
  if (ns < 1000) return fmt::format("{}ns", ns);
  auto scaled = static_cast<double>(ns) / 1000;
  for (const char* unit : {"us", "ms", "s"}) {
    if (scaled < 9.95) return fmt::format("{:.1f}{}", scaled, unit);
    if (scaled < 999.5) return fmt::format("{:.0f}{}", scaled, unit);
    scaled /= 1000;
  }
  return fmt::format("{:.0f}ks", scaled);
}

std::string elapsed(std::uint64_t ms) {
  const auto all = ms / 1000;
  return fmt::format("{}:{:02}:{:02}", all / 3600, all / 60 % 60, all % 60);
}

std::string date_time(std::uint64_t ms) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(static_cast<std::time_t>(ms / 1000)));
}

std::string clock_time(std::uint64_t ms) {
  return fmt::format("{:%H:%M:%S}.{:03}", fmt::gmtime(static_cast<std::time_t>(ms / 1000)),
                     ms % 1000);
}

std::string known(Inspector::BlockNumber::Reader block) {
  return block.isNumber() ? std::to_string(block.getNumber()) : "unknown";
}

std::string state(Inspector::Actor::Reader actor) {
  switch (actor.getState()) {
    case Inspector::State::IDLE:
      return "idle";
    case Inspector::State::BUSY:
      return "busy";
    case Inspector::State::STUCK:
      return "stuck " + seconds(actor.getStuckForMs());
  }
  return "?";
}

std::string with_reason(capnp::Text::Reader word, capnp::Text::Reader reason) {
  return reason.size() == 0 ? printable(word) : printable(word) + ": " + printable(reason);
}

std::vector<std::string> wrapped(std::string_view words, std::size_t columns) {
  std::vector<std::string> lines;
  std::string line;
  while (!words.empty()) {
    const auto end = std::min({words.find(' '), columns, words.size()});
    const auto word = words.substr(0, end);
    words.remove_prefix(end);
    if (!words.empty() && words.front() == ' ') words.remove_prefix(1);
    if (!line.empty() && line.size() + 1 + word.size() > columns) {
      lines.push_back(std::move(line));
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

}  // namespace horae::inspect
