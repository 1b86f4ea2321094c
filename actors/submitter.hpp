#pragma once

#include "actors/shell.hpp"
#include "events/submissions/submissions.hpp"

namespace horae {

struct SubmitterOptions {
  std::uint64_t l1_chain_id = 0;
  std::uint64_t poll_ms = 0;           // between two looks at L1
  std::uint64_t round_timeout_ms = 0;  // what a signing round may take
};

/// Brings to L1 what is planned, one submission after the other, over a state folded from the log.
/// Begins with the first tick and sets the next ones itself. Its calls to L1 block: a thread of its
/// own. The port must not be shared with another actor; cancel it before this actor's end.
submitter_actor spawn_submitter(caf::actor_system& system, Threading threading,
                                std::shared_ptr<ActorMeter> meter, std::shared_ptr<Board> board,
                                std::shared_ptr<const Clock> clock, SubmitterOptions options,
                                Submissions state, round_manager_actor rounds,
                                journal_actor journal, std::shared_ptr<L1SendPort> l1);

}  // namespace horae
