#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "schemas/inspect.capnp.h"

namespace horae::inspect {

/// Something that a developer should look at.
struct Lint {
  enum class Kind {
    busy_long,      // an actor has been at one message for seconds
    busy_always,    // an actor had hardly a free moment
    mailbox_grows,  // more comes in than is handled
    slow_commits,   // the log's disk is slow
    reader_holds,   // somebody keeps the log's pages from being used again
  };
  Kind kind;
  std::string actor;  // empty: it is no actor's
  std::string what;
};
[[nodiscard]] const char* name_of(Lint::Kind kind);

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
