#include "core/eth/txn.hpp"

#include <boost/test/unit_test.hpp>

#include "core/crypto/secp256k1.hpp"
#include "core/eth/rlp.hpp"
#include "core/hash.hpp"
#include "tests/core/vectors.hpp"
#include "tests/fixture/print.hpp"

BOOST_AUTO_TEST_SUITE(txn_codec)

using namespace horae;
using namespace horae::test;

namespace {

SecretKey key() {
  return *to_secret_key(
      *from_hex("0x4646464646464646464646464646464646464646464646464646464646464646"));
}

Txn transfer(std::uint8_t type) {
  Txn txn;
  txn.type = type;
  txn.chain_id = 1;
  txn.nonce = 9;
  txn.gas_limit = 21000;
  txn.max_fee = txn.max_priority_fee = 20'000'000'000u;
  txn.value = U256(1'000'000'000'000'000'000u);
  txn.to = *fixed_from_hex<Address>("0x3535353535353535353535353535353535353535");
  return txn;
}

// All that a mainnet node of Cancun asks of a transaction by itself; the gas floor is younger.
Result<std::pair<Txn, Address>> judged(BytesView raw) {
  auto txn = decode_txn(raw);
  if (!txn) return fail(txn.error().what);
  if (txn->chain_id.value_or(1) != 1) return fail("another chain");
  if (txn->max_priority_fee > txn->max_fee) return fail("priority above maximum");
  if (txn->gas_limit < standard_gas(*txn)) return fail("too little gas");
  auto sender = recover_sender(*txn);
  if (!sender) return tl::unexpected(sender.error());
  return std::pair(*txn, *sender);
}

}  // namespace

BOOST_AUTO_TEST_CASE(eip155_example) {
  // The example of EIP-155, to the byte.
  const auto raw = sign_txn(transfer(0), key());
  BOOST_TEST_REQUIRE(raw.has_value());
  BOOST_TEST(
      to_hex(*raw) ==
      "0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080"
      "25a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aec"
      "b703304b3800ccf555c9f3dc64214b297fb1966a3b6d83");
  BOOST_TEST(to_hex(signing_hash(transfer(0))) ==
             "0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
  BOOST_TEST(to_hex(*recover_sender(*decode_txn(*raw))) ==
             "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f");
}

BOOST_AUTO_TEST_CASE(every_type_goes_there_and_back) {
  for (const std::uint8_t type : Bytes{0, 1, 2}) {
    for (const bool creates : {false, true}) {
      auto txn = transfer(type);
      if (type == 2) txn.max_priority_fee = 7;
      if (creates) txn.to.reset();
      txn.data = {0, 1, 2, 0};
      if (type != 0) {
        Bytes entry;
        rlp::put(entry, Address{{1}});
        const auto keys = rlp::list(Hash32{{2}}, Hash32{{3}});
        entry.insert(entry.end(), keys.begin(), keys.end());
        txn.access_list = rlp::list_of(rlp::list_of(entry));
      }
      const auto raw = sign_txn(txn, key());
      BOOST_TEST_REQUIRE(raw.has_value());
      const auto back = decode_txn(*raw);
      BOOST_TEST_REQUIRE(back.has_value());
      BOOST_TEST(back->type == type);
      BOOST_TEST(back->chain_id.value() == 1u);
      BOOST_TEST(back->nonce == 9u);
      BOOST_TEST(back->gas_limit == 21000u);
      BOOST_TEST((back->max_fee == txn.max_fee && back->max_priority_fee == txn.max_priority_fee));
      BOOST_TEST((back->to == txn.to && back->value == txn.value && back->data == txn.data));
      BOOST_TEST(back->access_list == txn.access_list);
      BOOST_TEST(back->access_addresses == (type == 0 ? 0u : 1u));
      BOOST_TEST(back->access_keys == (type == 0 ? 0u : 2u));
      BOOST_TEST(back->hash == keccak256(*raw));
      BOOST_TEST(encode_signed(*back) == *raw);
      BOOST_TEST(recover_sender(*back).value() == address_of(public_key(key())));
    }
  }
}

BOOST_AUTO_TEST_CASE(before_eip155_there_is_no_chain) {
  auto txn = transfer(0);
  txn.chain_id.reset();
  const auto back = decode_txn(*sign_txn(txn, key()));
  BOOST_TEST_REQUIRE(back.has_value());
  BOOST_TEST(!back->chain_id.has_value());
  BOOST_TEST(recover_sender(*back).value() == address_of(public_key(key())));
}

BOOST_AUTO_TEST_CASE(refusals_are_told_apart) {
  const auto kind = [](const Bytes& raw) { return decode_txn(raw).error().kind; };
  const auto good = *sign_txn(transfer(2), key());
  BOOST_TEST((kind({}) == TxnRefusal::malformed));
  BOOST_TEST((kind({0x85, 1, 2}) == TxnRefusal::malformed));
  for (const std::uint8_t type : Bytes{0x00, 0x03, 0x04, 0x7e, 0x7f}) {
    auto other = good;
    other[0] = type;
    BOOST_TEST((kind(other) == TxnRefusal::unsupported_type));
  }
  for (std::size_t size = 1; size < good.size(); ++size) {
    BOOST_TEST((kind(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))) ==
                TxnRefusal::malformed));
  }
  auto longer = good;
  longer.push_back(0);
  BOOST_TEST((kind(longer) == TxnRefusal::malformed));
  auto signed_badly = *decode_txn(good);
  signed_badly.y_parity = 2;
  BOOST_TEST((kind(encode_signed(signed_badly)) == TxnRefusal::bad_signature));
  auto last = transfer(2);
  last.nonce = UINT64_MAX;
  BOOST_TEST((kind(*sign_txn(last, key())) == TxnRefusal::malformed));
  BOOST_TEST(!sign_txn(transfer(3), key()).has_value());
  auto nowhere = transfer(2);
  nowhere.chain_id.reset();
  BOOST_TEST(!sign_txn(nowhere, key()).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_too_long_is_said_of_what_could_be_taken) {
  BOOST_TEST(!oversized({}).has_value());
  BOOST_TEST(!oversized(Bytes(max_txn_bytes, 2)).has_value());
  BOOST_TEST(oversized(Bytes(max_txn_bytes + 1, 2)).value() ==
             "transaction size 131073, limit 131072");
  BOOST_TEST(!oversized(Bytes(max_txn_bytes + 1, 3)).has_value());  // with its blobs
}

