#pragma once

#include <optional>

#include "core/bytes.hpp"
#include "core/crypto/secret.hpp"
#include "core/u256.hpp"

namespace horae {

/// An Ethereum transaction as its bytes say. Fees in wei per gas; a legacy or EIP-2930 transaction
/// has both fees equal to its gas price.
struct Txn {
  std::uint8_t type = 0;                  // 0 legacy, 1 EIP-2930, 2 EIP-1559
  std::optional<std::uint64_t> chain_id;  // none: a legacy transaction from before EIP-155
  std::uint64_t nonce = 0;
  std::uint64_t gas_limit = 0;
  U256 max_fee = 0;
  U256 max_priority_fee = 0;
  U256 value = 0;             // wei
  std::optional<Address> to;  // none: creates a contract
  Bytes data;
  Bytes access_list = {0xc0};  // as RLP, as it came; types 1 and 2
  std::uint64_t access_addresses = 0;
  std::uint64_t access_keys = 0;
  U256 r = 0;
  U256 s = 0;
  std::uint8_t y_parity = 0;
  Hash32 hash;
};

enum class TxnRefusal : std::uint8_t { malformed, unsupported_type, bad_signature };

struct TxnFault {
  TxnRefusal kind = TxnRefusal::malformed;
  std::string what;
};

/// Initcode of more bytes is refused (EIP-3860).
inline constexpr std::size_t max_initcode_bytes = 49152;
/// The most gas one transaction may ask for since Osaka (EIP-7825). For the caller to check.
inline constexpr std::uint64_t max_txn_gas = 1u << 24;
/// The most bytes of one transaction that are taken, as by geth's pool.
inline constexpr std::size_t max_txn_bytes = 128u << 10;

/// Why the bytes are too many for a transaction, or nothing. A blob transaction comes with its
/// blobs (EIP-4844): that its type is not taken is said before that it is long.
[[nodiscard]] std::optional<std::string> oversized(BytesView raw);

/// Decodes an EIP-2718 envelope, or a legacy transaction. Refuses whatever no chain would ever
/// take: bytes that are not canonical, a nonce of 2^64 - 1 (EIP-2681), gas x fee beyond 256 bits,
/// too much initcode, a v that is none. Not judged here: the chain id's value, the sender
/// (recover_sender), gas against intrinsic_gas and max_txn_gas, the priority fee against the
/// maximum fee.
[[nodiscard]] tl::expected<Txn, TxnFault> decode_txn(BytesView raw);

/// What the sender signed.
[[nodiscard]] Hash32 signing_hash(const Txn& txn);

/// Refuses r and s outside the group, a high s (EIP-2), and what no key can have signed.
[[nodiscard]] Result<Address> recover_sender(const Txn& txn);

/// Gas that a transaction costs before it runs, by the rules since Shanghai: 21000, 4 or 16 a byte
/// of data (EIP-2028), 32000 and 2 a word of initcode for a creation (EIP-2, EIP-3860), 2400 an
/// address and 1900 a key of the access list (EIP-2930).
[[nodiscard]] std::uint64_t standard_gas(const Txn& txn);
/// Least gas for much data, since Prague: 21000, 10 or 40 a byte (EIP-7623).
[[nodiscard]] std::uint64_t floor_gas(const Txn& txn);
/// The gas limit that a transaction must have at least, by the rules of Prague and Osaka, which the
/// dev engine follows: the greater of the two above.
[[nodiscard]] std::uint64_t intrinsic_gas(const Txn& txn);

/// The envelope of a transaction with its signature.
[[nodiscard]] Bytes encode_signed(const Txn& txn);
/// Signs what the fields say and encodes it. Refuses another type than 0, 1, 2, and a typed
/// transaction without a chain id.
[[nodiscard]] Result<Bytes> sign_txn(const Txn& unsigned_fields, const SecretKey& key);

}  // namespace horae
