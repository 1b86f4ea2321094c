#pragma once

#include <map>
#include <string>

#include "duties/l1_compare.hpp"
#include "duties/l1_memo.hpp"
#include "duties/l1_reread.hpp"
#include "edges/ports.hpp"
#include "events/locking/decode.hpp"
#include "events/locking/open_pool.hpp"

// Follows the contracts LockingPool and LockingInfo on L1 and tells the sequence what they logged.
//
// What: it opens the pool once, reads logs by ranges up to L1's finalized block, then goes on block
// by block up to the head, each block linked to the one before by its parent's hash. Where a link
// does not fit, L1 was reorganised: it goes back to the last block that both know and has the
// sequence take back what stood above it.
//
// Why two ways: a range is one question for up to thousands of blocks, but its answer can only be
// trusted where nothing can change any more. Above the finalized block anything can.
//
// What a range may leave out: an endpoint that shows no logs for a while cannot be told from a pool
// at rest. So the contracts' views are compared with the pool at the confirmed head, before it is
// told as reached and anything is told as final: after each range, after new events, and once each
// advance_every blocks. Where they differ, what stands above the last agreement is taken back and
// read again by halves (duties/l1_reread.hpp); where that does not help, everything since the
// opening is, once. What differs then still is not the reading: it is said (differences()) and
// followed on. An event that does not follow from those before it (DiscrepancyFound) counts as a
// difference where a range told it. Not seen are events between two comparisons that undo each
// other and Upgraded, which no view shows.
//
// What it keeps: numbers and hashes of blocks, no state of the pool. The sequence alone decides;
// what it decided is asked for as plain values once it is committed (LockingSequence): how far L1
// was followed at a start, after a refusal, and after an advance or a return; the whole pool for a
// block that has logs, and it ends with that block. Blocks without logs ask for nothing, so reading
// a long past costs one question for each block that has logs.
//
// Limits and retries:
// - The endpoint's client chooses how many blocks a range has (L1LogRange in edges/l1_rpc.hpp:
//   at most 16,384, and fewer where the endpoint refuses). The range's logs are held in memory
//   until the blocks that they stand in were all submitted.
// - The hashes of the blocks between finalized and head are held in memory: about a hundred on
//   Ethereum, where a block is final after two or three epochs of 32 slots. Where the endpoint
//   names no finalized block, they are all blocks since the first.
// - One step is one range, one block or one question. A fault in the middle loses nothing: what
//   was submitted stays, and the next step goes on behind it.
// - A block's logs are held against its header's logsBloom (L1Port::logs_of): an endpoint that
//   leaves some out for a while is asked until it shows them.
// - Tried again: an endpoint that does not answer, contradicts itself or refuses, and a command
//   that the sequence refuses. The pauses double from 250 ms to longest_wait_ms and begin anew
//   with the first step that goes well. An endpoint that names a pause itself is given it, up to
//   the same limit.
// - Ends the following for good: an endpoint of another chain; another block in place of one
//   that was finalized; a cancelled endpoint or a sequence that is gone (FollowStep::is_final).
namespace horae {

/// Where the follower's commands go, and what is committed of them.
class LockingSequence {
 public:
  virtual ~LockingSequence() = default;
  /// Returns once the decision is durable. A fault of this and the other two means that nobody
  /// answers any more.
  virtual Result<Msg<schema::Receipt>> submit(Msg<schema::LockingCommand> command) = 0;
  /// The blocks that are known by everything submitted so far; nothing while the pool is not open.
  virtual Result<std::optional<L1Progress>> progress() = 0;
  /// The pool by everything submitted so far. Only of a pool that is open.
  virtual Result<OpenPool> pool() = 0;
};

struct L1FollowOptions {
  std::uint64_t chain_id = 0;
  PoolContracts contracts;
  std::uint64_t from_block = 0;  // at or before the proxies' deployment
  /// The head is this far below `latest`; without it, the head is `finalized`.
  std::optional<std::uint64_t> confirmations;
  /// Between looks for a new head: a twelfth of Ethereum's slot, so that a block is seen soon.
  std::uint64_t poll_ms = 1000;
  /// Once synced, heads are told every so many blocks, or after so many seconds of L1's time, each
  /// time by a record in the log: blocks name what was told last, and reward periods end by its
  /// time. A quarter of an epoch of Ethereum.
  std::uint64_t advance_every = 8;
  std::uint64_t advance_every_s = 96;
  /// In a pool: the next head that is told is so many blocks above the last (or behind, doublings
  /// of it), so that members with endpoints of their own tell the same; what differs from the
  /// contracts is said and not read again, which one member cannot do alone. 0: this node is alone.
  std::uint64_t pool_step = 0;
  /// The longest pause before an endpoint in trouble is tried again.
  std::uint64_t longest_wait_ms = 30000;
};

/// What one step came to, and what to do before the next.
struct FollowStep {
  enum Kind {
    more,          // go on at once
    wait,          // at the head: look again after wait_ms
    no_contracts,  // no code at one of the proxies yet: look again after wait_ms
    rate_limited,  // wait_ms
    unreachable,   // wait_ms; what the endpoint says makes no sense or it says nothing
    doubtful,      // wait_ms; what the endpoint shows of a block contradicts the block's header
    disagreed,     // the pool has not agreed on what was told, or on something else; wait_ms
    refused,       // the endpoint or the sequence refuses something that following needs; wait_ms
    wrong_chain,   // for good: another chain than was asked for
    below_finalized,  // for good: an alarm, L1 took back what was final
    stopped,          // for good: cancelled, or the sequence is gone
  };
  Kind kind = more;
  std::uint64_t wait_ms = 0;
  std::string why;
  std::optional<L1Comparison> compared = {};  // at the confirmed head, in this step

