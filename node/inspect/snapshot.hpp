#pragma once

#include "node/health/health.hpp"
#include "node/inspect/sampler.hpp"
#include "schemas/inspect.capnp.h"
#include "storage/usage.hpp"
#include "telemetry/board.hpp"

namespace horae {

/// When a snapshot is taken, by both clocks, and when the node began.
struct Moment {
  std::uint64_t time_ms;  // since 1970
  std::uint64_t now_ns;   // ActorMeter::now_ns()
  std::uint64_t started_ms;
  std::uint64_t started_ns;
};

void write_snapshot(schema::Inspector::Snapshot::Builder out, const Sampler& sampler,
                    const Board& board, const Health& health,
                    const std::vector<LogReading>& readers, const Moment& moment);

}  // namespace horae
