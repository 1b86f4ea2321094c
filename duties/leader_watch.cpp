#include "duties/leader_watch.hpp"

namespace horae {

void LeaderWatch::lead(std::optional<Address> leader, Time now) {
  if (leader == leader_) return;
  leader_ = leader;
  since_ = now;
}

void LeaderWatch::linked(const Address& member, bool open) {
  if (open) {
    open_.insert(member);
    lost_.erase(member);
  } else if (open_.erase(member) != 0) {
    lost_.insert(member);
  }
}

bool LeaderWatch::is_gone(Time now) const {
  if (!leader_ || leads() || open_.contains(*leader_)) return false;
  return lost_.contains(*leader_) || now - since_ >= patience;
}

}  // namespace horae
