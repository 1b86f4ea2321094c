#pragma once

#include "node/rpc/backend.hpp"

namespace horae::rpc {

/// A refused transaction as a JSON-RPC error: -32000 and geth's words where geth has some, since
/// wallets and libraries look for them; then our detail; data.reason is the schema's name.
[[nodiscard]] Error refusal(const SubmitAnswer& answer);

/// One that was let in and cannot be acknowledged yet: -32000, data.reason tooFewCopies, and
/// data.hash.
[[nodiscard]] Error not_acknowledged(const Hash32& hash, const TooFewCopies& lacking);

/// The schema's name of a reason: nonceTooLow.
[[nodiscard]] std::string reason_name(schema::Reason reason);

}  // namespace horae::rpc
