#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace horae {

/// A thread that looks at once and then every so often, until this object goes: it waits for the
/// look that is under way. Whoever has one names it last, so that it goes first.
class Looking {
 public:
  /// name: as of quiet_thread. look: may take long where it asks ending() in between, or where what
  /// it waits for is ended after end_soon().
  Looking(const char* name, std::chrono::milliseconds every, std::function<void()> look);
  ~Looking();
  Looking(const Looking&) = delete;
  Looking& operator=(const Looking&) = delete;

  /// There is no look after the one that is under way.
  void end_soon();
  [[nodiscard]] bool ending() const { return ending_; }

 private:
  const std::chrono::milliseconds every_;
  const std::function<void()> look_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace horae
