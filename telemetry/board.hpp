#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "telemetry/buckets.hpp"

namespace horae {

/// What the subsystems say of themselves at this moment: not state, not logged, for people to read.
/// Where a part has a state, since_ms is when it came to it, by the wall clock.
class Board {
 public:
  /// How far the start is.
  struct Start {
    std::string state = "starting";  // replaying, indexing, executing, done
    std::string what;                // the step, in words
    std::uint64_t since_ms = now_ms();
    bool sequencing = false;  // or it only follows L1
    std::uint64_t block_time_s = 0;
    bool replayed = false;          // the log is read and checked
    std::uint64_t replay_ms = 0;    // what that took
    std::uint64_t replay_from = 0;  // the snapshot's record; 0: all of it was read
    // The step, where it is counted: in records or blocks. total 0: it is not.
    std::uint64_t from = 0, done = 0, total = 0;
  };
  struct Production {
    std::string state = "starting";  // producing, idle, waiting, stopped, following
    std::string reason;              // why it does not produce
    std::uint64_t since_ms = now_ms();
    std::uint64_t due_since_ms = 0;  // that there is a block to make; 0: there is none
    // Since the process began:
    std::uint64_t blocks = 0;
    std::uint64_t txns = 0;
    std::uint64_t gas_used = 0;
    std::uint64_t skipped = 0;  // transactions that the engine left out
    std::uint64_t undone = 0;   // blocks that were built and not sealed
    Buckets<12> build{{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}};  // seconds
    Buckets<8> interval{{1, 2, 3, 5, 10, 30, 60, 300}};  // from block to block, seconds
  };
  struct L1 {
    std::string state = "starting";  // following, backfilling, unreachable, doubtful, differs, …
    std::string reason;
    std::uint64_t since_ms = now_ms();
    std::optional<std::uint64_t> first, next;  // block that this process looked at, and will
    std::optional<std::uint64_t> head;         // of the endpoint
    Hash32 head_hash;
    std::uint64_t head_timestamp = 0;  // seconds
    std::optional<std::uint64_t> confirmed;
    std::optional<std::uint64_t> finalized;
    // Steps of the listener since the process began, and how many of them came to nothing.
    std::uint64_t steps = 0, unreachable = 0, rate_limited = 0, doubtful = 0, refused = 0;
    std::uint64_t differences = 0;   // fields in which the contracts and the log differ
    std::uint64_t rereads = 0;       // times that L1 was read again because of some
    std::uint64_t reverts = 0;       // times that something logged was taken back
    std::uint64_t foreign_logs = 0;  // at the proxies, and none of the pool's events
  };
  struct Engine {
    std::string state = "starting";  // answering, silent
    std::string reason;              // why it is silent
    std::uint64_t since_ms = now_ms();
    // What it is like.
    std::string dialect;
    bool builds_unseen = false, keeps_its_blocks = false;
    std::string client;  // name and version; empty: it has not said yet
    // When it was looked at last. What is not there is not known, or no engine of its dialect has.
    std::optional<std::uint64_t> head, peers, disk_bytes;
    std::optional<bool> pool_closed;
    std::uint64_t answer_us = 0;                                         // what the look took
    Buckets<9> answer{{.0005, .001, .0025, .005, .01, .05, .25, 1, 3}};  // seconds, of all looks
  };
  /// Logged blocks that the engine executes once more while the node runs. to 0: none.
  struct CatchUp {
    std::uint64_t began_ms = 0, from = 0, at = 0, to = 0;
  };
  /// A member of the pool, as this node sees it.
  struct PoolMember {
    Address signer;
    std::uint64_t power = 0;
    std::string endpoint;         // of its consensus, id@host:port
    std::string link;             // host:port of its node's link
    std::uint64_t seen = 0;       // the last height that has its signature; 0: none was seen
    std::uint64_t differing = 0;  // reports of L1 in a row that were other than the pool's
    std::uint64_t attested = 0;   // the last block of L2 that it has attested
  };
  /// What signs with this member's key for consensus.
  struct PoolSigner {
    std::string state = "starting";  // signing, waiting, stopped
    std::string reason;              // why it does not sign
    std::uint64_t since_ms = now_ms();
    std::uint64_t height = 0;  // the last that it signed for; 0: none is known
    // Where it waits: blocks in a row without its key, and how many it waits for.
    std::uint64_t waited = 0, to_wait = 0;
    bool connected = false;                       // to CometBFT
    std::uint64_t votes_signed = 0, refused = 0;  // votes, proposals too, of this process
  };
  /// Of a pool; name empty: this node is alone.
  /// A change of the shared rules, wanted by some or agreed on.
  struct RuleChange {
    std::uint64_t from_block = 0;  // of L1
    std::uint64_t needs = 0;       // the version of the rules
    Hash32 digest;
    bool agreed = false;
    std::uint64_t power = 0;  // of those who want it, where it is not agreed on
  };
  struct Consensus {
    std::string name;                // of its chain
    std::string state = "starting";  // ordering, silent, still
    std::string reason;              // why it does not order, and what to do
    std::uint64_t since_ms = now_ms();
    bool catching_up = false;          // reads blocks that the others have already, by its own word
    std::uint64_t alone_since_ms = 0;  // that nobody is connected; 0: somebody is, or nobody looked
    std::uint64_t restarts = 0;        // of CometBFT, by this process
    PoolSigner signer;
    std::uint64_t height = 0;          // applied
    std::uint64_t applied_ms = 0;      // when
    std::uint64_t inputs = 0;          // settled since the process began
    std::uint64_t waiting = 0;         // of this node's own, that are not ordered yet
    std::optional<std::uint64_t> tip;  // that consensus itself has, as it was last told
    std::vector<std::string> peers;    // ids of those that are connected
    Address me, leader;                // nobody leads: zeros
    std::uint64_t epoch = 0;
    /// The last leader that was replaced, as this process read it; at_ms 0: none was.
    struct Failover {
      std::uint64_t epoch = 0, block = 0, at_ms = 0;
      Address from, to;
    } failover;
    std::uint64_t place = 0;     // reports of L1 that the pool agreed on
    std::uint64_t attested = 0;  // the last block of L2 that the pool attested
    std::string dispute;         // what members say against the block behind that; empty: nothing
    /// How often blocks were revoked, and which ones the last time.
    struct Revoked {
      std::uint64_t times = 0, first = 0, last = 0;
    } revoked;
    std::vector<PoolMember> members;  // by signer
    std::vector<Address> lost;        // whose voice is gone for being away
    std::uint64_t rules_version = 0;  // that the pool goes by
    std::uint64_t rules_known = 0;    // up to which this program knows them
    std::uint64_t rules_unknown = 0;  // by which a height goes that it cannot judge; 0: none
    std::vector<RuleChange> changes;  // to come, and wanted
    std::map<Address, std::uint64_t> signatures;  // the last height that has each member's
    std::uint64_t signatures_from = 0;  // the first height whose signatures were seen; 0: none was
  };
  /// What this node's users sent it, on its way to the pool's leader.
  struct Forwarding {
    std::vector<Address> linked;       // members to whom there is a link
    std::uint64_t stuck_since_ms = 0;  // that there is none to the leader; 0: there is, or it leads
    std::string why;                   // there is none
    std::uint64_t waiting = 0;         // in this node's pool
    std::uint64_t to_give = 0;         // of them, that the leader was not given
    // Since the process began: that the leader has, and that it refused.
    std::uint64_t given = 0, refused = 0;
    std::string last_refusal;
  };
  /// What acknowledge.copies asks for, where it is more than one.
  struct Copies {
    std::uint64_t wanted = 1;   // members, this one among them
    std::uint64_t linked = 0;   // others that can be asked for one
    std::uint64_t waiting = 0;  // transactions
    // Since the process began: that enough members have, and that too few had in time.
    std::uint64_t enough = 0, lacking = 0;
    std::string last_lack;  // why
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
    Buckets<12> commit{{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5}};  // seconds
    Buckets<10> batch{{1, 2, 5, 10, 25, 50, 100, 500, 1000, 5000}};                       // facts
  };

