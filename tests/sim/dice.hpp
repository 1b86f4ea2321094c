#pragma once

#include <cstdint>
#include <random>

namespace horae::test {

/// What a seed decides.
struct Dice {
  std::mt19937_64 random;
  explicit Dice(std::uint64_t seed) : random(seed) {}
  std::uint64_t below(std::uint64_t n) { return random() % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
};

}  // namespace horae::test
