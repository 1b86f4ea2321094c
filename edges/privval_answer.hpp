#pragma once

#include <string>
#include <string_view>

#include "edges/signing_guard.hpp"

namespace horae {

/// What goes back to CometBFT for one request to its signer.
struct PrivvalAnswer {
  std::string bytes;     // a Message
  bool is_vote = false;  // or a proposal: it was to be signed
  std::string refused;   // why it was not, as the bytes say, too
};

/// Answers one request to a signer, a protobuf Message. A fault: the bytes are none, and the
/// connection cannot go on.
[[nodiscard]] Result<PrivvalAnswer> privval_answer(std::string_view request, SigningGuard& guard);

}  // namespace horae
