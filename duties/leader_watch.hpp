#pragma once

#include <chrono>
#include <optional>
#include <set>

#include "core/bytes.hpp"

namespace horae {

/// Whether the member that makes the blocks is gone, as this node's links show it: the link to it
/// was there and has ended, or there is none for as long as a start takes. A word of one member is
/// not much; more than a third of the power have to say the same.
class LeaderWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// Links of a node that begins come within moments; of one that dials anew, within two seconds.
  static constexpr auto patience = std::chrono::seconds(3);

  explicit LeaderWatch(const Address& me) : me_(me) {}

  /// Who makes the blocks from here on; nobody: that is not known.
  void lead(std::optional<Address> leader, Time now);
  void linked(const Address& member, bool open);

  [[nodiscard]] const std::optional<Address>& leader() const { return leader_; }
  [[nodiscard]] bool leads() const { return leader_ == me_; }
  [[nodiscard]] bool is_linked(const Address& member) const { return open_.contains(member); }
  [[nodiscard]] const std::set<Address>& open() const { return open_; }
  /// Never of this node itself.
  [[nodiscard]] bool is_gone(Time now) const;

 private:
  Address me_;
  std::optional<Address> leader_;
  Time since_{};                   // that it leads
  std::set<Address> open_, lost_;  // members to whom there is a link, and was one
};

}  // namespace horae
