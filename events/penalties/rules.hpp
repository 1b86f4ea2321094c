#pragma once

#include "events/penalties/penalties.hpp"

// What faults and observations cost: the parameters as facts have them, and points that add up.
namespace horae {

/// None where a kind stands twice or is not known.
[[nodiscard]] std::optional<FaultRules> to_rules(schema::FaultParameters::Reader set);
[[nodiscard]] std::optional<ObservationRules> to_rules(schema::ObservationParameters::Reader set);

void write(schema::FaultParameters::Builder out, const FaultRules& rules);
void write(schema::ObservationParameters::Builder out, const ObservationRules& rules);

/// The sum, or the highest number where it does not fit.
[[nodiscard]] inline std::uint64_t add_up(std::uint64_t a, std::uint64_t b) {
  return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

}  // namespace horae
