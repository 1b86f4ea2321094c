#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/bytes.hpp"
#include "core/crypto/secret.hpp"

namespace horae::dev {

/// The only chain on which these keys may sign for anything: everybody knows them.
inline constexpr std::uint64_t l1_chain_id = 31337;

// Who does what on the dev network, by place in the list of accounts.
inline constexpr std::size_t account_count = 10;
inline constexpr std::size_t governance = 0;
inline constexpr std::size_t traffic_first = 1;
inline constexpr std::size_t traffic_last = 7;
inline constexpr std::size_t sequencer_owner = 8;
inline constexpr std::size_t sequencer_signer = 9;

/// One of anvil's ten accounts, of the mnemonic "test test … junk": no secret.
struct Account {
  Address address;
  std::string_view private_key;  // hex with 0x
};

[[nodiscard]] const std::vector<Account>& accounts();
[[nodiscard]] SecretKey key_of(const Account& account);

/// The dev sequencer's key; refused on any chain but 31337.
[[nodiscard]] Result<SecretKey> sequencer_key(std::uint64_t chain_id);

}  // namespace horae::dev
