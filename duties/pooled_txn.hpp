#pragma once

#include "core/eth/txn.hpp"
#include "schemas/mempool.capnp.h"

namespace horae {

/// A decoded transaction as the mempool's commands and facts have it. raw: its envelope, as it
/// came.
void write(schema::PooledTxn::Builder out, const Txn& txn, const Address& sender, BytesView raw);

}  // namespace horae
