#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

namespace horae {

/// While it lives, a signal that a damaged page ends this thread with (SIGBUS past the end of the
/// file, SIGSEGV, an assertion of a library's) is reported as what it is, with the record that was
/// looked at and what to do, and the process ends with Exit::corrupt. LMDB follows what stands in
/// its pages, which carry no checksums; nothing else can be done where it has gone astray. Signals
/// of other threads stay what they were.
class DamageGuard {
 public:
  /// what: that is read, to begin the report with; advice: to end it with.
  DamageGuard(const std::string& what, const std::string& advice);
  DamageGuard(const DamageGuard&) = delete;
  DamageGuard& operator=(const DamageGuard&) = delete;
  ~DamageGuard();

  /// The record that is looked at now.
  void at(std::uint64_t seq) { seq_.store(seq, std::memory_order_relaxed); }

 private:
  friend struct DamageSignal;

  std::string before_;
  std::string after_;
  std::atomic<std::uint64_t> seq_{0};
  DamageGuard* outer_;
  std::array<std::byte, 32768> stack_;
};

}  // namespace horae