  struct Room {
    std::string state = "starting";  // ample, scarce, closed
    std::string reason;              // what is short
    std::uint64_t since_ms = now_ms();
    std::uint64_t used_bytes = 0;  // of the log's file
    std::uint64_t map_bytes = 0;   // the most that it can become
    std::uint64_t disk_free_bytes = 0;
    std::uint64_t free_bytes = 0;  // within the file, to be used again
    std::uint64_t readers = 0, readers_most = 0;
  };

  /// What the committed state says, told by the world after each slice of the log: for who must
  /// not ask an actor. Sums are over the whole log.
  struct Committed {
    std::uint64_t seq = 0;
    std::uint64_t time_ms = 0;  // of that record
    std::uint64_t starts = 0;
    // The chain.
    std::uint64_t head = 0, head_time = 0, head_gas_used = 0, gas_limit = 0, epoch = 0, txns = 0;
    double base_fee = 0;  // wei
    // The mempool.
    std::uint64_t waiting = 0, senders = 0, admitted = 0;
    /// Since when transactions wait and no block was sealed: the first one's coming, or the last
    /// block. 0 where none waits.
    std::uint64_t unserved_since_ms = 0;
    // The locking pool, amounts in METIS.
    std::uint64_t sequencers = 0, active_sequencers = 0, batch = 0, discrepancies = 0;
    double locked = 0, reward_per_block = 0;
    bool paused = false;
    // Duties.
    std::uint64_t period_started = 0;  // seconds since 1970; 0: none
    bool period_closed = false;
    std::uint64_t batches_paid = 0, rounds = 0, rounds_timed_out = 0, rounds_open = 0;
    std::uint64_t submissions = 0, submissions_live = 0, submissions_stalled = 0;
    std::uint64_t faults = 0, consequences = 0;
    std::array<std::uint64_t, 7> observations{};  // by ObservationKind
  };

