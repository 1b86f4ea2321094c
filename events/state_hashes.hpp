#pragma once

#include <deque>
#include <optional>

#include "events/world.hpp"

namespace horae {

/// The state's hashes at a settled record, and the digests of its shared domains.
struct HashedState {
  std::uint64_t seq = 0;
  StateHashes hashes;
  DomainDigests digests;
};

/// Takes the state's hashes on the way through a log, and holds against them what StateHashed says:
/// at the first settled record at or behind each multiple of `every`. So whoever folds the log,
/// the node that writes the facts and the auditor that checks them, takes them at the same records.
class StateHashWatch {
 public:
  /// Part of the log's format: another number would be checked at other records.
  static constexpr std::uint64_t every = 10'000;

  StateHashWatch() = default;
  /// Goes on from a state whose hashes were taken on the way.
  explicit StateHashWatch(HashedState at);

  /// After each record that was folded. A fault where it is a StateHashed and the state was another
  /// one at the record that it names; one of a record that this watch did not pass is taken as it
  /// is.
  [[nodiscard]] Result<void> see(const World& world, const RecordView& record);
  /// Whether it holds the hashes at this record: it does at those of the newest, or passed none.
  [[nodiscard]] bool took(std::uint64_t seq) const;
  /// Taken, and not in the log yet: what the node owes it.
  [[nodiscard]] std::optional<HashedState> owed() const;

 private:
  void take(const World& world);
  Result<void> check(schema::StateHashed::Reader said);

  std::uint64_t next_ = every;
  std::uint64_t told_ = 0;         // seq of the last that is in the log
  std::deque<HashedState> taken_;  // the newest ones
};

}  // namespace horae
