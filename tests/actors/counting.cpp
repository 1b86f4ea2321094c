#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <csignal>
#include <random>

#include "tests/fixture/house.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;

namespace {

std::shared_ptr<ActorMeter> meter_of(const House& house, const std::string& name) {
  for (const auto& meter : house.meters.all()) {
    if (meter->name == name) return meter;
  }
  BOOST_FAIL("no actor " + name);
  return nullptr;
}

std::uint64_t sent(const House& house, const std::string& from, const std::string& to) {
  const auto id = meter_of(house, from)->actor_id.load();
  for (const auto& edge : meter_of(house, to)->senders.edges()) {
    if (edge.from == id) return edge.messages;
  }
  return 0;
}

CapturedMessage message_of(std::size_t bytes) {
  CapturedMessage out;
  out.bytes = bytes;
  out.decode = [] { return std::string("{}"); };
  return out;
}

using thrower_actor = caf::typed_actor<caf::reacts_to<caf::tick_atom>>;
class Thrower : public Metered<thrower_actor::base> {
 public:
  using Metered::Metered;
  behavior_type make_behavior() override {
    return {[](caf::tick_atom) { throw std::runtime_error("a fault"); }};
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(counting)

BOOST_AUTO_TEST_CASE(every_duration_is_in_the_bucket_that_ends_at_it_or_an_eighth_later) {
  std::mt19937_64 chance(3);
  for (int i = 0; i < 20'000; ++i) {
    const auto ns = chance() >> (26 + chance() % 38);
    const auto bucket = LatencyHistogram::bucket_of(ns);
    const auto longest = LatencyHistogram::longest_in(bucket);
    BOOST_REQUIRE(longest >= ns);
    BOOST_REQUIRE(longest - ns <= ns / 8);
    BOOST_REQUIRE(bucket == 0 || LatencyHistogram::longest_in(bucket - 1) < ns);
  }
  BOOST_TEST(LatencyHistogram::bucket_of(~std::uint64_t{0}) == LatencyHistogram::buckets - 1);
}

BOOST_AUTO_TEST_CASE(a_quantile_is_what_a_part_of_all_did_not_exceed) {
  LatencyHistogram histogram;
  BOOST_TEST(LatencyHistogram::quantile(histogram.counts(), 0.5) == 0u);
  for (int i = 0; i < 98; ++i) histogram.add(1000);
  histogram.add(5'000'000);
  histogram.add(70'000'000);
  const auto at = [&](double part) { return LatencyHistogram::quantile(histogram.counts(), part); };
  BOOST_TEST(at(0.5) / 1024 == 0u);
  BOOST_TEST(at(0.98) / 1024 == 0u);
  BOOST_TEST(at(0.99) >= 5'000'000u);
  BOOST_TEST(at(0.99) <= 5'625'000u);
  BOOST_TEST(at(1) >= 70'000'000u);
}

BOOST_AUTO_TEST_CASE(senders_beyond_the_bound_and_strangers_are_counted_together) {
  EdgeCounts counts;
  int asked = 0;
  const auto ours = [&] { return ++asked > 0; };
  for (std::uint64_t from = 1; from <= EdgeCounts::most + 5; ++from) {
    counts.count(from, ours);
    counts.count(from, ours);
  }
  BOOST_TEST(counts.edges().size() == EdgeCounts::most);
  for (const auto& edge : counts.edges()) BOOST_TEST(edge.messages == 2u);
  BOOST_TEST(counts.others() == 10u);

  EdgeCounts of_strangers;
  for (int i = 0; i < 3; ++i) {
    of_strangers.count(7, [] { return false; });
    of_strangers.count(0, [] { return true; });
  }
  BOOST_TEST(of_strangers.outside() == 6u);
  BOOST_TEST(of_strangers.edges().empty());
}

BOOST_AUTO_TEST_CASE(a_ring_keeps_the_last_ones_within_its_bounds_and_only_while_watched) {
  MessageRing ring;
  ring.keep(message_of(1));
  BOOST_TEST(ring.last() == 0u);
  ring.watch(true);
  for (std::size_t i = 0; i < 3 * MessageRing::entries; ++i) ring.keep(message_of(10));
  BOOST_TEST(ring.after(0, 1000).size() == MessageRing::entries);
  BOOST_TEST(ring.after(ring.last() - 3, 1000).size() == 3u);
  const auto two = ring.after(0, 2);
  BOOST_REQUIRE(two.size() == 2u);
  BOOST_TEST(two.back().number == ring.last());

  for (int i = 0; i < 40; ++i) ring.keep(message_of(MessageRing::largest));
  std::size_t bytes = 0;
  for (const auto& seen : ring.after(0, 1000)) bytes += seen.bytes;
  BOOST_TEST(bytes <= MessageRing::bytes);
  ring.keep(message_of(MessageRing::largest + 1));
  BOOST_TEST(!ring.after(0, 1).front().decode);
  ring.watch(false);
  BOOST_TEST(ring.after(0, 1000).empty());
}

BOOST_AUTO_TEST_CASE(an_edge_goes_from_who_sends_to_who_is_sent_to) {
  Ground ground;
  House house(ground);
  for (std::uint64_t nonce = 0; nonce < 5; ++nonce) {
    BOOST_TEST((house.submit(raw_of(Transfer{.nonce = nonce})).refused == Reason::NONE));
  }
  BOOST_TEST(meter_of(house, "door")->senders.outside() == 5u);
  BOOST_TEST(sent(house, "door", "accounts") == 5u);
  BOOST_TEST(sent(house, "accounts", "door") == 5u);
  BOOST_TEST(sent(house, "door", "mempool") == 5u);
  // The mempool passes the door's question on: it is the mempool that sends.
  BOOST_TEST(sent(house, "mempool", "journal") == 5u);
  BOOST_TEST(sent(house, "door", "journal") == 0u);
  BOOST_TEST(sent(house, "journal", "door") == 5u);
}

BOOST_AUTO_TEST_CASE(at_rest_nothing_seems_to_wait) {
  Ground ground;
  House house(ground);
  house.produce();
  for (std::uint64_t nonce = 0; nonce < 3; ++nonce) {
    house.submit(raw_of(Transfer{.nonce = nonce}));
    house.pass(1000);
  }
  std::uint64_t blocks = 0;
  for (const auto& fact : house.facts(Domain::BLOCKS)) {
    blocks += Msg<schema::BlocksFact>::of(fact).read().isBlockSealed() ? 1 : 0;
  }
  BOOST_TEST(blocks >= 3u);
  for (const auto& meter : house.meters.all()) {
    BOOST_TEST(meter->enqueued.load() == meter->handled.load(), meter->name);
    std::uint64_t measured = 0;
    for (const auto count : meter->latency.counts()) measured += count;
    BOOST_TEST(measured == meter->handled.load(), meter->name);
  }
}

BOOST_AUTO_TEST_CASE(a_watched_actor_s_messages_are_decoded_by_who_asks) {
  Ground ground;
  House house(ground);
  house.submit(raw_of(Transfer{}));
  const auto mempool = meter_of(house, "mempool");
  const auto journal = meter_of(house, "journal");
  BOOST_TEST(mempool->ring.after(0, 100).empty());
  mempool->ring.watch(true);
  journal->ring.watch(true);
  const Transfer transfer{.nonce = 1};
  house.submit(raw_of(transfer));

  const auto commands = mempool->ring.after(0, 100);
  BOOST_REQUIRE(commands.size() == 1u);
  BOOST_TEST(commands[0].kind == "MempoolCommand");
  BOOST_TEST(commands[0].from == meter_of(house, "door")->actor_id.load());
  BOOST_TEST(!commands[0].answer);
  BOOST_TEST(commands[0].bytes > raw_of(transfer).size());
  const auto command = boost::json::parse(commands[0].decode());
  BOOST_TEST(command.at("submit").at("txn").at("hash").as_string() == to_hex(hash_of(transfer)));

  const auto seen = journal->ring.after(0, 100);
  const auto append =
      std::ranges::find_if(seen, [](const auto& each) { return each.kind == "Append"; });
  BOOST_REQUIRE(append != seen.end());
  BOOST_TEST(append->from == mempool->actor_id.load());
  const auto facts = boost::json::parse(append->decode()).at("facts").as_array();
  BOOST_REQUIRE(facts.size() == 1u);
  BOOST_TEST(facts[0].at("txnAdmitted").at("txn").at("raw").as_string() ==
             to_hex(raw_of(transfer)));
}

BOOST_AUTO_TEST_CASE(an_exception_that_leaves_an_actor_stops_the_process_and_says_where) {
  // Its own process, which is stopped as a node is.
  const pid_t child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    ::close(STDERR_FILENO);
    std::signal(SIGABRT, SIG_DFL);
    Stage stage;
    Meters meters;
    const auto thrower = stage.system.spawn<Thrower>(meters.add("thrower"));
    caf::anon_send(thrower, caf::tick_atom::value);
    stage.scheduler.run();
    ::_exit(0);
  }
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST((WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT));

  const StopsThrow stops;
  const auto end = [](const auto& thrown) {
    return end_at(ActorMeter("thrower"), std::make_exception_ptr(thrown));
  };
  BOOST_CHECK_EXCEPTION(end(std::runtime_error("a fault")), Stopped, [](const Stopped& told) {
    return std::string(told.what()) == "an exception left the thrower: a fault";
  });
  BOOST_TEST((end(Stopped("by a test")) == caf::sec::runtime_error));
}

BOOST_AUTO_TEST_SUITE_END()
