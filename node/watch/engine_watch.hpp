#pragma once

#include <functional>
#include <memory>

#include "edges/engine.hpp"
#include "node/watch/looking.hpp"
#include "telemetry/board.hpp"
#include "telemetry/logger.hpp"

namespace horae {

/// Looks every two seconds whether the engine is there, and every half minute what it is and
/// whether it is shut as it should be, on a connection and a thread of its own, and tells the
/// board: an idle node would find out only when a user needs it.
class EngineWatch {
 public:
  struct Options {
    EngineAddress engine;
    /// Where the engine's files lie on this machine, to tell how much room they take; empty: not
    /// known, as of an engine that others started.
    std::filesystem::path home;
    /// Called at each look at an engine that has less than it was given, and is not being brought
    /// back; on the watch's own thread.
    std::function<void()> on_behind;
  };
  EngineWatch(Options options, std::shared_ptr<Board> board);
  ~EngineWatch();
  EngineWatch(const EngineWatch&) = delete;
  EngineWatch& operator=(const EngineWatch&) = delete;

 private:
  void look_around();
  /// True where it answers.
  bool look();
  void look_closely();

  const Options options_;
  std::unique_ptr<EnginePort> engine_;
  std::shared_ptr<Board> board_;
  Logger logger_{"engine watch"};
  unsigned looks_ = 0;  // since the last close one, while it answers
  Looking looking_;
};

}  // namespace horae
