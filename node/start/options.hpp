#pragma once

#include "node/config/settings.hpp"
#include "node/node.hpp"

namespace horae {

/// What the settings say of a sequencer, without its keys.
[[nodiscard]] FollowOptions follow_options(const config::Config& config);
[[nodiscard]] SequenceOptions sequence_options(const config::Config& config);

/// What a node is started with, as its settings say, for `run` and `dev` alike: the keystores are
/// opened, with the password file or a question on the terminal. Refuses, with Trouble::key_open,
/// what does not open, and a key of the dev network's on another chain than its own: everybody
/// knows it.
[[nodiscard]] Started<Node::Options> options_of(const config::Config& config);

}  // namespace horae
