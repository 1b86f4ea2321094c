#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <vector>

#include "tests/sim/dice.hpp"

namespace horae::test {

inline std::uint64_t number_in(const char* variable, std::uint64_t otherwise) {
  const auto* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::stoull(text);
}

/// The seed of HORAE_SEED alone, or those up to HORAE_SEEDS, which is usual where it is not set. A
/// failure names its seed. True: all of them.
template <class Run>
bool each_seed(std::uint64_t usual, Run run) {
  const auto one = number_in("HORAE_SEED", 0);
  const auto last = one != 0 ? one : number_in("HORAE_SEEDS", usual);
  for (auto seed = one != 0 ? one : 1; seed <= last; ++seed) {
    BOOST_TEST_CONTEXT("HORAE_SEED=" << seed) { run(seed); }
  }
  return one == 0;
}

/// The members of a pool's genesis, with the keys from 1 on.
struct PoolCast {
  std::vector<std::uint64_t> powers;  // METIS
  std::set<std::uint8_t> liars;       // keys, with less than a third of the power, never the first
};
inline PoolCast cast_of(Dice& dice, std::uint64_t members) {
  PoolCast out;
  std::uint64_t lying = 0, honest = 0;
  for (std::uint64_t i = 0; i < members; ++i) {
    out.powers.push_back(20'000 + dice.below(80'001));
    honest += out.powers.back();
  }
  for (std::uint8_t key = 2; key <= members; ++key) {
    const auto power = out.powers[key - 1u];
    if (!dice.one_in(3) || (lying + power) * 2 >= honest - power) continue;
    lying += power;
    honest -= power;
    out.liars.insert(key);
  }
  return out;
}

}  // namespace horae::test
