#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>

namespace horae {

/// Adds without a locked instruction: for counters that one thread at a time writes and any reads.
inline void add_alone(std::atomic<std::uint64_t>& counter, std::uint64_t more) {
  counter.store(counter.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

/// Durations counted by size, eight buckets to each power of two: a quantile read from it is at
/// most an eighth too long. One thread at a time adds, any reads.
class LatencyHistogram {
 public:
  static constexpr unsigned parts = 8;  // of a power of two
  static constexpr unsigned bits = 38;  // 2^38 ns are 275 s; what is longer counts as that
  static constexpr unsigned buckets = (bits - 2) * parts;
  using Counts = std::array<std::uint64_t, buckets>;

  void add(std::uint64_t ns) { add_alone(counts_[bucket_of(ns)], 1); }

  [[nodiscard]] Counts counts() const {
    Counts out;
    for (unsigned i = 0; i < buckets; ++i) out[i] = counts_[i].load(std::memory_order_relaxed);
    return out;
  }

  [[nodiscard]] static unsigned bucket_of(std::uint64_t ns) {
    if (ns < parts) return static_cast<unsigned>(ns);
    const auto power = static_cast<unsigned>(std::bit_width(ns)) - 1;
    if (power >= bits) return buckets - 1;
    return (power - 2) * parts + static_cast<unsigned>((ns >> (power - 3)) & (parts - 1));
  }
  /// The longest duration that is counted in a bucket.
  [[nodiscard]] static std::uint64_t longest_in(unsigned bucket) {
    if (bucket < parts) return bucket;
    const auto power = bucket / parts + 2;
    return ((std::uint64_t{parts} + bucket % parts + 1) << (power - 3)) - 1;
  }
  /// The duration that a part of all, say 0.99, did not exceed; 0 where nothing was counted.
  [[nodiscard]] static std::uint64_t quantile(const Counts& counts, double part) {
    std::uint64_t all = 0;
    for (const auto count : counts) all += count;
    const auto rank = static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(all)));
    std::uint64_t seen = 0;
    for (unsigned i = 0; i < buckets; ++i) {
      seen += counts[i];
      if (seen > 0 && seen >= rank) return longest_in(i);
    }
    return 0;
  }

 private:
  std::array<std::atomic<std::uint64_t>, buckets> counts_{};
};

}  // namespace horae
