#pragma once

#include <array>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>

#include "node/pool/pool_link.hpp"
#include "node/start/log_session.hpp"
#include "node/system.hpp"

namespace horae::bench {

/// What consensus orders for: the pool's sequence, or nothing at all, so that what consensus costs
/// by itself can be seen.
enum class Settles : bool { inputs, nothing };

/// How far a member of a pool is: the blocks that it has applied.
struct Reached {
  std::uint64_t height = 0;
  std::uint64_t inputs = 0;  // since its object was made
};

/// A member of a pool in this process, of a node's own parts: log and journal with full sync, the
/// pool's sequence, its link to consensus, and a CometBFT of its own. It goes on from the log that
/// is there. Main thread only, but for propose().
class PoolMember {
 public:
  PoolMember(const PoolOptions& options, const std::filesystem::path& directory, Settles settles);
  ~PoolMember();
  PoolMember(const PoolMember&) = delete;
  PoolMember& operator=(const PoolMember&) = delete;

  /// Gives inputs to this member's CometBFT one after the other, as its proposer does. Stops where
  /// one is refused. From any thread.
  void propose(std::span<const Bytes> inputs) const;
  /// Asks the sequence to settle a command, whose answer nobody waits for.
  void tell(const Msg<schema::BlocksCommand>& command);

  /// Returns once the condition holds.
  void await(const std::function<bool(const Reached&)>& holds);
  [[nodiscard]] Reached reached() const;
  /// Its log, folded to the end.
  [[nodiscard]] const World& world();
  /// When the first height was applied since this object was made.
  [[nodiscard]] std::chrono::steady_clock::time_point first_at() const;

 private:
  class Watched;
  class Nothing;
  void saw(const Reached& block);

  mutable std::mutex mutex_;
  std::condition_variable moved_;
  Reached reached_;
  std::chrono::steady_clock::time_point first_at_;

  Endpoint rpc_;
  LogSession session_;
  SchedulerConfiguration config_{Limits{}.actor_threads};
  caf::actor_system system_;
  Meters meters_;
  std::shared_ptr<Board> board_ = std::make_shared<Board>();
  std::shared_ptr<CometProposals> proposals_;
  journal_actor journal_;
  proposer_actor proposer_;
  pool_sequence_actor sequence_;
  std::unique_ptr<PoolLink> link_;
};

/// Four members of equal power on one machine, and inputs of theirs. The first leads.
class PoolOfFour {
 public:
  PoolOfFour(const std::filesystem::path& directory, Settles settles);

  static constexpr std::size_t members = 4;
  [[nodiscard]] PoolMember& at(std::size_t member) { return *members_.at(member); }
  /// Ends a member with its CometBFT.
  void take_away(std::size_t member) { members_.at(member).reset(); }
  void bring_back(std::size_t member);

  /// Returns once each member that is there has applied this many inputs.
  void await_inputs(std::uint64_t inputs);
  /// An input that makes a fact, of a few hundred bytes: a member's word of where it is reached.
  [[nodiscard]] Bytes input(std::size_t member);
  /// Has the members agree on an L1 in which each of them is Active, so that the leader may seal.
  void open_l1();
  /// The leader's next block, of so many transfers.
  [[nodiscard]] Msg<schema::BlocksCommand> next_block(std::size_t transfers);

 private:
  [[nodiscard]] std::string chain() const;
  void agree(const Msg<schema::LockingCommand>& command);

  std::filesystem::path directory_;
  Settles settles_;
  Msg<schema::PoolGenesis> genesis_;
  std::vector<PoolOptions> options_;
  std::array<std::unique_ptr<PoolMember>, members> members_;
  std::uint64_t numbers_ = 0, places_ = 0;
};

}  // namespace horae::bench
