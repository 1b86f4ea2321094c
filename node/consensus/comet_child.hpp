#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "node/child/child.hpp"
#include "telemetry/logger.hpp"

namespace horae {

/// CometBFT as a process of the node's own: started, started again when it ends by itself, and
/// ended within ten seconds when this object goes. That it runs does not say that it
/// orders (node/watch/consensus_watch.hpp). Main thread only (Child), but for ask_restart().
class CometChild {
 public:
  using Clock = std::chrono::steady_clock;

  struct Options {
    std::vector<std::string> words;  // the program, and what comes before `node --home …`
    std::filesystem::path home;      // with what write_comet_files wrote
    std::filesystem::path app_socket;
    std::filesystem::path signer_socket;
  };

  /// Refuses where the program is not there, and where the node does not listen at app_socket yet:
  /// CometBFT would try again only every three seconds. What a former one left of its signer_socket
  /// is taken away, since it would end by it, and so is a database whose making a kill cut short.
  /// No variable of the environment reaches it: it would take CMT_… for settings.
  static Result<std::unique_ptr<CometChild>> start(Options options, Clock::time_point now);
  ~CometChild();
  CometChild(const CometChild&) = delete;
  CometChild& operator=(const CometChild&) = delete;

  /// To be called about once a second. An end is a failure whatever its exit code, for CometBFT
  /// ends with 0 when one of its connections to the node breaks; it is started again after a
  /// second, and after twice as long each time that it ended within a minute. The sixth such end in
  /// a row is a fault, with its last words; and so is the first where the log is ahead of its
  /// blocks.
  [[nodiscard]] Result<void> tend(Clock::time_point now);

  /// The next tend() ends it, within a second, and starts it again. why: in words, for the log.
  /// From any thread.
  void ask_restart(const std::string& why);

  /// How many times it was started again, whatever ended it. From any thread.
  [[nodiscard]] std::uint64_t restarts() const { return restarts_; }

  /// Becomes readable when it ends; negative while it does not run.
  [[nodiscard]] int descriptor() const { return child_ ? child_->descriptor() : -1; }
  /// What it says. The start before has its own beside it, .1, where what came before goes, too,
  /// when this grows above 8 MiB.
  [[nodiscard]] const std::filesystem::path& log_file() const { return log_file_; }

 private:
  CometChild(Options options, std::filesystem::path program);
  Result<void> launch(Clock::time_point now);
  std::optional<std::string> restart_asked();
  Result<void> ended(const std::string& how, Clock::time_point now);

  const Options options_;
  const std::filesystem::path program_;
  const std::filesystem::path log_file_;
  Logger logger_{"consensus"};
  std::optional<Child> child_;
  Clock::time_point launched_;
  Clock::time_point due_;      // while it does not run: when it is started again
  unsigned ends_at_once_ = 0;  // in a row
  std::atomic<std::uint64_t> restarts_ = 0;
  std::mutex mutex_;
  std::optional<std::string> restart_asked_;  // why; guarded by mutex_
};

/// What the end of CometBFT's log says of why it ended, after ": ", or nothing: the words of a
/// panic without its stack, or what last_words gives.
[[nodiscard]] std::string comet_last_words(const std::filesystem::path& log_file);

}  // namespace horae
