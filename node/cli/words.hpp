#pragma once

#include <span>
#include <string_view>

namespace horae::logging {

/// A word for `horae explain`: a reason of a refusal, a state in horae_status, a text with which a
/// contract reverts. A word may stand for several things, each with an entry.
struct Word {
  std::string_view name;
  std::string_view where;  // what says it
  std::string_view meaning;
  std::string_view next;  // what to do; empty: nothing
};

/// Every Reason of schemas/values.capnp in its order, what users are told beside, every
/// StallReason, every state of node/health, then those of the subsystems in horae_status.
[[nodiscard]] std::span<const Word> words();

/// Every text and error with which Metis's contracts and their token revert.
[[nodiscard]] std::span<const Word> reverts();

}  // namespace horae::logging
