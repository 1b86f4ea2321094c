#include "duties/checked_inputs.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/fixture/secret.hpp"

// What consensus shows again and again is judged once.

using namespace horae;
using namespace horae::test;

BOOST_AUTO_TEST_SUITE(checked_inputs)

namespace {

Bytes input(std::uint64_t number) {
  const auto command = Msg<schema::SharedCommand>::build(
      [](auto root) { root.initBlocks().initSetEpochLength().setBlocks(5); });
  const auto signed_input = sign_input("chain", number, command, secret(1));
  return Bytes(signed_input.bytes().begin(), signed_input.bytes().end());
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_was_good_is_not_judged_again) {
  CheckedInputs inputs("chain");
  const auto first = inputs.look_at(input(1));
  BOOST_REQUIRE(first.has_value());
  BOOST_TEST((*first)->number == 1u);
  BOOST_TEST((inputs.look_at(input(1)).value() == *first));
  BOOST_TEST((inputs.look_at(input(2)).value() != *first));
  inputs.forget((*first)->key);
  BOOST_TEST((inputs.look_at(input(1)).value() != *first));
}

BOOST_AUTO_TEST_CASE(what_was_bad_is_bad_again) {
  CheckedInputs inputs("chain");
  auto bytes = input(1);
  BOOST_REQUIRE(inputs.look_at(bytes).has_value());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] ^= 1;
    BOOST_TEST(!inputs.look_at(bytes).has_value());
    BOOST_TEST(!inputs.look_at(bytes).has_value());
    bytes[i] ^= 1;
  }
  BOOST_TEST(!CheckedInputs("other").look_at(bytes).has_value());
  BOOST_TEST(!inputs.look_at(Bytes(input_max_bytes + 8)).has_value());
}

BOOST_AUTO_TEST_CASE(the_newest_are_kept) {
  const auto length = input(1).size();
  CheckedInputs inputs("chain", 3 * length);
  const auto first = inputs.look_at(input(1)).value();
  const auto second = inputs.look_at(input(2)).value();
  inputs.look_at(input(3)).value();
  inputs.look_at(input(4)).value();
  BOOST_TEST((inputs.look_at(input(2)).value() == second));
  BOOST_TEST((inputs.look_at(input(1)).value() != first));
}

BOOST_AUTO_TEST_SUITE_END()