  /// Milliseconds since 1970.
  [[nodiscard]] static std::uint64_t now_ms() {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                          std::chrono::system_clock::now().time_since_epoch())
                                          .count());
  }

  template <class Part>
  [[nodiscard]] Part get() const {
    const std::lock_guard lock(mutex_);
    return part<Part>(*this);
  }
  template <class Part, class Change>
  void change(Change&& how) {
    const std::lock_guard lock(mutex_);
    auto& mine = part<Part>(*this);
    if constexpr (requires { mine.since_ms; }) {
      const auto before = mine.state;
      const auto since_ms = mine.since_ms;
      how(mine);
      mine.since_ms = mine.state == before ? since_ms : now_ms();
    } else {
      how(mine);
    }
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
  /// The last block that the pool has attested; alone, the sealed head.
  std::atomic<std::uint64_t> safe_head{0};
  /// The first block that members may revoke as long as they have not attested it; 0: none.
  std::atomic<std::uint64_t> revocable_from{0};
  [[nodiscard]] bool may_be_revoked(std::uint64_t block) const {
    const auto from = revocable_from.load();
    return from != 0 && block >= from && block > safe_head;
  }
  /// How often the engine has gone back since blocks were revoked, in this process.
  std::atomic<std::uint64_t> revocations{0};
  /// The engine's head as it was last seen.
  std::atomic<std::uint64_t> engine_head{0};
  /// The last block that is sealed and that the engine has: what reads of L2 end at.
  [[nodiscard]] std::uint64_t served_head() const {
    return std::min(sealed_head.load(), engine_head.load());
  }
  /// The same of what is safe.
  [[nodiscard]] std::uint64_t served_safe() const {
    return std::min(safe_head.load(), engine_head.load());
  }
  /// When the main loop came by last, ms since 1970; 0 while it has not begun.
  std::atomic<std::uint64_t> beat_ms{0};
  std::atomic<bool> rpc_open{false};
  std::atomic<bool> stopping{false};

 private:
  template <class Part, class Self>
  static auto& part(Self& self) {
    if constexpr (std::is_same_v<Part, Start>) {
      return self.start_;
    } else if constexpr (std::is_same_v<Part, Production>) {
      return self.production_;
    } else if constexpr (std::is_same_v<Part, L1>) {
      return self.l1_;
    } else if constexpr (std::is_same_v<Part, Engine>) {
      return self.engine_;
    } else if constexpr (std::is_same_v<Part, CatchUp>) {
      return self.catch_up_;
    } else if constexpr (std::is_same_v<Part, Consensus>) {
      return self.consensus_;
    } else if constexpr (std::is_same_v<Part, Forwarding>) {
      return self.forwarding_;
    } else if constexpr (std::is_same_v<Part, Copies>) {
      return self.copies_;
    } else if constexpr (std::is_same_v<Part, Rewards>) {
      return self.rewards_;
    } else if constexpr (std::is_same_v<Part, Sending>) {
      return self.sending_;
    } else if constexpr (std::is_same_v<Part, Room>) {
      return self.room_;
    } else if constexpr (std::is_same_v<Part, Committed>) {
      return self.committed_;
    } else {
      return self.journal_;
    }
  }

  mutable std::mutex mutex_;
  Start start_;
  Production production_;
  L1 l1_;
  Engine engine_;
  CatchUp catch_up_;
  Consensus consensus_;
  Forwarding forwarding_;
  Copies copies_;
  Rewards rewards_;
  Sending sending_;
  Journal journal_;
  Room room_;
  Committed committed_;
};

}  // namespace horae
