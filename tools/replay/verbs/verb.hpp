#pragma once

#include <atomic>
#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "core/cli/command.hpp"
#include "tools/replay/audit/finding.hpp"
#include "tools/replay/source.hpp"

// What a verb of horae-replay is: its options and how it answers stand beside its code; main only
// lists the verbs (verbs.hpp).
namespace horae::replay {

/// The record that is being looked at; it outlives the process that looks (guard.hpp).
using At = std::atomic<std::uint64_t>;

/// What is asked of every verb.
struct Common {
  std::string data_directory;
};

struct Verb {
  cli::Command app;       // its subcommand
  bool needs_log = true;  // whether --datadir must be given
  /// Answers, in the guarded process; returns the exit code.
  std::function<int(At&)> answer;
  /// How it tells of a log that cannot be read further; empty: on stderr.
  std::function<int(const Finding&)> damaged;
};

/// A verb that answers from the log of --datadir. check says what is wrong with what was asked,
/// before the log is opened.
[[nodiscard]] std::function<int(At&)> on_log(const Common& common,
                                             std::function<int(const Source&, At&)> answer,
                                             std::function<Outcome<void>()> check = {});

/// Says on stderr why there is no answer, or that the one on stdout is a bad one; the exit code.
int refused(const Failure& failure);
/// Tells what was found: as JSON with its code, else on stdout, and that it is wrong on stderr; the
/// exit code.
int found(const Finding& finding, bool json);
/// One object a line on stdout; 0.
int print_json(const boost::json::object& object);
/// The same of an answer that is a bad one, with the code of its trouble; the exit code.
int print_json(boost::json::object object, Trouble trouble);

}  // namespace horae::replay
