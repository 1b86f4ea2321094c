#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace horae::replay {

/// The exit codes of all binaries, as far as this one has them (design section 9).
enum class Exit : int {
  ok = 0,
  unexpected = 1,
  usage = 2,
  configuration = 3,  // no log there
  not_permitted = 4,  // the log may not be read by this user
  log_corrupt = 5,    // bytes that no node wrote
  no_such_position = 9,
  audit_mismatch = 10,  // well-formed facts that do not keep to their rules
};

/// Why there is no answer, and how the process ends for it.
struct Refusal {
  Exit code;
  std::string what;
};

template <class T>
using Outcome = tl::expected<T, Refusal>;

[[nodiscard]] inline tl::unexpected<Refusal> refuse(Exit code, std::string what) {
  return tl::unexpected<Refusal>(Refusal{code, std::move(what)});
}

}  // namespace horae::replay
