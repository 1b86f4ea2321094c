#pragma once

#include "core/crypto/secret.hpp"
#include "events/pool/pool.hpp"

// What consensus carries: a member's signed command.
namespace horae {

/// Of an input's bytes (CometBFT's max_tx_bytes is set to it: 1 MB is what a block should have,
/// facts measured with CometBFT 0.40).
constexpr std::size_t input_max_bytes = 1'000'000;

/// An input that is well formed and signed by its sender.
struct CheckedInput {
  Address sender;
  std::uint64_t number = 0;  // rises with each of the sender's
  Hash32 key;                // SHA-256 of its bytes: the same input once more has the same
  Msg<schema::SharedCommand> command;
};

/// chain: the consensus' chain id, to which the signature is bound.
[[nodiscard]] Msg<schema::PoolInput> sign_input(std::string_view chain, std::uint64_t number,
                                                const Msg<schema::SharedCommand>& command,
                                                const SecretKey& key);
/// Refuses what is too large, malformed, not canonical, without a content, or not signed by the
/// sender that it names. The bytes may stand anywhere.
[[nodiscard]] Result<CheckedInput> check_input(std::string_view chain, BytesView bytes);
/// The same of bytes of which the caller knows the key.
[[nodiscard]] Result<CheckedInput> check_input(std::string_view chain, BytesView bytes,
                                               const Hash32& key);
/// The block that an input seals; nothing where it says something else. Of bytes that were checked
/// before: its signature is not looked at.
[[nodiscard]] std::optional<Msg<schema::BlockSealed>> block_in(BytesView input);

}  // namespace horae
