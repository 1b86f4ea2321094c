#pragma once

#include "events/blocks/blocks.hpp"

// An epoch as facts and the state's message have it.
namespace horae {

void write(schema::EpochStarted::Builder out, const Epoch& epoch);
[[nodiscard]] Epoch to_epoch(schema::EpochStarted::Reader started);

}  // namespace horae
