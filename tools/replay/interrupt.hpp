#pragma once

namespace horae::replay {

/// Thrown where the work looks up from what it does after somebody asked to stop it.
struct Interrupted {
  int signal;
};

/// From now on SIGINT and SIGTERM end this process no more by themselves.
void note_interrupts();
/// The signal that came since, 0 for none.
[[nodiscard]] int interrupted();
void stop_if_interrupted();

/// Ends this process by the signal, so that whoever started it sees what happened.
[[noreturn]] void end_by(int signal);

}  // namespace horae::replay
