#pragma once

#include "node/system.hpp"

namespace horae {

/// The steps of a start in their order: lock held, log checked and folded, actors seeded, intents
/// resumed, engine and L1 caught up with, the RPC opened last.
Started<std::unique_ptr<NodeSystem>> start_system(const DataPaths& paths, Node::Options options);

}  // namespace horae
