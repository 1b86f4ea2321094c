#pragma once

#include "events/shared.hpp"
#include "tests/fuzz/stranger.hpp"

namespace horae::fuzz {

/// What a member would say to a state, with a word of the stranger's in it now and then: what gets
/// past the first checks. Its keys are secret(1) to secret(9). There is one of each shared command,
/// and of what a pool's consensus orders.
template <class Command>
[[nodiscard]] Msg<Command> said_by_member(const SharedState& state, Stranger& words);

template <>
Msg<schema::LockingCommand> said_by_member(const SharedState& state, Stranger& words);
template <>
Msg<schema::BlocksCommand> said_by_member(const SharedState& state, Stranger& words);
template <>
Msg<schema::RewardsCommand> said_by_member(const SharedState& state, Stranger& words);
template <>
Msg<schema::MpcCommand> said_by_member(const SharedState& state, Stranger& words);
template <>
Msg<schema::PenaltiesCommand> said_by_member(const SharedState& state, Stranger& words);
template <>
Msg<schema::PoolCommand> said_by_member(const SharedState& state, Stranger& words);
template <>
Msg<schema::SharedCommand> said_by_member(const SharedState& state, Stranger& words);

/// Whose word it is: mostly one of the genesis that founds the pool (secret(1) and secret(2)).
[[nodiscard]] Address any_sender(Stranger& words);
/// The state of a pool whose members have agreed on the opening and on the first sequencer.
[[nodiscard]] SharedState founded_pool();

}  // namespace horae::fuzz
