#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

#include "core/bytes.hpp"

namespace horae {

/// What the subsystems say of themselves at this moment: not state, not logged, for people to read.
class Board {
 public:
  struct Production {
    std::string state = "starting";  // producing, idle, waiting, stopped
    std::string reason;              // why it does not produce
  };
  struct L1 {
    std::string state = "starting";  // following, backfilling, unreachable, rateLimited, alarm
    std::string reason;
    std::optional<std::uint64_t> head;  // of the endpoint
    Hash32 head_hash;
    std::uint64_t head_timestamp = 0;  // seconds
    std::optional<std::uint64_t> confirmed;
    std::optional<std::uint64_t> finalized;
  };
  struct Rewards {
    std::string state = "starting";  // waiting, closing, submitting, reopening
    std::string reason;              // what it waits for
  };
  struct Sending {
    std::string state = "starting";  // idle, sending, waiting, stalled, unreachable
    std::string reason;              // what it waits for
  };
  struct Journal {
    std::uint64_t commits = 0;
    std::uint64_t facts = 0;
    std::uint64_t last_batch = 0;
    std::uint64_t largest_batch = 0;
    std::uint64_t last_commit_us = 0;
    std::uint64_t slowest_commit_us = 0;
    std::uint64_t commit_us = 0;  // in all
    std::uint64_t seq = 0;
  };

  struct Room {
    std::string state = "starting";  // ample, scarce, closed
    std::string reason;              // what is short
    std::uint64_t used_bytes = 0;    // of the log's file
    std::uint64_t map_bytes = 0;     // the most that it can become
    std::uint64_t disk_free_bytes = 0;
  };

  template <class Part>
  [[nodiscard]] Part get() const {
    const std::lock_guard lock(mutex_);
    return part<Part>(*this);
  }
  template <class Part, class Change>
  void change(Change&& how) {
    const std::lock_guard lock(mutex_);
    how(part<Part>(*this));
  }

  /// How far the log is verified behind a start that went on from a snapshot, in records; a total
  /// of 0: the start itself read every record. Without the mutex: the thread that tells it runs
  /// where nobody else wants to, and must not keep anybody waiting.
  struct Verification {
    std::atomic<std::uint64_t> done{0};
    std::atomic<std::uint64_t> total{0};
    std::atomic<std::uint64_t> rate{0};  // records a second
  } verification;

  /// Number of the last block whose BlockSealed is durable: nothing above it may be shown.
  std::atomic<std::uint64_t> sealed_head{0};
  /// The engine's head as it was last seen.
  std::atomic<std::uint64_t> engine_head{0};

 private:
  template <class Part, class Self>
  static auto& part(Self& self) {
    if constexpr (std::is_same_v<Part, Production>) {
      return self.production_;
    } else if constexpr (std::is_same_v<Part, L1>) {
      return self.l1_;
    } else if constexpr (std::is_same_v<Part, Rewards>) {
      return self.rewards_;
    } else if constexpr (std::is_same_v<Part, Sending>) {
      return self.sending_;
    } else if constexpr (std::is_same_v<Part, Room>) {
      return self.room_;
    } else {
      return self.journal_;
    }
  }

  mutable std::mutex mutex_;
  Production production_;
  L1 l1_;
  Rewards rewards_;
  Sending sending_;
  Journal journal_;
  Room room_;
};

}  // namespace horae
