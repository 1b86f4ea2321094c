#pragma once

#include "node/system.hpp"

namespace horae {

/// Before anything of L1's is believed: asks the endpoint which chain it is of, and before a log is
/// opened, whose first record has them for ever, whether the addresses are those of a pool and
/// where its life begins. Sets l1_chain_id and l1_from_block. Refuses another chain, addresses of
/// anything else, and a first block above the deployment. Where there is a log, a node whose L1 is
/// away can serve what it has and follow later; the listener asks for the chain anew then.
Started<void> meet_l1(NodeSystem& node, const NodeState& log);

}  // namespace horae