BOOST_AUTO_TEST_CASE(the_malleable_twin_is_refused) {
  auto txn = *decode_txn(*sign_txn(transfer(2), key()));
  const auto order =
      *u256_from_quantity("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
  txn.s = order - txn.s;
  txn.y_parity ^= 1;
  BOOST_TEST(recover_sender(txn).error().what == "a signature with a high s");
  for (const auto& r : {U256(0), order, U256(~U256(0))}) {
    txn = *decode_txn(*sign_txn(transfer(2), key()));
    txn.r = r;
    BOOST_TEST(!recover_sender(txn).has_value());
  }
}

BOOST_AUTO_TEST_CASE(gas_before_it_runs) {
  auto txn = transfer(2);
  BOOST_TEST(intrinsic_gas(txn) == 21000u);
  txn.data = Bytes(100, 1);
  BOOST_TEST(standard_gas(txn) == 21000u + 1600u);
  BOOST_TEST(intrinsic_gas(txn) == 21000u + 4000u);  // EIP-7623
  txn.to.reset();
  BOOST_TEST(intrinsic_gas(txn) == 53000u + 1600u + 2u * 4u);
  txn = transfer(2);
  txn.access_addresses = 2;
  txn.access_keys = 3;
  BOOST_TEST(intrinsic_gas(txn) == 21000u + 4800u + 5700u);
}

BOOST_AUTO_TEST_CASE(ethereum_transaction_vectors) {
  if (!has_vectors("ethereum/TransactionTests")) return;
  std::size_t good = 0;
  std::size_t bad = 0;
  const auto folder = vector_path("ethereum/TransactionTests");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    const auto file = read_json(entry.path());
    for (const auto& [name, test] : file.as_object()) {
      // Some list no fork after Shanghai; all of those are refused by every fork they list.
      const auto& results = test.at("result").as_object();
      const auto* cancun = results.if_contains("Cancun");
      const auto& wanted = (cancun != nullptr ? *cancun : results.begin()->value()).as_object();
      const auto raw = from_hex(text(test.at("txbytes")));
      BOOST_TEST_REQUIRE(raw.has_value(), name);
      const auto got = judged(*raw);
      if (wanted.contains("exception")) {
        BOOST_TEST(!got.has_value(), name << " wants " << text(wanted.at("exception")));
        ++bad;
        continue;
      }
      BOOST_TEST_REQUIRE(got.has_value(), name << ": " << got.error().what);
      BOOST_TEST(to_hex(got->first.hash) == text(wanted.at("hash")), name);
      BOOST_TEST(to_hex(got->second) == text(wanted.at("sender")), name);
      BOOST_TEST(standard_gas(got->first) == *u64_from_quantity(text(wanted.at("intrinsicGas"))),
                 name);
      BOOST_TEST(encode_signed(got->first) == *raw, name);
      ++good;
    }
  }
  BOOST_TEST_MESSAGE(good << " valid and " << bad << " invalid transactions");
  BOOST_TEST(good >= 50u);
  BOOST_TEST(bad >= 160u);
}

BOOST_AUTO_TEST_SUITE_END()
