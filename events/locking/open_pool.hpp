#pragma once

#include "events/locking/locking.hpp"
#include "schemas/world.capnp.h"

// What the world answers to whoever follows L1, so that no second fold of the pool is needed there.
namespace horae {

/// The blocks of L1 that the locking domain knows.
struct L1Progress {
  std::optional<L1Point> confirmed, finalized;  // nothing where none was told yet
  /// With events, ascending: all above finalized, and before them the last one at or below it.
  std::vector<L1Point> blocks;
  std::uint64_t discrepancies = 0;  // found in what is final
};

/// The contracts' values at the opening, and what their events have made of them since.
struct OpenPool {
  Msg<schema::PoolOpened> opened;
  PoolView view;
};

void fill(schema::L1Progress::Builder builder, const Locking& locking);
/// Of a pool that is open.
void fill(schema::OpenPool::Builder builder, const Locking& locking);

/// The way back. Stop on a message that no fill made.
[[nodiscard]] L1Progress to_progress(schema::L1Progress::Reader progress);
[[nodiscard]] OpenPool to_open_pool(schema::OpenPool::Reader pool);

}  // namespace horae
