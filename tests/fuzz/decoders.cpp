#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "events/evidence.hpp"
#include "tests/events/signed_block.hpp"
#include "tests/fixture/deciders.hpp"
#include "tests/fixture/engine.hpp"
#include "tests/fuzz/targets.hpp"

using namespace horae;
using namespace horae::test;

namespace {

using Target = bool (*)(BytesView);

std::vector<Bytes> corpus(const std::string& name) {
  std::vector<std::filesystem::path> files;
  const auto directory = std::filesystem::path(HORAE_SOURCE_DIR) / "tests/fuzz/corpus" / name;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);  // or a seed would mean something else on another machine
  std::vector<Bytes> out;
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    out.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return out;
}

// Flips, overwrites, cuts, repeats, and joins with another.
Bytes mutated(const std::vector<Bytes>& seeds, std::mt19937_64& random) {
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  Bytes out = seeds[below(seeds.size())];
  for (std::size_t times = 1 + below(4); times > 0 && !out.empty(); --times) {
    const auto at = below(out.size());
    const auto here = out.begin() + static_cast<std::ptrdiff_t>(at);
    switch (below(6)) {
      case 0:
        out[at] = static_cast<std::uint8_t>(out[at] ^ (1u << below(8)));
        break;
      case 1:
        out[at] = static_cast<std::uint8_t>(random());
        break;
      case 2:
        out[at] = below(2) == 0 ? 0x00 : 0xff;
        break;
      case 3:
        out.resize(below(2) == 0 ? at : at / 8 * 8);
        break;
      case 4:
        out.insert(here, 8, static_cast<std::uint8_t>(random()));
        break;
      default: {
        const auto& other = seeds[below(seeds.size())];
        if (other.empty()) break;
        const auto from = below(other.size());
        const auto count = std::min(1 + below(32), std::min(other.size() - from, out.size() - at));
        std::copy_n(other.begin() + static_cast<std::ptrdiff_t>(from), count, here);
      }
    }
  }
  return out;
}

void survives(Target target, const std::vector<Bytes>& seeds, int rounds) {
  const StopsThrow stops;
  for (const auto& seed : seeds) BOOST_TEST(target(seed), to_hex(seed));
  std::mt19937_64 random(7);
  int accepted = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto bytes = mutated(seeds, random);
    try {
      accepted += target(bytes) ? 1 : 0;
    } catch (const std::exception& broken) {
      BOOST_FAIL(std::string(broken.what()) + ": " + to_hex(bytes));
    }
  }
  BOOST_TEST_MESSAGE(accepted << " of " << rounds << " were accepted");
  BOOST_TEST(accepted < rounds);
}

std::vector<Bytes> with(std::vector<Bytes> seeds, const std::vector<Bytes>& more) {
  seeds.insert(seeds.end(), more.begin(), more.end());
  return seeds;
}

// The records of a small life.
std::vector<Bytes> records() {
  Deciders node;
  node.begin();
  const Offer offer;
  node(submit_command(offer));
  node(submit_command({.max_fee = 200, .tip = 20}));
  Draft draft(node.shared.blocks);
  node(draft.command());
  node(include_of(1, {}, {{account(1), 1}}));
  return node.log.values;
}

std::vector<Bytes> payloads() {
  std::vector<Bytes> out;
  for (const auto& value : records()) {
    out.emplace_back(value.begin() + RecordHeader::size, value.end());
  }
  const auto command = submit_command({});
  out.emplace_back(command.bytes().begin(), command.bytes().end());
  return out;
}

std::vector<Bytes> txns() {
  std::vector<Bytes> out;
  for (const std::uint8_t type : Bytes{0, 1, 2}) out.push_back(raw_of(Transfer{.type = type}));
  return out;
}

// One of each kind that needs no engine.
std::vector<Bytes> evidence_files() {
  const auto low = raw_of(Transfer{.from = 10, .tip = gwei(1)});
  const auto high = raw_of(Transfer{.from = 11, .tip = gwei(2)});
  const auto next = raw_of(Transfer{.from = 10, .nonce = 1, .tip = gwei(1)});
  const auto broken = signed_block_of({low, high}), sandwich = signed_block_of({low, high, next});
  return {encode_evidence(*evidence_of_two(broken.read(), sandwich.read())),
          encode_evidence(*evidence_in(broken.read())),
          encode_evidence(*evidence_in(sandwich.read()))};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(decoders)

BOOST_AUTO_TEST_CASE(messages) {
  survives(fuzz::fuzz_message, with(corpus("message"), payloads()), 20000);
}
BOOST_AUTO_TEST_CASE(transactions) { survives(fuzz::fuzz_txn, with(corpus("txn"), txns()), 20000); }
BOOST_AUTO_TEST_CASE(whole_records) {
  survives(fuzz::fuzz_record, with(corpus("record"), records()), 20000);
}
BOOST_AUTO_TEST_CASE(files_of_evidence) {
  survives(fuzz::fuzz_evidence, with(corpus("evidence"), evidence_files()), 5000);
}
BOOST_AUTO_TEST_CASE(lists) {
  survives(fuzz::fuzz_rlp, with(corpus("rlp"), {raw_of(Transfer{.type = 0})}), 20000);
}

BOOST_AUTO_TEST_SUITE_END()
