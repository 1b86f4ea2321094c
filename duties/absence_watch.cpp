#include "duties/absence_watch.hpp"

namespace horae {

void AbsenceWatch::see(const Members& members, const std::vector<Address>& signed_by, Time now) {
  std::erase_if(seen_, [&](const auto& each) { return !members.contains(each.first); });
  for (const auto& [signer, member] : members)
    ++seen_.try_emplace(signer, now, 0).first->second.missed;
  for (const auto& signer : signed_by) {
    if (const auto member = seen_.find(signer); member != seen_.end()) member->second = {now, 0};
  }
}

std::set<Address> AbsenceWatch::away(Time now) const {
  std::set<Address> out;
  if (limit_ms_ == 0) return out;
  for (const auto& [signer, seen] : seen_) {
    const bool long_ago = now - seen.last >= std::chrono::milliseconds(limit_ms_);
    if (signer != me_ && long_ago && seen.missed >= least_blocks) out.insert(signer);
  }
  return out;
}

}  // namespace horae
