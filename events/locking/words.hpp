#pragma once

#include <string>

#include "schemas/locking.capnp.h"

namespace horae {

/// What an event of the pool says to people: "sequencer 2 locks 20000 METIS, signer 0x…". Empty for
/// a fact whose name says it all.
[[nodiscard]] std::string words_of(schema::LockingFact::Reader fact);

}  // namespace horae
