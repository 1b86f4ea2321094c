#pragma once

#include <memory>

#include "actors/door.hpp"
#include "storage/environment.hpp"
#include "telemetry/board.hpp"
#include "telemetry/logger.hpp"

namespace horae {

/// Looks how much room the log has: puts it on the board, tells each crossing of a threshold
/// (storage/room.hpp) once on stderr, and closes and opens intake.
class RoomWatch {
 public:
  RoomWatch(std::shared_ptr<Admission> admission, std::shared_ptr<Board> board)
      : admission_(std::move(admission)), board_(std::move(board)) {}
  void look(Environment& environment);

 private:
  std::shared_ptr<Admission> admission_;
  std::shared_ptr<Board> board_;
  Tightness held_ = Tightness::ample;
  Logger logger_{"room"};
  bool blind_ = false;
};

}  // namespace horae
