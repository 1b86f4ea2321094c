#pragma once

#include "actors/shell.hpp"
#include "events/mpc/mpc.hpp"

namespace horae {

struct AccountantOptions {
  Address key;  // of the reward batches
  Msg<schema::MpcCommand>
      succession{};             // makes it follow the log's, once the pool has changed to it
  std::uint64_t poll_ms = 500;  // between looks at what is due
};

/// Closes periods when they are due, has each composition signed and submitted, and reopens what
/// came to nothing. It keeps nothing of its own: the world tells from the log what the next duty
/// is, and doing one twice is harmless. Starts with the first tick that it is sent.
reward_accountant_actor spawn_reward_accountant(caf::actor_system& system,
                                                std::shared_ptr<ActorMeter> meter,
                                                std::shared_ptr<Board> board,
                                                AccountantOptions options, world_actor world,
                                                sequence_actor sequence, submitter_actor submitter);

}  // namespace horae
