#include "node/child/child_watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace horae {

ChildWatch::ChildWatch(const std::vector<Watched>& children,
                       std::function<void(const std::string& what)> told)
    : wake_(::eventfd(0, EFD_CLOEXEC)) {
  std::vector<pollfd> all{{wake_, POLLIN, 0}};
  std::vector<std::string> names{""};
  for (const auto& [child, name] : children) {
    all.push_back({child.descriptor(), POLLIN, 0});
    names.push_back(name);
  }
  thread_ = std::thread([all, names, told = std::move(told)]() mutable {
    while (::poll(all.data(), all.size(), -1) < 0) continue;
    if (all[0].revents != 0) return;
    for (std::size_t i = 1; i < all.size(); ++i) {
      if (all[i].revents != 0) return told(names[i] + " has ended");
    }
  });
}

ChildWatch::~ChildWatch() {
  ::eventfd_write(wake_, 1);
  thread_.join();
  ::close(wake_);
}

}  // namespace horae
