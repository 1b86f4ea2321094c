#include "node/ops/exposition.hpp"

#include <fmt/core.h>

#include <cmath>

namespace horae {
namespace {

// https://prometheus.io/docs/instrumenting/exposition_formats/: in a help, no quote is escaped.
std::string escaped(std::string_view text, bool quote) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || (quote && c == '"')) out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

// Whole numbers as such: 17 digits of a double say a counter exactly, but nobody can read them.
std::string number(double value) {
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  if (std::isnan(value)) return "NaN";
  constexpr double exact = 9007199254740992.0;  // 2^53
  if (value == std::floor(value) && std::abs(value) < exact) {
    return std::to_string(static_cast<std::int64_t>(value));
  }
  return fmt::format("{}", value);
}

}  // namespace

void Exposition::family(std::string_view name, std::string_view kind, std::string_view help) {
  name_ = "horae_" + std::string(name);
  out_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name_, escaped(help, false), name_, kind);
}

void Exposition::sample(double value, const Labels& labels) { line("", labels, value); }

void Exposition::histogram(std::span<const double> bounds, std::span<const std::uint64_t> counts,
                           double sum, const Labels& labels) {
  std::uint64_t total = 0;
  auto with = labels;
  with.emplace_back("le", "");
  for (std::size_t i = 0; i < counts.size(); ++i) {
    total += counts[i];
    with.back().second = i < bounds.size() ? number(bounds[i]) : "+Inf";
    line("_bucket", with, static_cast<double>(total));
  }
  line("_sum", labels, sum);
  line("_count", labels, static_cast<double>(total));
}

void Exposition::gauge(std::string_view name, std::string_view help, double value) {
  family(name, "gauge", help);
  sample(value);
}

void Exposition::counter(std::string_view name, std::string_view help, double value) {
  family(name, "counter", help);
  sample(value);
}

void Exposition::line(std::string_view suffix, const Labels& labels, double value) {
  out_ += name_;
  out_ += suffix;
  if (!labels.empty()) {
    out_ += '{';
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (i > 0) out_ += ',';
      out_ += labels[i].first;
      out_ += "=\"" + escaped(labels[i].second, true) + '"';
    }
    out_ += '}';
  }
  out_ += ' ' + number(value) + '\n';
}

}  // namespace horae
