#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "core/bytes.hpp"
#include "core/crypto/secret.hpp"
#include "core/u256.hpp"

namespace horae::dev {

/// The only chain on which these keys may sign for anything: everybody knows them.
inline constexpr std::uint64_t l1_chain_id = 31337;

// Who does what on the dev network, by place in the list of accounts.
inline constexpr std::size_t account_count = 13;
inline constexpr std::size_t funded_count = 10;  // by anvil, on both chains; the others on L1 alone
inline const U256 funded_with = U256(10'000) * 1'000'000'000'000'000'000u;  // wei
inline constexpr std::size_t governance = 0;
inline constexpr std::size_t traffic_first = 1;
inline constexpr std::size_t traffic_last = 7;
inline constexpr std::size_t sequencer_owner = 8;
inline constexpr std::size_t sequencer_signer = 9;
// The further members of a pool own and sign for themselves, from the last one of these down.
inline constexpr std::size_t member_last = traffic_last;
inline constexpr std::size_t most_nodes = 1 + member_last - traffic_first + 1;
/// The account of a pool's nth node, the second and further ones.
[[nodiscard]] constexpr std::size_t member_account(std::size_t node) {
  return member_last - (node - 2);
}
// Keys that the node holds, too: it signs with the one that is Active in the pool.
inline constexpr std::size_t spare_signer_first = 10;
inline constexpr std::size_t spare_signer_last = 11;
inline constexpr std::size_t reward_mpc = 12;  // LockingPool's mpcAddress

/// One of the accounts, of the mnemonic "test test … junk": no secret.
struct Account {
  Address address;
  std::string_view private_key;  // hex with 0x
};

[[nodiscard]] const std::vector<Account>& accounts();
[[nodiscard]] SecretKey key_of(const Account& account);

/// Whether everybody has this account's key.
[[nodiscard]] bool known_to_everybody(const Address& address);

/// A key that the node is given, and its keystore in the data directory.
struct NodeKey {
  std::size_t account = 0;
  std::string_view file;
};
inline constexpr std::array signer_files{NodeKey{sequencer_signer, "keys/signer.json"},
                                         NodeKey{spare_signer_first, "keys/spare-1.json"},
                                         NodeKey{spare_signer_last, "keys/spare-2.json"}};
inline constexpr NodeKey reward_mpc_file{reward_mpc, "keys/reward-mpc.json"};
inline constexpr std::string_view password_file = "keys/password";

}  // namespace horae::dev
