#include "core/eth/txn.hpp"

#include <algorithm>

#include "core/crypto/secp256k1.hpp"
#include "core/eth/rlp.hpp"
#include "core/hash.hpp"

namespace horae {
namespace {

constexpr std::uint64_t base_gas = 21000;

tl::unexpected<TxnFault> refused(TxnRefusal kind, std::string what) {
  return tl::unexpected<TxnFault>(TxnFault{kind, std::move(what)});
}

void read_to_value_data(rlp::Reader& fields, Txn& txn, std::optional<Fault>& fault) {
  const auto to = fields.string("to");
  if (!to.empty()) {
    auto address = Address::from(to);
    if (address) txn.to = *address;
    if (!address && !fault) fault = Fault{"to: " + address.error().what};
  }
  txn.value = fields.u256("value");
  const auto data = fields.string("data");
  txn.data.assign(data.begin(), data.end());
}

void read_access_list(rlp::Reader& fields, Txn& txn, std::optional<Fault>& fault) {
  const auto raw = fields.raw_list("access list");
  if (fault) return;
  txn.access_list.assign(raw.begin(), raw.end());
  auto entries = rlp::Reader::whole(raw, fault);
  while (!entries.done()) {
    auto entry = entries.list("access list entry");
    (void)entry.fixed<Address>("access list address");
    ++txn.access_addresses;
    auto keys = entry.list("access list keys");
    for (; !keys.done(); ++txn.access_keys) (void)keys.fixed<Hash32>("access list key");
    entry.end();
  }
}

struct Decoded {
  Txn txn;
  U256 v;  // as it stands: legacy's carries the chain id
};

Decoded read_legacy(BytesView raw, std::optional<Fault>& fault) {
  auto fields = rlp::Reader::whole(raw, fault);
  Decoded out;
  auto& txn = out.txn;
  txn.nonce = fields.u64("nonce");
  txn.max_fee = txn.max_priority_fee = fields.u256("gas price");
  txn.gas_limit = fields.u64("gas limit");
  read_to_value_data(fields, txn, fault);
  out.v = fields.u256("v");
  txn.r = fields.u256("r");
  txn.s = fields.u256("s");
  fields.end();
  return out;
}

Decoded read_typed(BytesView raw, std::optional<Fault>& fault) {
  auto fields = rlp::Reader::whole(raw.subspan(1), fault);
  Decoded out;
  auto& txn = out.txn;
  txn.type = raw[0];
  txn.chain_id = fields.u64("chain id");
  txn.nonce = fields.u64("nonce");
  if (txn.type == 2) {
    txn.max_priority_fee = fields.u256("max priority fee");
    txn.max_fee = fields.u256("max fee");
  } else {
    txn.max_fee = txn.max_priority_fee = fields.u256("gas price");
  }
  txn.gas_limit = fields.u64("gas limit");
  read_to_value_data(fields, txn, fault);
  read_access_list(fields, txn, fault);
  out.v = fields.u256("y parity");
  txn.r = fields.u256("r");
  txn.s = fields.u256("s");
  fields.end();
  return out;
}

/// 27 and 28 before EIP-155, chain id x 2 + 35 or 36 since; 0 and 1 in typed transactions.
bool split_v(Txn& txn, const U256& v) {
  if (txn.type != 0) {
    if (v > 1) return false;
    txn.y_parity = static_cast<std::uint8_t>(v);
    return true;
  }
  if (v == 27 || v == 28) {
    txn.y_parity = static_cast<std::uint8_t>(v - 27);
    return true;
  }
  if (v < 35) return false;
  const U256 rest = v - 35;
  const U256 chain = rest / 2;
  if (!fits_u64(chain)) return false;
  txn.chain_id = static_cast<std::uint64_t>(chain);
  txn.y_parity = static_cast<std::uint8_t>(rest % 2);
  return true;
}

/// The fields that are signed, in their order, without what a legacy signature adds to them.
Bytes signed_fields(const Txn& txn) {
  Bytes out;
  if (txn.type != 0) rlp::put(out, txn.chain_id.value_or(0));
  rlp::put(out, txn.nonce);
  if (txn.type == 2) rlp::put(out, txn.max_priority_fee);
  rlp::put(out, txn.max_fee);
  rlp::put(out, txn.gas_limit);
  rlp::put(out, txn.to ? txn.to->view() : BytesView{});
  rlp::put(out, txn.value);
  rlp::put(out, BytesView(txn.data));
  if (txn.type != 0) append(out, txn.access_list);
  return out;
}

Bytes envelope(const Txn& txn, BytesView items) {
  Bytes out;
  if (txn.type != 0) out.push_back(txn.type);
  append(out, rlp::list_of(items));
  return out;
}

/// Zero bytes count one, others four (EIP-7623's tokens; EIP-2028's prices are in the same ratio).
std::uint64_t data_tokens(const Txn& txn) {
  const auto zeros = static_cast<std::uint64_t>(std::count(txn.data.begin(), txn.data.end(), 0));
  return zeros + 4 * (txn.data.size() - zeros);
}

}  // namespace

std::optional<std::string> oversized(BytesView raw) {
  constexpr std::uint8_t blob_type = 3;
  if (raw.size() <= max_txn_bytes || raw.front() == blob_type) return std::nullopt;
  return "transaction size " + std::to_string(raw.size()) + ", limit " +
         std::to_string(max_txn_bytes);
}

tl::expected<Txn, TxnFault> decode_txn(BytesView raw) {
  if (raw.empty()) return refused(TxnRefusal::malformed, "no bytes");
  const bool legacy = raw[0] >= 0xc0;
  // EIP-2718: types end at 0x7f, and a string's head starts no transaction.
  if (!legacy && raw[0] >= 0x80) return refused(TxnRefusal::malformed, "neither a type nor a list");
  if (!legacy && raw[0] != 1 && raw[0] != 2) {
    return refused(TxnRefusal::unsupported_type,
                   "transaction type " + std::to_string(raw[0]) + "; accepted are legacy, 1 and 2");
  }
  std::optional<Fault> fault;
  auto [txn, v] = legacy ? read_legacy(raw, fault) : read_typed(raw, fault);
  if (fault) return refused(TxnRefusal::malformed, fault->what);
  if (txn.nonce == UINT64_MAX)
    return refused(TxnRefusal::malformed, "nonce: no account gets there");
  if (txn.gas_limit != 0 && txn.max_fee > (~U256(0)) / txn.gas_limit) {
    return refused(TxnRefusal::malformed, "gas limit x fee: more than 256 bits");
  }
  if (!txn.to && txn.data.size() > max_initcode_bytes) {
    return refused(TxnRefusal::malformed, "initcode of more than 49152 bytes");
  }
  if (!split_v(txn, v)) return refused(TxnRefusal::bad_signature, "v is none of a signature");
  txn.hash = keccak256(raw);
  return std::move(txn);
}

Hash32 signing_hash(const Txn& txn) {
  auto items = signed_fields(txn);
  if (txn.type == 0 && txn.chain_id) {  // EIP-155
    rlp::put(items, *txn.chain_id);
    rlp::put(items, BytesView{});
    rlp::put(items, BytesView{});
  }
  return keccak256(envelope(txn, items));
}

Result<Address> recover_sender(const Txn& txn) {
  Signature signature;
  const auto r = to_word(txn.r);
  const auto s = to_word(txn.s);
  std::copy(r.bytes.begin(), r.bytes.end(), signature.bytes.begin());
  std::copy(s.bytes.begin(), s.bytes.end(), signature.bytes.begin() + 32);
  signature.bytes[64] = txn.y_parity;
  if (!is_low_s(signature)) return fail("a signature with a high s");
  auto key = recover(signing_hash(txn), signature);
  if (!key) return tl::unexpected(key.error());
  return address_of(*key);
}

std::uint64_t standard_gas(const Txn& txn) {
  std::uint64_t gas = base_gas + 4 * data_tokens(txn);
  if (!txn.to) gas += 32000 + 2 * ((txn.data.size() + 31) / 32);
  return gas + 2400 * txn.access_addresses + 1900 * txn.access_keys;
}

std::uint64_t floor_gas(const Txn& txn) { return base_gas + 10 * data_tokens(txn); }

std::uint64_t intrinsic_gas(const Txn& txn) { return std::max(standard_gas(txn), floor_gas(txn)); }

Bytes encode_signed(const Txn& txn) {
  auto items = signed_fields(txn);
  if (txn.type != 0) {
    rlp::put(items, U256(txn.y_parity));
  } else if (txn.chain_id) {
    rlp::put(items, U256(*txn.chain_id) * 2 + 35 + txn.y_parity);
  } else {
    rlp::put(items, U256(27 + txn.y_parity));
  }
  rlp::put(items, txn.r);
  rlp::put(items, txn.s);
  return envelope(txn, items);
}

Result<Bytes> sign_txn(const Txn& unsigned_fields, const SecretKey& key) {
  if (unsigned_fields.type > 2) return fail("a transaction type that is not supported");
  if (unsigned_fields.type != 0 && !unsigned_fields.chain_id) {
    return fail("a typed transaction needs a chain id");
  }
  Txn txn = unsigned_fields;
  const auto signature = sign(signing_hash(txn), key);
  txn.r = *u256_from_bytes(signature.view().first(32));
  txn.s = *u256_from_bytes(signature.view().subspan(32, 32));
  txn.y_parity = signature.bytes[64];
  return encode_signed(txn);
}

}  // namespace horae
