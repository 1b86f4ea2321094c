#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace horae {

/// A descriptor that becomes readable when the process ends; negative, with errno, if there is
/// none.
[[nodiscard]] int open_process(pid_t pid);

struct ChildSpec {
  std::filesystem::path program;
  std::vector<std::string> arguments;    // without the program's own name
  std::vector<std::string> environment;  // the whole of it, NAME=value
  std::filesystem::path directory;       // where it runs
  std::filesystem::path log_file;        // made anew; takes what it writes to stdout and stderr
  int orphaned = SIGTERM;                // the signal that the kernel sends it when we die
};

/// A process that ends when this one does, even by kill -9: the kernel sends it a signal. It gets
/// no open file of ours, an empty signal mask, and a process group of its own, so that Ctrl-C at a
/// terminal reaches this process alone, which stops things in order.
class Child {
 public:
  /// To be called from the main thread: the kernel's signal is tied to the thread that forks.
  static Result<Child> start(const ChildSpec& spec);

  Child(Child&& other) noexcept { swap(other); }
  Child& operator=(Child&& other) noexcept {
    swap(other);
    return *this;
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  /// Kills what has not been stopped.
  ~Child();

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Becomes readable when the child ends; for poll.
  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// How it ended, in words; nothing if it still runs when the time is over.
  std::optional<std::string> wait(std::chrono::milliseconds most);
  /// SIGTERM, and SIGKILL when the grace is over. Returns how it ended.
  std::string stop(std::chrono::milliseconds grace);

 private:
  Child(pid_t pid, int descriptor) : pid_(pid), descriptor_(descriptor) {}
  void swap(Child& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(descriptor_, other.descriptor_);
    std::swap(end_, other.end_);
  }
  pid_t pid_ = -1;
  int descriptor_ = -1;
  std::optional<std::string> end_;
};

}  // namespace horae
