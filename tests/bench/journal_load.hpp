#pragma once

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <filesystem>
#include <memory>

#include "actors/journal.hpp"
#include "tests/bench/bench.hpp"

namespace horae::bench {

/// Of a record on the disk: header and payload.
constexpr std::size_t record_bytes = 256;

/// A journal as the node has it (a thread of its own, full sync, one follower), and who asks it. It
/// begins a log, or goes on with the one that is there.
class JournalLoad {
 public:
  JournalLoad(const std::filesystem::path& directory, std::size_t batch_facts);
  ~JournalLoad();
  JournalLoad(const JournalLoad&) = delete;
  JournalLoad& operator=(const JournalLoad&) = delete;

  /// Facts a second, decisions of one fact each, so many waiting that every commit is full.
  double saturated(double seconds);
  /// Offers facts at an even rate and appends how long each took to its receipt, counted from when
  /// it was due. Returns the facts acknowledged a second.
  double offered(double per_second, double seconds, std::vector<double>& milliseconds);

  /// What an inspector sees; as long as this lives.
  [[nodiscard]] std::shared_ptr<const Meters> meters() const {
    return std::shared_ptr<const Meters>(std::shared_ptr<const void>(), &meters_);
  }
  [[nodiscard]] std::shared_ptr<const Board> board() const { return board_; }

 private:
  struct Config : caf::actor_system_config {
    Config() { set("scheduler.max-threads", 1); }
  };
  void send_fact();

  std::size_t batch_facts_;
  Config config_;
  caf::actor_system system_;
  Meters meters_;
  std::shared_ptr<Board> board_ = std::make_shared<Board>();
  journal_actor journal_;
  caf::actor follower_;
  caf::scoped_actor self_;
  Fact fact_;
};

}  // namespace horae::bench
