#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

// What every bench has in common. A figure means something beside its physical bound alone, so both
// are taken in the same run, in turns.
namespace horae::bench {

struct Options {
  std::filesystem::path directory;  // where the files of a run are made
  double seconds = 0.5;             // of one measurement
  unsigned reps = 5;                // turns; what is told is their median
  std::uint64_t records = 10'000'000;
  std::uint64_t txns = 3'000;   // of the largest block
  std::uint64_t blocks = 300;   // that an engine is behind, and that a pool agrees on
  std::uint64_t heights = 300;  // that a member of a pool is behind
  std::uint64_t l1_heads = 5;   // that a pool agrees on while it is looked at idle
  bool json = false;
};

struct Latency {
  double p50_ms = 0, p99_ms = 0, p999_ms = 0;
};

/// One case. ratio = value ÷ bound: higher is better.
struct Line {
  std::string bench, name;
  double value = 0;
  std::string unit;
  double bound = 0;
  std::string bound_name;
  std::optional<Latency> latency;
  std::vector<std::pair<std::string, double>> besides = {};  // each name with its unit
};
void print(const Line& line, const Options& options);

[[nodiscard]] double median(std::vector<double> values);
[[nodiscard]] Latency latency_of(std::vector<double> milliseconds);

using Clock = std::chrono::steady_clock;
[[nodiscard]] inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void journal(const Options& options);
void ack(const Options& options);
void verify(const Options& options);
void start(const Options& options);
void reader(const Options& options);
void attach(const Options& options);
void engine(const Options& options);
void pool(const Options& options);
/// Of the dev network's processes: a part of pool.
void idle_member(const Options& options);

}  // namespace horae::bench
