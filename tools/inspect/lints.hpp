#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/inspect.capnp.h"

namespace horae::inspect {

/// Something that a developer should look at.
struct Lint {
  enum class Kind { busy_long, busy_always, mailbox_grows, slow_commits, reader_holds };
  Kind kind;
  std::string actor;  // empty: it is no actor's
  std::string what;
};

/// A kind of lint as it is shown, and for whoever asks what it means.
struct LintEntry {
  Lint::Kind kind;
  std::string_view name;  // never changes its meaning
  std::string_view meaning;
  std::string_view next;  // what to do
};
/// All there are, in the order of the enumeration.
inline constexpr std::array lint_entries{
    LintEntry{Lint::Kind::busy_long, "busyLong",
              "An actor has been at one message for a second or more.",
              "See which message, and what it waits for: the disk, the engine, an endpoint."},
    LintEntry{Lint::Kind::busy_always, "busyAlways",
              "An actor hardly had a free moment in the last seconds.",
              "It is the bottleneck: see who sends to it, and how long its handlers take."},
    LintEntry{Lint::Kind::mailbox_grows, "mailboxGrows",
              "More comes into an actor's mailbox than it handles, for seconds.",
              "See who sends to it, and how long its handlers take."},
    LintEntry{Lint::Kind::slow_commits, "slowCommits",
              "Commits to the log take long: its disk is slow to sync.",
              "Put the log on a faster disk, or keep others from writing there."},
    LintEntry{Lint::Kind::reader_holds, "readerHolds",
              "A process has been reading one state of the log for seconds while others were "
              "committed: pages cannot be used again meanwhile, and the file grows.",
              "Let it end, or stop it: the log goes on without it."},
};
[[nodiscard]] std::string_view name_of(Lint::Kind kind);

inline constexpr std::uint64_t long_ms = 1000;        // for one message
inline constexpr std::uint64_t watched_ms = 5000;     // before growth, holding and share are told
inline constexpr unsigned always_per_mille = 900;     // of the window
inline constexpr std::uint64_t grown_messages = 100;  // and more, without ever a step back
inline constexpr std::uint64_t slow_commit_us = 100'000;       // on the average
inline constexpr std::uint64_t slowest_commit_us = 1'000'000;  // the last one alone

/// What is to be seen in snapshots of one run of a node, oldest first. What only time shows
/// (mailbox_grows, reader_holds) is not seen in a single one.
[[nodiscard]] std::vector<Lint> lints_of(std::span<const schema::Inspector::Snapshot::Reader> seen);

}  // namespace horae::inspect
