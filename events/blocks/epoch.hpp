#pragma once

#include "events/blocks/blocks.hpp"

// An epoch as facts and the state's message have it.
namespace horae {

void write(schema::EpochStarted::Builder out, const Epoch& epoch);
[[nodiscard]] Epoch to_epoch(schema::EpochStarted::Reader started);
/// The running one, or one before it whose blocks may still be revoked; stops on another.
[[nodiscard]] const Epoch& epoch_of(const Blocks& chain, std::uint64_t number);

}  // namespace horae
