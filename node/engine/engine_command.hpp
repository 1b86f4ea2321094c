#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "edges/engine.hpp"
#include "node/child/child_watch.hpp"

namespace horae {

/// Whether all the doors of an engine answer: that of the Engine API does by refusing whoever has
/// no secret. Takes two seconds at most for each.
[[nodiscard]] bool engine_answers(const EngineAddress& address);

/// An engine that the node runs itself (engine.command). When this object goes, it is stopped, with
/// half a minute to write its state.
class EngineCommand {
 public:
  struct Options {
    std::vector<std::string> words;  // the program, sought in PATH where it has no slash, and more
    EngineAddress address;           // where it is to answer
    std::filesystem::path log_file;  // made anew; takes what it writes
  };
  /// Returns when it answers. It runs where this process runs and with its environment. Refuses to
  /// start one where another engine answers already. Main thread only (Child).
  static Result<std::unique_ptr<EngineCommand>> start(const Options& options);
  ~EngineCommand();

  /// Calls back once, on another thread, if it ends before this object goes.
  void watch(std::function<void(const std::string& what)> told);

 private:
  EngineCommand(Child child, std::filesystem::path log_file)
      : child_(std::move(child)), log_file_(std::move(log_file)) {}
  Child child_;
  std::filesystem::path log_file_;
  std::optional<ChildWatch> watch_;
};

}  // namespace horae
