#pragma once

#include "events/snapshot.hpp"
#include "schemas/snapshot.capnp.h"

namespace horae {

/// What the mempool's state message has as sums alone: accounts and waiting transactions, with what
/// was worked out of them left out.
void add_pool_parts(std::vector<SnapshotPart>& out, const Mempool& pool);

/// Puts them into a pool that was restored from its state message.
void restore(Mempool& pool, schema::PoolAccountsPart::Reader part);
void restore(Mempool& pool, schema::PoolTxnsPart::Reader part);
/// When all are in: what is derived from them.
void finish_restore(Mempool& pool);

}  // namespace horae
