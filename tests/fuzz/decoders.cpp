#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "tests/fixture/life.hpp"
#include "tests/fuzz/seeds.hpp"
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

void survives(Target target, const std::string& name, int rounds) {
  auto seeds = fuzz::seeds(name);
  const StopsThrow stops;
  for (const auto& seed : seeds) BOOST_TEST(target(seed), to_hex(seed));
  // What was found before may be refused; it must not be stopped on.
  for (auto& found : corpus(name)) {
    BOOST_CHECK_NO_THROW((void)target(found));
    seeds.push_back(std::move(found));
  }
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

}  // namespace

BOOST_AUTO_TEST_SUITE(decoders)

BOOST_AUTO_TEST_CASE(messages) { survives(fuzz::fuzz_message, "message", 20000); }
BOOST_AUTO_TEST_CASE(transactions) { survives(fuzz::fuzz_txn, "txn", 20000); }
BOOST_AUTO_TEST_CASE(whole_records) { survives(fuzz::fuzz_record, "record", 20000); }
BOOST_AUTO_TEST_CASE(logs) { survives(fuzz::fuzz_log, "log", 4000); }
BOOST_AUTO_TEST_CASE(files_of_evidence) { survives(fuzz::fuzz_evidence, "evidence", 5000); }
BOOST_AUTO_TEST_CASE(lists) { survives(fuzz::fuzz_rlp, "rlp", 20000); }

BOOST_AUTO_TEST_SUITE_END()
