#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace horae {

/// Values counted by size, as a Prometheus histogram has them: bounds ascend, and what is above the
/// last one stands in the last count. Not for more than one thread at once.
template <std::size_t N>
struct Buckets {
  std::array<double, N> bounds;  // the largest value that each count takes
  std::array<std::uint64_t, N + 1> counts{};
  double sum = 0;

  void add(double value) {
    const auto at = std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin();
    ++counts[static_cast<std::size_t>(at)];
    sum += value;
  }
};

}  // namespace horae
