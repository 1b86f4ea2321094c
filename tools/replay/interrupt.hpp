#pragma once

namespace horae::replay {

/// Thrown where the work looks up from what it does after somebody asked to stop it. Only work that
/// has something to put away or to say first holds the signals (edges/stop_signals.hpp); any other
/// is ended by them as usual.
struct Interrupted {
  int signal;
};

/// Throws Interrupted where a held signal waits.
void stop_if_interrupted();

/// Ends this process by the signal, so that whoever started it sees what happened.
[[noreturn]] void end_by(int signal);

}  // namespace horae::replay
