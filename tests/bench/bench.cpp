#include "tests/bench/bench.hpp"

#include <fmt/format.h>

#include <cmath>

namespace horae::bench {

void print(const Line& line, const Options& options) {
  const auto ratio = line.bound > 0 ? line.value / line.bound : 0.0;
  if (options.json) {
    fmt::print(
        R"({{"bench":"{}","case":"{}","value":{:.1f},"unit":"{}","bound":{:.1f},"bound_name":"{}","ratio":{:.3f})",
        line.bench, line.name, line.value, line.unit, line.bound, line.bound_name, ratio);
    if (line.latency) {
      fmt::print(R"(,"p50_ms":{:.3f},"p99_ms":{:.3f},"p999_ms":{:.3f})", line.latency->p50_ms,
                 line.latency->p99_ms, line.latency->p999_ms);
    }
    for (const auto& [name, value] : line.besides) fmt::print(R"(,"{}":{:.1f})", name, value);
    fmt::print("}}\n");
  } else {
    fmt::print("{:<8} {:<16} {:>12.0f} {:<14} {:.3f} of {} ({:.0f})", line.bench, line.name,
               line.value, line.unit, ratio, line.bound_name, line.bound);
    if (line.latency) {
      fmt::print("; p50 {:.3f} ms, p99 {:.3f} ms, p99.9 {:.3f} ms", line.latency->p50_ms,
                 line.latency->p99_ms, line.latency->p999_ms);
    }
    for (const auto& [name, value] : line.besides) fmt::print("; {} {:.1f}", name, value);
    fmt::print("\n");
  }
  std::fflush(stdout);
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

Latency latency_of(std::vector<double> milliseconds) {
  if (milliseconds.empty()) return {};
  std::sort(milliseconds.begin(), milliseconds.end());
  const auto at = [&](double part) {
    const auto rank = std::ceil(part * static_cast<double>(milliseconds.size()));
    return milliseconds[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
  };
  return {at(0.5), at(0.99), at(0.999)};
}

}  // namespace horae::bench
