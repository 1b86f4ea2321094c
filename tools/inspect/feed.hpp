#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "tools/inspect/history.hpp"
#include "tools/inspect/screen.hpp"

namespace horae::inspect {

/// Keeps a scene up to date once a second, on a thread of its own, so that a node that does not
/// answer never keeps a key waiting. Where the node goes away it says so and tries again and again.
class Feed {
 public:
  /// Messages of the watched actor that are kept here.
  static constexpr std::size_t kept_messages = 200;

  explicit Feed(std::filesystem::path socket);
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// Becomes readable when there is something new.
  [[nodiscard]] int descriptor() const { return event_; }
  /// What is known now; makes the descriptor unreadable.
  [[nodiscard]] Scene scene();
  /// Whose messages are wanted; empty: nobody's.
  void watch(const std::string& actor);

 private:
  void run();
  void poll(const std::string& actor);

  std::filesystem::path socket_;
  int event_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::string wanted_;
  Scene shown_;

  // The thread's own; an attachment lives and ends on the thread that opened it.
  std::optional<Attachment> attached_;
  History history_;
  Scene scene_;
  std::uint64_t last_message_ = 0;
  std::chrono::steady_clock::time_point lost_;
  std::thread thread_;
};

}  // namespace horae::inspect
