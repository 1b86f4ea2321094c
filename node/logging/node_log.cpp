#include "node/logging/node_log.hpp"

#include <poll.h>
#include <pthread.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <mutex>

#include "core/result.hpp"
#include "node/logging/ending.hpp"

namespace horae::logging {
namespace {

constexpr auto last_patience = std::chrono::milliseconds(1000);

using Steady = std::chrono::steady_clock;

// Until when stderr's reader is waited for, since the steady clock began; 0: as long as it takes.
std::atomic<Steady::rep> patience_ends{0};

// Whether stderr takes some bytes now or soon enough.
bool await_reader() {
  constexpr int look_again_ms = 50;
  while (true) {
    const auto end = patience_ends.load();
    if (end != 0 && Steady::now().time_since_epoch().count() > end) return false;
    pollfd ready{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&ready, 1, look_again_ms) > 0) return true;
  }
}

// Whole lines, as they are: a progress line that stands on a terminal is wiped away before one.
void write_line(std::string_view text) {
  // What a pipe takes at once when it is ready (pipe(7)): no write waits for its reader.
  constexpr std::size_t at_once = PIPE_BUF;
  static const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const std::string whole = terminal ? "\r\x1b[K" + std::string(text) : std::string(text);
  for (std::string_view left = whole; !left.empty();) {
    if (!await_reader()) return;
    const auto part = left.substr(0, at_once);
    const auto written = ::write(STDERR_FILENO, part.data(), part.size());
    if (written > 0) {
      left.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EAGAIN && errno != EINTR) {
      return;  // nobody is left who could read it
    }
  }
}

std::uint64_t now_ms() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                        std::chrono::system_clock::now().time_since_epoch())
                                        .count());
}

class Stderr : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit Stderr(Form form) : form_(form) {}
  /// The queue whose losses are told; it outlives the thread that writes.
  void tell_losses_of(spdlog::details::thread_pool& queue) { queue_ = &queue; }
  /// How many times everything before a flush was written.
  [[nodiscard]] std::uint64_t flushed() {
    const std::lock_guard lock(count_mutex_);
    return flushed_;
  }
  bool await(std::uint64_t flushes, std::chrono::milliseconds most) {
    std::unique_lock lock(count_mutex_);
    return changed_.wait_for(lock, most, [&] { return flushed_ >= flushes; });
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (const auto lost = queue_->overrun_counter(); lost > lost_) {
      write_line(line(form_, now_ms(), Level::warn, "node",
                      "lines were lost, since they were not read in time",
                      {{"lines", lost - lost_}}));
      lost_ = lost;
    }
    write_line({message.payload.data(), message.payload.size()});
  }
  void flush_() override {
    const std::lock_guard lock(count_mutex_);
    ++flushed_;
    changed_.notify_all();
  }

 private:
  Form form_;
  spdlog::details::thread_pool* queue_ = nullptr;
  std::size_t lost_ = 0;  // that was told
  std::mutex count_mutex_;
  std::condition_variable changed_;
  std::uint64_t flushed_ = 0;
};

class Log : public LineSink {
 public:
  explicit Log(Settings settings)
      : settings_(std::move(settings)),
        stderr_(std::make_shared<Stderr>(settings_.form)),
        pool_(std::make_shared<spdlog::details::thread_pool>(settings_.waiting_lines, 1)),
        logger_(std::make_shared<spdlog::async_logger>(
            "horae", stderr_, pool_, spdlog::async_overflow_policy::overrun_oldest)) {
    stderr_->tell_losses_of(*pool_);
  }

  [[nodiscard]] Level least(std::string_view who) const override {
    const auto own = settings_.levels.find(logger_name_of(who));
    return own == settings_.levels.end() ? settings_.level : own->second;
  }

  void take(Level level, std::string_view who, std::string_view what, Details details) override {
    const auto text = line(settings_.form, now_ms(), level, who, what, details);
    logger_->log(spdlog::level::critical, spdlog::string_view_t(text.data(), text.size()));
  }

  // Not through the queue.
  void write_now(Level level, std::string_view who, std::string_view what, Details details) {
    const std::lock_guard lock(flush_mutex_);
    const auto wanted = stderr_->flushed() + 1;
    logger_->flush();
    stderr_->await(wanted, last_patience);
    // Where nobody reads, the process ends without its last words rather than not at all.
    pollfd ready{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&ready, 1, static_cast<int>(last_patience.count())) > 0) {
      write_line(line(settings_.form, now_ms(), level, who, what, details));
    }
  }

 private:
  Settings settings_;
  std::shared_ptr<Stderr> stderr_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> logger_;
  std::mutex flush_mutex_;
};

// The one that NodeLog made, for what has no logger of its own.
std::shared_ptr<Log> running() { return std::dynamic_pointer_cast<Log>(line_sink()); }

void told_at_once(Trouble trouble, const std::string& what) {
  const auto& entry = entry_of(trouble);
  if (const auto log = running()) {
    log->write_now(Level::error, "node", what,
                   {{"code", std::string(entry.code)},
                    {"next", std::string(entry.next)},
                    {"explain", explain_command(entry)}});
  }
}

// Of the threads that are no actors (for those: actors/shell.hpp).
[[noreturn]] void end_at_exception() {
  std::string what = "none";
  try {
    if (const auto thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
    what = "something that is no std::exception";
  }
  std::array<char, 16> thread{};
  ::pthread_getname_np(::pthread_self(), thread.data(), thread.size());
  told_at_once(Trouble::bug, "stopped: an exception left the thread \"" +
                                 std::string(thread.data()) + "\": " + what);
  std::abort();
}

}  // namespace

NodeLog::NodeLog(Settings settings) {
  patience_ends = 0;
  set_line_sink(std::make_shared<Log>(std::move(settings)));
  set_stop_handler([](std::string_view why) {
    told_at_once(Trouble::bug, "stopped: " + std::string(why));
    std::abort();
  });
  set_last_words([](const Failure& failure) { told_at_once(failure.trouble, failure.what); });
  std::set_terminate(end_at_exception);
}

// Those who still speak hold the log, and its thread ends with the last of them. Where nobody reads
// stderr, the process ends without its last lines rather than not at all.
NodeLog::~NodeLog() {
  patience_ends = (Steady::now() + last_patience).time_since_epoch().count();
  std::set_terminate(nullptr);
  set_last_words(nullptr);
  set_stop_handler(nullptr);
  set_line_sink(nullptr);
}

Exit ended(std::string_view command, const Failure& failure) {
  const auto log = running();
  const auto name = command.empty() ? std::string("horae") : "horae " + std::string(command);
  if (failure.trouble == Trouble::none) {
    if (log) {
      log->take(Level::info, "node", failure.what, {});
    } else {
      write_line(name + ": " + printable(failure.what) + "\n");
    }
    return Exit::ok;
  }
  const auto& entry = entry_of(failure.trouble);
  if (log) {
    log->take(Level::error, "node", failure.what,
              {{"code", std::string(entry.code)},
               {"next", std::string(entry.next)},
               {"explain", explain_command(entry)}});
  } else {
    write_line(failure_words(name, {failure.trouble, printable(failure.what)}));
  }
  return entry.exit;
}

}  // namespace horae::logging
