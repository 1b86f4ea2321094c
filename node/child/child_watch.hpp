#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "node/child/child.hpp"

namespace horae {

/// Looks after children while it lives: calls back once, on a thread of its own, when the first of
/// them ends.
class ChildWatch {
 public:
  struct Watched {
    const Child& child;
    std::string name;  // "the engine", of which is told that it has ended
  };
  ChildWatch(const std::vector<Watched>& children,
             std::function<void(const std::string& what)> told);
  ~ChildWatch();
  ChildWatch(const ChildWatch&) = delete;
  ChildWatch& operator=(const ChildWatch&) = delete;

 private:
  int wake_;
  std::thread thread_;
};

}  // namespace horae
