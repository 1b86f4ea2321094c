#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "tools/inspect/attach.hpp"
#include "tools/inspect/lints.hpp"

namespace horae::inspect {

/// The last snapshots of one run of a node; another run begins anew.
class History {
 public:
  static constexpr std::size_t kept = 30;

  void add(std::shared_ptr<const Snapshot> snapshot) {
    if (!seen_.empty()) {
      const auto before = (**seen_.back()).getNode();
      const auto now = (**snapshot).getNode();
      if (before.getPid() != now.getPid() || before.getStartedMs() != now.getStartedMs()) {
        seen_.clear();
      }
    }
    seen_.push_back(std::move(snapshot));
    if (seen_.size() > kept) seen_.pop_front();
  }

  [[nodiscard]] std::vector<Lint> lints() const {
    std::vector<schema::Inspector::Snapshot::Reader> readers;
    readers.reserve(seen_.size());
    for (const auto& snapshot : seen_) readers.push_back(**snapshot);
    return lints_of(readers);
  }

 private:
  std::deque<std::shared_ptr<const Snapshot>> seen_;
};

}  // namespace horae::inspect
