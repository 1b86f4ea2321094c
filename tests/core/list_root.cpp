#include "core/eth/list_root.hpp"

#include <boost/test/unit_test.hpp>

using namespace horae;

namespace {

Hash32 root_of(const std::vector<Bytes>& items) {
  std::vector<BytesView> views(items.begin(), items.end());
  return list_root(views);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(list_roots)

// emptyRoot of go-ethereum and of the yellow paper: keccak256(rlp("")).
BOOST_AUTO_TEST_CASE(an_empty_list_has_the_empty_tries_root) {
  BOOST_TEST(to_hex(root_of({})) ==
             "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
}

// Computed by go-ethereum 1.17.5 (types.DeriveSha over a StackTrie): lists of n texts, the i-th of
// i + 1 bytes i. Beyond 16 items there is an extension, beyond 128 keys of two bytes.
BOOST_AUTO_TEST_CASE(lists_have_the_roots_that_geth_gives_them) {
  const auto list = [](std::size_t count) {
    std::vector<Bytes> out;
    for (std::size_t i = 0; i < count; ++i) out.emplace_back(i % 200 + 1, std::uint8_t(i));
    return root_of(out);
  };
  BOOST_TEST(to_hex(list(1)) ==
             "0x7da536f7df63a0dfb481590e53be0e3063d9b798925cc3d479a3eb3155d0b394");
  BOOST_TEST(to_hex(list(2)) ==
             "0x47a291e1f0920ea2b564d3d828c0f3a4691bc9f2b15813c5a3a3e7e3d6bd17ef");
  BOOST_TEST(to_hex(list(17)) ==
             "0xfd0acc349d10c623311c31910cd43892a036fc692b96340a9ae1ff4225ef8feb");
  BOOST_TEST(to_hex(list(200)) ==
             "0x1490cfa59b5fc9f7af18c9acf16c00be53c7369a62ba420a53d493ba243f95f2");
  BOOST_TEST(to_hex(list(1000)) ==
             "0x93fd1b75ad11c1f2d5fdb3c7c43778b4979f09ba3cabbcb79bfbdf45134c8fc4");
}

BOOST_AUTO_TEST_SUITE_END()
