#pragma once

#include <array>

#include "core/bytes.hpp"
#include "core/u256.hpp"

// Contract arguments, results and logs in words of 32 bytes (Solidity's contract ABI): a head with
// one word a value, in which a dynamic value is an offset into the tail.
namespace horae {

using Selector = std::array<std::uint8_t, 4>;
/// The first four bytes of the signature's Keccak-256, as in "relock(uint256,uint256,bool)".
[[nodiscard]] Selector abi_selector(std::string_view signature);
/// The first topic of an event of this signature.
[[nodiscard]] Hash32 abi_topic(std::string_view signature);

/// A word that must be an address: its first twelve bytes zero.
[[nodiscard]] Result<Address> abi_address(const Hash32& word);
/// A word that must be 0 or 1.
[[nodiscard]] Result<bool> abi_boolean(const Hash32& word);

/// Reads encoded values by their position in the head. Never trusts an offset or a length: what
/// would end behind the bytes is refused, and nothing is allocated before it was found to be there.
class AbiReader {
 public:
  explicit AbiReader(BytesView bytes) : bytes_(bytes) {}

  [[nodiscard]] Result<Hash32> word(std::size_t index) const;
  [[nodiscard]] Result<U256> number(std::size_t index) const;
  [[nodiscard]] Result<Address> address(std::size_t index) const;
  [[nodiscard]] Result<bool> boolean(std::size_t index) const;
  /// `bytes`; its padding must be there and zero.
  [[nodiscard]] Result<Bytes> bytes(std::size_t index) const;
  [[nodiscard]] Result<std::vector<U256>> numbers(std::size_t index) const;
  [[nodiscard]] Result<std::vector<Address>> addresses(std::size_t index) const;

 private:
  struct Tail {
    std::size_t start = 0;   // of the content
    std::size_t length = 0;  // as it says, in elements
  };
  /// What the offset at index leads to, with element_size bytes for each element behind it.
  [[nodiscard]] Result<Tail> tail(std::size_t index, std::size_t element_size) const;

  BytesView bytes_;
};

/// Writes values in order; take() puts the tails behind the head.
class AbiWriter {
 public:
  AbiWriter& number(const U256& value);
  AbiWriter& address(const Address& value);
  AbiWriter& boolean(bool value);
  AbiWriter& bytes(BytesView value);
  AbiWriter& numbers(const std::vector<U256>& values);
  AbiWriter& addresses(const std::vector<Address>& values);

  /// The values alone: a result, or a log's data.
  [[nodiscard]] Bytes take() const;
  /// A call of the function with this signature.
  [[nodiscard]] Bytes call(std::string_view signature) const;

 private:
  struct Value {
    bool dynamic = false;
    Bytes encoded;
  };
  std::vector<Value> values_;
};

}  // namespace horae
