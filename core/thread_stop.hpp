#pragma once

#include "core/result.hpp"

namespace horae {

/// A stop handler (core/result.hpp) for the thread that makes it, before the one of all, until it
/// goes out of scope.
class ThreadStopHandler {
 public:
  explicit ThreadStopHandler(StopHandler handler);
  ThreadStopHandler(const ThreadStopHandler&) = delete;
  ThreadStopHandler& operator=(const ThreadStopHandler&) = delete;
  ~ThreadStopHandler();

 private:
  StopHandler before_;
};

}  // namespace horae
