#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/exit.hpp"

namespace horae {

/// What a command can end with, each with a code that never changes its meaning. Append only; none:
/// no trouble, such as a start that a signal ended.
enum class Trouble : std::uint8_t {
  none,
  unexpected,
  bug,
  disk_failed,
  usage,
  settings,
  directory_locked,
  directory_access,
  directory_gone,
  lookups,
  inspect_socket,
  log_corrupt,
  snapshot_altered,
  key_open,
  key_make,
  key_other,
  log_key,
  l1_unreachable,
  engine_unreachable,
  l1_views_unread,
  not_ready,
  directory_identity,
  l1_chain,
  engine_chain,
  l1_no_contracts,
  l1_refused,
  rules_refused,
  port_taken,
  there_already,
  engine_differs,
  l1_differs,
  l1_alarm,
  registry_entry,
  dev_chain,
  dev_ending,
  dev_foreign,
  dev_not_saved,
  node_silent,
  check_failed,
  no_log,
  no_file,
  file_access,
  file_form,
  not_in_log,
  engine_unfit,
  audit_mismatch,
  log_incomplete,
  pool_genesis,
  pool_signer,
  pool_consensus,
  pool_rules,
};

/// What `horae explain` tells of one of them.
struct TroubleEntry {
  Trouble trouble;
  std::string_view code;  // what people search for: H-…
  Exit exit;
  std::string_view title;
  std::string_view meaning;
  std::string_view causes;
  std::string_view next;  // what to do, a sentence or two
  std::string_view docs;  // file and section
};

/// All but none, in the order of the enumeration.
[[nodiscard]] std::span<const TroubleEntry> troubles();
/// Not for none.
[[nodiscard]] const TroubleEntry& entry_of(Trouble trouble);
[[nodiscard]] std::string_view code_of(Trouble trouble);
/// Exit::ok for none.
[[nodiscard]] Exit exit_of(Trouble trouble);

/// What ended a start or a run: which trouble it is, and what and where in words.
struct Failure {
  Trouble trouble = Trouble::unexpected;
  std::string what;

  [[nodiscard]] Exit exit() const { return exit_of(trouble); }
};

/// How a command says why it ends, in two lines: "horae keys: error H-KEY-OPEN: what", then what to
/// do and who tells more.
[[nodiscard]] std::string failure_words(std::string_view command, const Failure& failure);
/// `horae explain H-KEY-OPEN`, without the quotes.
[[nodiscard]] std::string explain_command(const TroubleEntry& entry);

/// Says it in the place of end_at_once; may not come back to what failed.
using LastWords = void (*)(const Failure& failure);
void set_last_words(LastWords handler);
/// Ends the process here and now with the failure's code, words and exit code: for what must not go
/// on for a moment. No destructor runs.
[[noreturn]] void end_at_once(const Failure& failure);

}  // namespace horae
