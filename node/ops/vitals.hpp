#pragma once

#include <atomic>
#include <memory>

#include "actors/door.hpp"
#include "node/config/limits.hpp"
#include "telemetry/board.hpp"
#include "telemetry/meter.hpp"

namespace horae {

/// Requests to the ops port, by page.
struct PageCounts {
  std::atomic<std::uint64_t> livez{0}, readyz{0}, metrics{0}, status{0}, other{0};
};

/// What can be seen of a node from outside. It is there before the node and longer than it, so that
/// a start and a stop can be watched; nothing in it makes anybody wait for an actor.
struct Vitals {
  std::shared_ptr<Board> board = std::make_shared<Board>();
  std::shared_ptr<Meters> meters = std::make_shared<Meters>();
  std::shared_ptr<Admission> admission = std::make_shared<Admission>(Limits{}.admissions);
  std::shared_ptr<PageCounts> pages = std::make_shared<PageCounts>();
};

}  // namespace horae
