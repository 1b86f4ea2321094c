#pragma once

#include <exception>
#include <functional>
#include <semaphore>
#include <thread>
#include <utility>

namespace horae::test {

/// What blocks in its own way, and goes on when it is told to: a thread of which either it or
/// whoever has made it runs, never both, so that a seed decides the order.
class ByTurns {
 public:
  explicit ByTurns(std::function<void()> body)
      : body_(std::move(body)), thread_([this] { live(); }) {}
  /// Only once it is over.
  ~ByTurns() { thread_.join(); }
  ByTurns(const ByTurns&) = delete;
  ByTurns& operator=(const ByTurns&) = delete;

  /// Lets it run until it pauses or is over; throws what left it.
  void go_on() {
    its_turn_.release();
    back_.acquire();
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  }
  /// For the body: gives the turn back, and returns with the next.
  void pause() {
    back_.release();
    its_turn_.acquire();
  }
  [[nodiscard]] bool is_over() const { return over_; }

 private:
  void live() {
    its_turn_.acquire();
    try {
      body_();
    } catch (...) {
      thrown_ = std::current_exception();
    }
    over_ = true;
    back_.release();
  }

  std::function<void()> body_;
  std::binary_semaphore its_turn_{0}, back_{0};
  std::exception_ptr thrown_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace horae::test
