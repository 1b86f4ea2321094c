#pragma once

#include <map>

#include "actors/shell.hpp"
#include "events/mpc/mpc.hpp"

namespace horae {

/// Asks a member where its calls may block.
member_actor spawn_member(caf::actor_system& system, Threading threading,
                          std::shared_ptr<ActorMeter> meter, std::shared_ptr<MemberPort> member);

/// Runs the signing rounds of this node. A request is answered with a signature when RoundOpened,
/// SlotSigned and RoundFinished are durable, or with why there is none: a rule's refusal, the
/// deadline, a member's failure. Nobody is asked to sign before RoundOpened is durable. Rounds that
/// a crash left open are timed out first; their slots keep their contents.
///
/// keys: as the log had them when the rounds were left; what a new round goes by, the world is
/// asked for. members: by key, the one that holds all of it. Keys that several hold are refused:
/// such rounds are not built yet.
round_manager_actor spawn_round_manager(caf::actor_system& system,
                                        std::shared_ptr<ActorMeter> meter,
                                        std::shared_ptr<const Clock> clock, MpcRounds rounds,
                                        const Mpc& keys, std::map<Address, member_actor> members,
                                        world_actor world, journal_actor journal,
                                        mpc_sequence_actor sequence);

}  // namespace horae
