#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace horae {

/// A message as it came into the mailbox of an actor that is being watched.
struct CapturedMessage {
  std::uint64_t number = 0;  // from 1 on, counted while the actor is watched
  std::uint64_t at_ns = 0;   // ActorMeter::now_ns()
  std::uint64_t from = 0;    // the sender's id, 0 for none
  bool answer = false;       // to something that this actor asked
  std::string kind;
  std::size_t bytes = 0;  // that it keeps alive
  /// Its content as JSON, written by whoever calls this and not by the actor; none where there is
  /// nothing to show.
  std::function<std::string()> decode;
};

/// The last messages of one actor, kept only while somebody watches it.
class MessageRing {
 public:
  static constexpr std::size_t entries = 64;
  static constexpr std::size_t bytes = 1u << 20;
  /// Of a larger message only its size is kept.
  static constexpr std::size_t largest = 64u << 10;

  [[nodiscard]] bool watched() const { return watched_.load(std::memory_order_relaxed); }
  /// Begins to keep, or lets go of everything kept.
  void watch(bool on) {
    const std::lock_guard lock(mutex_);
    watched_.store(on, std::memory_order_relaxed);
    if (on) return;
    kept_.clear();
    bytes_ = 0;
  }

  void keep(CapturedMessage seen) {
    const std::lock_guard lock(mutex_);
    if (!watched()) return;
    seen.number = ++last_;
    if (seen.bytes > largest) {
      seen.decode = nullptr;
    } else {
      bytes_ += seen.bytes;
    }
    kept_.push_back(std::move(seen));
    while (kept_.size() > entries || bytes_ > bytes) {
      if (kept_.front().bytes <= largest) bytes_ -= kept_.front().bytes;
      kept_.pop_front();
    }
  }

  /// The last `most` of those numbered above `number`, oldest first.
  [[nodiscard]] std::vector<CapturedMessage> after(std::uint64_t number, std::size_t most) const {
    const std::lock_guard lock(mutex_);
    std::vector<CapturedMessage> out;
    for (const auto& seen : kept_) {
      if (seen.number > number) out.push_back(seen);
    }
    if (out.size() > most) out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(most));
    return out;
  }
  /// The number of the last one; 0 before the first.
  [[nodiscard]] std::uint64_t last() const {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  std::atomic<bool> watched_{false};
  mutable std::mutex mutex_;
  std::deque<CapturedMessage> kept_;
  std::uint64_t last_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace horae
