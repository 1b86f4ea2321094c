#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/hash.hpp"
#include "events/record.hpp"

namespace horae {

/// What another member cannot take at the moment, and may a moment later.
[[nodiscard]] bool is_passing(schema::Reason reason);

/// Which of this node's waiting transactions the leader is to be given next: all of them once, in
/// the order in which they were admitted, and again what it could not take. A transaction is known
/// by the record that admitted it, and is given until it waits no more here: until it is in a
/// block, or has another fate.
class Forwarding {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// waiting: record and hash of each that waits.
  explicit Forwarding(const std::vector<std::pair<std::uint64_t, Hash32>>& waiting);

  /// The log's next record.
  void see(const RecordView& record);
  /// Another leader, or one that may have lost what it was given: everything once more.
  void begin();
  /// The record of the next one; none: all are given.
  [[nodiscard]] std::optional<std::uint64_t> next() const;
  /// It is on its way.
  void give(std::uint64_t seq, Time now);
  /// It did not get there, or could not be taken now: it is the next one again, once retry() says
  /// so.
  void take_back(std::uint64_t seq);
  /// It was refused for good: its hash, the first time while it waits.
  std::optional<Hash32> refuse(std::uint64_t seq);
  void retry();
  /// What was given so long ago and waits still is given again, a number at a time: the leader may
  /// have dropped it since.
  void remind(Time now, std::chrono::milliseconds after);

  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  /// That are not given yet, or given again.
  [[nodiscard]] std::size_t to_give() const;

 private:
  struct Waiting {
    Hash32 hash;
    std::optional<Time> given;
    bool refused = false;
  };

  void admit(std::uint64_t seq, const Hash32& hash);
  void drop(const Hash32& hash);

  std::map<std::uint64_t, Waiting> waiting_;
  std::unordered_map<Hash32, std::uint64_t, FixedHasher> records_;
  std::set<std::uint64_t> open_;   // to be given
  std::set<std::uint64_t> later_;  // taken back
};

}  // namespace horae
