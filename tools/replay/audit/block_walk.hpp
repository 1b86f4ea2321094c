#pragma once

#include <atomic>

#include "core/message.hpp"
#include "schemas/blocks.capnp.h"
#include "tools/replay/source.hpp"

namespace horae::replay {

/// A fact of the chain as the log has it, checked against its schema.
struct ChainFact {
  std::uint64_t seq = 0;
  Msg<schema::BlocksFact> fact;
};

/// Goes through the chain's facts of a log, one in memory at a time. What the records say of one
/// another (links, the fold) is verify's to check.
class BlockWalk {
 public:
  BlockWalk(const Source& source, std::atomic<std::uint64_t>* at)
      : walk_(source.reader(), 1, source.last()), at_(at) {}

  /// The next one, nothing at the log's end. Refuses (corrupt) what cannot be read.
  Outcome<std::optional<ChainFact>> next();
  /// The next sealed block.
  Outcome<std::optional<ChainFact>> next_block();

 private:
  Walk walk_;
  std::atomic<std::uint64_t>* at_;
};

}  // namespace horae::replay
