#pragma once

#include <caf/typed_actor.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "actors/shell.hpp"
#include "events/record.hpp"
#include "storage/log.hpp"

namespace horae {

/// The records of one commit, stamped and hashed, with the facts that own their payloads.
struct StampedRecords {
  std::uint64_t first_seq = 0;
  std::vector<HeaderBytes> headers;
  std::vector<Message> payloads;  // one for each header
  std::vector<Hash32> tiles;      // roots of the tree's tiles that are full with them
};

/// The journal's other half, which waits for the disk while the journal stamps what comes next.
/// The write tx begins and ends inside one handler. on_failure is called when a commit fails and
/// must end the process: memory is ahead of the disk then, and restart is replay.
committer_actor spawn_committer(caf::actor_system& system, Threading threading,
                                std::shared_ptr<ActorMeter> meter,
                                std::unique_ptr<LogWriter> writer,
                                std::function<void(const Fault&)> on_failure);

}  // namespace horae
