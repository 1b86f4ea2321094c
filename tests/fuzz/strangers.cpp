#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <random>

#include "events/domains.hpp"
#include "tests/fixture/life.hpp"
#include "tests/fuzz/targets.hpp"

using namespace horae;
using namespace horae::test;

BOOST_AUTO_TEST_SUITE(strangers)

// Each input is a life of a pool; HORAE_STRANGERS is how many lives. A rule without an end would
// keep this from ending.
BOOST_AUTO_TEST_CASE(whatever_they_say_is_settled_or_refused) {
  const StopsThrow stops;
  const auto* wanted = std::getenv("HORAE_STRANGERS");
  const int lives = wanted == nullptr ? 200 : std::stoi(wanted);
  std::mt19937_64 random(7);
  fuzz::KindsMade made;
  for (int life = 0; life < lives; ++life) {
    Bytes bytes(2048);
    for (auto& each : bytes) each = static_cast<std::uint8_t>(random());
    try {
      fuzz::settle_strangers(bytes, made);
    } catch (const std::exception& broken) {
      BOOST_FAIL(std::string(broken.what()) + ": life " + std::to_string(life) + ", " +
                 to_hex(bytes));
    }
  }
  // Or they are too tame: every kind of a shared fact was decided.
  for_each_shared([&](auto row) {
    using Fact = typename decltype(row)::Fact;
    for (const auto field : capnp::Schema::from<Fact>().getUnionFields()) {
      const auto kind = field.getProto().getDiscriminantValue();
      if (kind == 0 || !is_shared(domain_of<Fact>, kind)) continue;
      BOOST_TEST(made.contains({domain_of<Fact>, kind}), field.getProto().getName().cStr());
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()
