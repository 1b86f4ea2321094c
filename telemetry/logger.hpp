#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

// What a running node says for people and their tools to read. Where it goes, in which form and
// from which level on is the node's affair (node/logging); where nobody listens, nothing is said.
namespace horae {

/// debug: for whoever looks for something; info: what normally happens; warn: worse than it should
/// be, but going on; error: somebody must act.
enum class Level : std::uint8_t { debug, info, warn, error };

/// What a line says beside its words. name: letters, digits and _, and none of time, level, who,
/// msg. A text may hold any bytes.
struct Detail {
  std::string_view name;
  std::variant<std::string, std::uint64_t, std::int64_t> value;

  Detail(std::string_view called, std::string text) : name(called), value(std::move(text)) {}
  template <std::integral Number>
  Detail(std::string_view called, Number number) : name(called), value(widest(number)) {}

 private:
  template <class Number>
  static std::variant<std::string, std::uint64_t, std::int64_t> widest(Number number) {
    if constexpr (std::is_signed_v<Number>) return static_cast<std::int64_t>(number);
    return static_cast<std::uint64_t>(number);
  }
};
using Details = std::initializer_list<Detail>;

/// Takes what is said, from any thread, and never waits for whoever reads it.
class LineSink {
 public:
  virtual ~LineSink() = default;
  /// From which level on that one is heard.
  [[nodiscard]] virtual Level least(std::string_view who) const = 0;
  virtual void take(Level level, std::string_view who, std::string_view what, Details details) = 0;
};
/// For every Logger made from now on; null: nobody listens. Before the actors are spawned.
void set_line_sink(std::shared_ptr<LineSink> sink);
[[nodiscard]] std::shared_ptr<LineSink> line_sink();

/// The logger of one actor or other part of the node, under its name. Words are few and always the
/// same for the same thing; what changes is in the details. Never a secret, never a URL but as
/// Endpoint::shown() has it.
class Logger {
 public:
  explicit Logger(std::string who);

  /// Whether that is heard: to be asked before anything is computed for a line.
  [[nodiscard]] bool heard(Level level) const { return sink_ && level >= least_; }
  void say(Level level, std::string_view what, Details details = {}) const {
    if (heard(level)) sink_->take(level, who_, what, details);
  }
  void debug(std::string_view what, Details details = {}) const {
    say(Level::debug, what, details);
  }
  void info(std::string_view what, Details details = {}) const { say(Level::info, what, details); }
  void warn(std::string_view what, Details details = {}) const { say(Level::warn, what, details); }
  void error(std::string_view what, Details details = {}) const {
    say(Level::error, what, details);
  }

 private:
  std::string who_;
  std::shared_ptr<LineSink> sink_;
  Level least_ = Level::info;
};

/// Keeps what strangers can cause within bounds: so many lines a second, and a count of the rest.
class RateLimiter {
 public:
  explicit RateLimiter(std::uint64_t a_second) : most_(a_second) {}
  /// Whether one more may be said now (steady clock), and then how many were left out before it.
  std::optional<std::uint64_t> pass(std::uint64_t now_ns);

 private:
  std::uint64_t most_;
  std::uint64_t second_ = 0;
  std::uint64_t said_ = 0;
  std::uint64_t left_out_ = 0;
};

/// Trouble that comes and stays is told once, and once when it is over.
class Episode {
 public:
  /// Whether that is to be told: it began just now, or is another one than before.
  bool begins(std::string_view what) {
    if (what == what_) return false;
    what_ = what;
    return true;
  }
  /// Whether its end is to be told.
  bool ends() { return !std::exchange(what_, {}).empty(); }

 private:
  std::string what_;
};

}  // namespace horae
