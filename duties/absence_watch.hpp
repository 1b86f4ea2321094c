#pragma once

#include <chrono>
#include <map>
#include <set>
#include <vector>

#include "events/pool/pool.hpp"

namespace horae {

/// Whom a member has not seen sign for long, by its own steady clock. One of its own begins to
/// count anew with the process: so a member that was away itself accuses nobody of that.
class AbsenceWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// Blocks without its signature that a member must have missed besides: a pool that stands still
  /// has nobody's.
  static constexpr std::uint64_t least_blocks = 100;

  /// limit_ms: how long; 0: nobody is ever away.
  AbsenceWatch(std::uint64_t limit_ms, const Address& me) : limit_ms_(limit_ms), me_(me) {}

  /// A block of consensus. members: who has a voice; signed_by: whose signatures it has.
  void see(const Members& members, const std::vector<Address>& signed_by, Time now);
  /// All who are away now, this member left out.
  [[nodiscard]] std::set<Address> away(Time now) const;

 private:
  struct Seen {
    Time last;
    std::uint64_t missed = 0;  // blocks since
  };

  std::uint64_t limit_ms_;
  Address me_;
  std::map<Address, Seen> seen_;
};

}  // namespace horae
