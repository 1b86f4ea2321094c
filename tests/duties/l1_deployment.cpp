#include "duties/l1_deployment.hpp"

#include "duties/l1_memo.hpp"
#include "tests/duties/recorded.hpp"

using namespace horae;
using namespace horae::test;

namespace {

// Where the recorded contracts begin: LockingInfo's proxy, then LockingPool's.
constexpr std::uint64_t info_block = 8, pool_block = 10;

L1Header head_of(L1Port& l1) { return **l1.head(L1Tag::latest); }

ViewContracts recorded_pool() { return {contract("lockingPool"), contract("lockingInfo")}; }

std::string said_of(L1Port& l1, const ViewContracts& contracts, bool no_code = false) {
  const auto found =
      check_addresses(l1, contracts, {"l1.locking_pool", "l1.locking_info"}, head_of(l1));
  BOOST_REQUIRE(found);
  if (!*found) return {};
  BOOST_TEST((*found)->no_code == no_code);
  return (*found)->what;
}

Deployment found_from(L1Port& l1, std::uint64_t wanted) {
  const auto found = find_deployment(l1, recorded_pool(), wanted, head_of(l1));
  BOOST_REQUIRE(found);
  return *found;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(l1_deployment)

BOOST_AUTO_TEST_CASE(the_addresses_of_a_pool_are_right) {
  Recorded recorded;
  BOOST_TEST(said_of(recorded.l1, recorded_pool()).empty());
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_addresses_is_said_by_the_setting_and_what_is_there) {
  Recorded recorded;
  const auto [pool, info] = recorded_pool();
  const auto swapped = said_of(recorded.l1, {info, pool});
  BOOST_TEST(contains(swapped, "l1.locking_pool and l1.locking_info are swapped"), swapped);

  const auto token = said_of(recorded.l1, {contract("token"), info});
  BOOST_TEST(contains(token, "l1.locking_pool " + to_hex(contract("token")) +
                                 " is no LockingPool, but METIS, the token; the LockingPool of"),
             token);
  BOOST_TEST(token.ends_with(" is " + to_hex(pool)), token);

  const auto other = said_of(recorded.l1, {pool, contract("walletOwner")});
  BOOST_TEST(other.starts_with("l1.locking_info " + to_hex(contract("walletOwner")) +
                               " is no LockingInfo"),
             other);
  BOOST_TEST(other.ends_with(" is " + to_hex(info)), other);

  const auto twice = said_of(recorded.l1, {info, info});
  BOOST_TEST(contains(twice, "is no LockingPool"), twice);
  const auto both = said_of(recorded.l1, {contract("token"), contract("bridge")});
  BOOST_TEST(contains(both, "is no LockingPool"), both);
  BOOST_TEST(contains(both, "is no LockingInfo"), both);

  auto nobody = pool;
  nobody.bytes[0] ^= 1;
  const auto nothing = said_of(recorded.l1, {nobody, info}, true);
  BOOST_TEST(nothing == "there is no contract at l1.locking_pool " + to_hex(nobody));
}

BOOST_AUTO_TEST_CASE(contracts_of_two_pools_are_no_pool) {
  Recorded recorded;
  // The recorded LockingInfo as it would be of another pool.
  class OtherManager : public L1Memo {
   public:
    using L1Memo::L1Memo;
    L1Result<std::vector<Bytes>> calls(const L1Header& block,
                                       const std::vector<L1Call>& calls) override {
      auto out = L1Memo::calls(block, calls);
      if (out && calls.front().to == contract("lockingInfo")) out->front().at(31) ^= 1;
      return out;
    }
  } l1(recorded.l1);
  const auto said = said_of(l1, recorded_pool());
  BOOST_TEST(contains(said, "is the LockingInfo of another LockingPool"), said);
}

BOOST_AUTO_TEST_CASE(the_first_block_is_found_from_any_other) {
  Recorded recorded;
  for (const std::uint64_t wanted : {0, 1, 7, 8, 9, 10, 50, 103, 1'000'000}) {
    const auto found = found_from(recorded.l1, wanted);
    BOOST_TEST_CONTEXT(wanted) {
      BOOST_REQUIRE(found.block.has_value());
      BOOST_TEST(*found.block == info_block);
      BOOST_TEST(found.before_wanted == (wanted > info_block));
    }
  }
}

BOOST_AUTO_TEST_CASE(without_old_state_the_first_block_is_not_known) {
  Recorded recorded({"--no-archive", "20"});
  const auto right = found_from(recorded.l1, info_block);
  BOOST_TEST(!right.block.has_value());
  BOOST_TEST(!right.before_wanted);
  BOOST_TEST(contains(right.unknown, "missing trie node"), right.unknown);
  const auto late = found_from(recorded.l1, 90);
  BOOST_TEST(!late.block.has_value());
  BOOST_TEST(late.before_wanted);
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_shows_no_code_where_state_is_gone_is_not_believed) {
  Recorded recorded;
  class Empty : public L1Memo {
   public:
    using L1Memo::L1Memo;
    L1Result<bool> has_code(const Address& address, std::uint64_t block) override {
      if (block < kept) return false;
      return L1Memo::has_code(address, block);
    }
    std::uint64_t kept = pool_block + 1;
  } l1(recorded.l1);
  const std::vector<Address> both{contract("lockingPool"), contract("lockingInfo")};
  while (!l1.logs(l1.kept, l1.kept, both)->logs.empty()) ++l1.kept;
  const auto found = found_from(l1, 1);
  BOOST_TEST(!found.block.has_value());
  BOOST_TEST(contains(found.unknown, "no log of theirs stands in block"), found.unknown);
}

BOOST_AUTO_TEST_SUITE_END()
