#pragma once

#include <capnp/schema.h>

#include <string>
#include <string_view>

// Words that a reward statement has in all its forms.
namespace horae::reward_words {

// As core/rules/reward.hpp computes them, for whoever checks a line by hand.
inline constexpr std::string_view amount_formula =
    "blocks x reward per block (LockingPool.batchSubmitRewards)";
inline constexpr std::string_view realised_formula =
    "reward per block x credited blocks x 31536000 s / (seconds of the period x METIS locked) "
    "(Pool MRR, forum.ceg.vote topic 11252)";
inline constexpr std::string_view target_formula =
    "METIS locked x target rate x seconds of the period / (31536000 s x credited blocks) "
    "(l1:target-reward-per-block, metis-sequencer-contract)";

/// The schema's own name of an enumerant.
template <class Enum>
[[nodiscard]] std::string name_of(Enum value) {
  const auto enumerants = capnp::Schema::from<Enum>().getEnumerants();
  const auto index = static_cast<unsigned>(value);
  return index < enumerants.size() ? enumerants[index].getProto().getName().cStr()
                                   : std::to_string(index);
}

}  // namespace horae::reward_words
