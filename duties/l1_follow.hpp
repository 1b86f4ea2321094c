#pragma once

#include <map>
#include <string>

#include "duties/l1_memo.hpp"
#include "edges/ports.hpp"
#include "events/locking/decode.hpp"
#include "events/locking/locking.hpp"

namespace horae {

/// Where the listener's commands go and what became of them.
class LockingSequence {
 public:
  virtual ~LockingSequence() = default;
  /// Returns once the decision is durable; a fault means that nobody answers any more.
  virtual Result<Msg<schema::Receipt>> submit(Msg<schema::LockingCommand> command) = 0;
  /// The state with everything that was submitted so far. Read between submits only.
  [[nodiscard]] virtual const Locking& view() const = 0;
};

struct L1FollowOptions {
  std::uint64_t chain_id = 0;
  PoolContracts contracts;
  std::uint64_t from_block = 0;  // at or before the proxies' deployment
  /// The head is this far below `latest`; without it, the head is `finalized`.
  std::optional<std::uint64_t> confirmations;
  std::uint64_t poll_ms = 1000;           // between looks for a new head
  std::uint64_t advance_every = 32;       // blocks, once synced
  std::uint64_t longest_wait_ms = 30000;  // before a silent endpoint is tried again
};

/// What one step came to, and what to do before the next.
struct FollowStep {
  enum Kind {
    more,          // go on at once
    wait,          // at the head: look again after wait_ms
    no_contracts,  // no code at one of the proxies yet: look again after wait_ms
    rate_limited,  // wait_ms
    unreachable,   // wait_ms; what the endpoint says makes no sense or it says nothing
    refused,       // the endpoint or the sequence refuses something that following needs; wait_ms
    wrong_chain,   // for good: another chain than was asked for
    below_finalized,  // for good: an alarm, L1 took back what was final
    stopped,          // for good: cancelled, or the sequence is gone
  };
  Kind kind = more;
  std::uint64_t wait_ms = 0;
  std::string why;

  [[nodiscard]] bool is_final() const {
    return kind == wrong_chain || kind == below_finalized || kind == stopped;
  }
};

/// Follows LockingPool and LockingInfo: opens the pool, reads logs by ranges up to the finalized
/// block, goes on block by block linked by parent hashes up to the head, and returns to the last
/// common block after a reorganisation. Knows no time and no threads: step() does one unit of work,
/// blocking calls included, and the caller waits. After a restart it goes on where the state is.
class L1Follow {
 public:
  L1Follow(L1Port& l1, LockingSequence& sequence, L1FollowOptions options);

  FollowStep step();

  /// Everything up to the head was folded and the state was told so.
  [[nodiscard]] bool synced() const { return synced_; }
  /// The state is that of the end of confirmed(), so that its views can be compared.
  [[nodiscard]] bool at_head() const {
    return synced_ && confirmed_ && next_ == confirmed_->number + 1;
  }
  /// The head that was seen last.
  [[nodiscard]] const std::optional<L1Header>& confirmed() const { return confirmed_; }
  /// Logs at the proxies that are none of the pool's events, in this run.
  [[nodiscard]] std::uint64_t foreign_logs() const { return foreign_logs_; }
  /// The next block to look at.
  [[nodiscard]] std::uint64_t next_block() const { return next_; }

 private:
  using Stop = std::optional<FollowStep>;  // nothing: go on

  FollowStep take_step();
  Stop check_chain();
  Stop look_for_heads();
  Stop resume();
  Stop bootstrap();
  Stop read_range();
  Stop read_block();
  Stop observe(const L1Header& block, const std::vector<EthLog>& logs);
  Stop check_last();
  Stop return_to_common_block();
  Stop advance();
  Stop submit(Msg<schema::LockingCommand> command);
  void forget_final();

  FollowStep of(const L1Fault& fault);
  FollowStep failure(FollowStep::Kind kind, std::string why);
  [[nodiscard]] std::vector<Address> addresses() const {
    return {options_.contracts.pool, options_.contracts.info};
  }

  L1Memo l1_;  // forgets after each step that the endpoint did not interrupt
  LockingSequence& sequence_;
  L1FollowOptions options_;

  bool chain_checked_ = false;
  bool resumed_ = false;
  bool heads_known_ = false;
  bool synced_ = false;
  std::uint64_t next_ = 0;
  std::uint64_t foreign_logs_ = 0;
  std::uint32_t failures_ = 0;  // in a row
  std::uint64_t latest_number_ = 0;
  std::optional<L1Header> confirmed_;
  std::optional<L1Header> finalized_;      // never above confirmed_
  std::optional<L1Logs> range_;            // at or below finalized_, not yet all observed
  std::map<std::uint64_t, Hash32> known_;  // blocks that were followed, down to the final one
};

}  // namespace horae