  [[nodiscard]] bool is_final() const {
    return kind == wrong_chain || kind == below_finalized || kind == stopped;
  }
};

/// The follower. Knows no time and no threads: step() does one unit of work, blocking calls
/// included, and the caller waits. After a restart it goes on where the committed facts end.
class L1Follow {
 public:
  L1Follow(L1Port& l1, LockingSequence& sequence, L1FollowOptions options);

  FollowStep step();

  /// Everything up to the head was submitted, and so was the head.
  [[nodiscard]] bool synced() const { return synced_; }
  /// In what the contracts and the log differ, as seen last; empty where they agree.
  [[nodiscard]] const std::vector<Difference>& differences() const { return differences_; }
  /// L1 was read again, and they differ still. Meaningless where they agree.
  [[nodiscard]] bool was_reread() const { return settled_; }
  /// The head that was seen last.
  [[nodiscard]] const std::optional<L1Header>& confirmed() const { return confirmed_; }
  /// The heads as the sequence was told them last; nothing where none was told yet.
  [[nodiscard]] const std::optional<L1Point>& told_confirmed() const { return told_confirmed_; }
  [[nodiscard]] const std::optional<L1Point>& told_finalized() const { return told_finalized_; }
  /// Logs at the proxies that are none of the pool's events, in this run.
  [[nodiscard]] std::uint64_t foreign_logs() const { return foreign_logs_; }
  /// The next block to look at.
  [[nodiscard]] std::uint64_t next_block() const { return next_; }

 private:
  using Stop = std::optional<FollowStep>;  // nothing: go on
  using Differences = L1Result<std::vector<Difference>>;

  FollowStep take_step();
  Stop check_chain();
  Stop look_for_heads();
  [[nodiscard]] std::uint64_t next_pool_head(std::uint64_t head) const;
  Stop resume();
  Stop bootstrap();
  Stop read_range();
  Stop read_block();
  [[nodiscard]] bool compare_due() const;
  Stop compare();
  Stop compared_head(const Differences& found, std::uint64_t head, const OpenPool& pool);
  Stop compared_part(const Differences& found, const OpenPool& pool);
  [[nodiscard]] std::uint64_t before_all(const OpenPool& pool) const;
  void read_again(std::uint64_t from, std::uint64_t to);
  Stop take_back();
  Stop return_to(const L1Header& block);
  Stop observe(const L1Header& block, const std::vector<EthLog>& logs);
  Stop check_last();
  Stop return_to_common_block();
  [[nodiscard]] bool advance_due() const;
  Stop advance();
  Stop submit(Msg<schema::LockingCommand> command);
  Stop read_told_heads();
  void take_told_heads(const L1Progress& progress);
  void forget_final();

  FollowStep of(const L1Fault& fault);
  FollowStep failure(FollowStep::Kind kind, std::string why);
  static FollowStep nobody_answers(const Fault& fault) {
    return {FollowStep::stopped, 0, fault.what};
  }
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
  std::optional<L1Header> finalized_;  // never above confirmed_
  std::optional<L1Point> told_confirmed_, told_finalized_;
  std::uint64_t told_time_ = 0;            // of told_confirmed_, seconds; 0: not known
  std::optional<L1Logs> range_;            // at or below finalized_, not yet all observed
  std::map<std::uint64_t, Hash32> known_;  // blocks that were followed, down to the final one

  bool uncompared_ = true;                 // something new was read
  bool ranged_ = true;                     // by ranges, since all agreed last
  std::uint64_t discrepancies_ = 0;        // found up to where all agreed last
  std::optional<std::uint64_t> compared_;  // the head of the last comparison
  std::optional<std::uint64_t> agreed_;    // the last block at whose end all agreed
  std::vector<Difference> differences_;    // as seen last
  bool settled_ = false;                   // reading again does not help
  bool whole_ = false;                     // everything is read again, or was
  L1Reread reread_;
  std::optional<std::uint64_t> back_to_;  // what stands above is taken back before anything else
};

}  // namespace horae
