// Whether what a leader may choose for a block fits an input of consensus, and evidence of it, too.
#include <boost/test/unit_test.hpp>

#include "core/crypto/secp256k1.hpp"
#include "events/penalties/evidence.hpp"
#include "events/pool/input.hpp"
#include "tests/events/blocks/signed_block.hpp"
#include "tests/fixture/pool_genesis.hpp"

using namespace horae;
using namespace horae::test;

BOOST_AUTO_TEST_SUITE(the_largest_block_of_a_pool)

namespace {

// What the choice counts of a transaction beside its raw bytes (events/mempool/select.cpp), the
// largest gas limit that a setting takes, and the longest reason that is logged
// (edges/engine_payload.cpp).
constexpr std::size_t beside_raw = 200, most_txns = 60'000'000 / 21'000, longest_reason = 256;

std::size_t count_of(std::size_t raw_bytes) {
  SharedState state;
  BOOST_REQUIRE(found(state, genesis_of({10}).read()).has_value());
  return std::min<std::size_t>(most_txns, most_block_bytes(state) / (raw_bytes + beside_raw));
}

// Only its size is a block's: nothing in it is true.
Msg<schema::BlockSealed> block_of(std::size_t count, std::size_t raw_bytes, bool skips) {
  const auto empty = signed_block_of({});
  const Bytes raw(raw_bytes, 1), hash(32, 2), signature(65, 3);
  const std::string reason(longest_reason, 'r');
  const auto size = static_cast<unsigned>(count);
  return Msg<schema::BlockSealed>::build([&](auto out) {
    out.setHeader(empty.read().getHeader());
    out.setSignature(empty.read().getSignature());
    out.setPayload(empty.read().getPayload());
    if (skips) {
      auto skipped = out.initSkipped(size);
      for (auto each : skipped) {
        each.setHash(data(hash));
        each.setReason(reason.c_str());
      }
      return;
    }
    auto txns = out.initTxns(size);
    auto hashes = out.initHashes(size);
    auto signatures = out.initTxnSignatures(size);
    auto senders = out.initSenders(size);
    for (unsigned i = 0; i < size; ++i) {
      txns.set(i, data(raw));
      hashes.set(i, data(hash));
      signatures.set(i, data(signature));
      senders[i].setNonce(UINT64_MAX);
      senders[i].setAddress(data(Address{}));
    }
  });
}

template <class Fill>
std::size_t input_bytes(Fill fill) {
  return sign_input(std::string(50, 'c'), UINT64_MAX, Msg<schema::SharedCommand>::build(fill),
                    secret(1))
      .bytes()
      .size();
}

std::size_t bytes_to_seal(schema::BlockSealed::Reader block) {
  return input_bytes([&](auto root) { root.initBlocks().setSeal(block); });
}

// Of the kind with the most beside its block, a sandwich, with what evidence has of a block.
std::size_t bytes_to_accuse(schema::BlockSealed::Reader block) {
  const auto roots = evidence_of_roots(block);
  const auto stripped = roots.read().getWrongRoots().getBlock();
  return input_bytes([&](auto root) {
    auto sandwich = root.initPenalties().initAccuse().initSandwich();
    sandwich.setFront(UINT32_MAX);
    sandwich.setVictim(UINT32_MAX);
    sandwich.setBack(UINT32_MAX);
    sandwich.setBlock(stripped);
  });
}

}  // namespace

BOOST_AUTO_TEST_CASE(fits_an_input_and_so_does_evidence_of_it) {
  // As small as a transfer, the size at which gas and bytes bound it alike, as large as one can be.
  for (const std::size_t raw_bytes : {100, 115, 1'000, 131'072}) {
    const auto count = count_of(raw_bytes);
    const auto block = block_of(count, raw_bytes, false);
    const auto sealed = bytes_to_seal(block.read()), accused = bytes_to_accuse(block.read());
    BOOST_TEST_CONTEXT(count << " of " << raw_bytes << " bytes: " << sealed << " to seal, "
                             << accused << " to accuse") {
      BOOST_TEST(sealed <= input_max_bytes);
      BOOST_TEST(accused <= sealed);
    }
  }
}

BOOST_AUTO_TEST_CASE(fits_an_input_though_the_engine_leaves_out_all_with_many_words) {
  const auto block = block_of(count_of(100), 100, true);
  BOOST_TEST(bytes_to_seal(block.read()) <= input_max_bytes);
}

BOOST_AUTO_TEST_SUITE_END()
