#include "node/inspect/messages.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "tests/node/inspect/scene.hpp"

using namespace horae;
using namespace horae::test;

namespace {

constexpr std::uint64_t message_second_ns = 1'000'000'000;

CapturedMessage message_of(const std::string& text, std::uint64_t from = 0) {
  CapturedMessage out;
  out.at_ns = ActorMeter::now_ns();
  out.from = from;
  out.kind = "Append";
  out.bytes = text.size();
  out.decode = [text] { return text; };
  return out;
}

boost::json::value json_of(const inspect::Messages& answer, unsigned place) {
  return boost::json::parse(inspect::as_json((*answer).getMessages()[place]));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(messages)

BOOST_AUTO_TEST_CASE(they_are_kept_from_the_first_question_on) {
  InspectScene scene;
  const auto mempool = scene.meters->add("mempool");
  scene.meters->add("door 1")->actor_id = 9;
  mempool->ring.keep(message_of("{}"));
  auto attached = inspect::Attachment::open(scene.socket).value();
  BOOST_TEST((*attached.messages("mempool", 0, 10).value()).getMessages().size() == 0u);
  mempool->ring.keep(message_of(R"({"one":1})", 9));
  mempool->ring.keep(message_of(R"({"two":2})"));
  const auto both = attached.messages("mempool", 0, 10).value();
  BOOST_REQUIRE((*both).getMessages().size() == 2u);
  const auto first = json_of(both, 0);
  BOOST_TEST(first.at("from").as_string() == "door 1");
  BOOST_TEST(first.at("kind").as_string() == "Append");
  BOOST_TEST(first.at("content").at("one").to_number<int>() == 1);
  BOOST_TEST(json_of(both, 1).at("from").as_string() == "outside");
  BOOST_TEST((*both).getLast() == 2u);

  mempool->ring.keep(message_of(R"({"three":3})"));
  const auto next = attached.messages("mempool", (*both).getLast(), 10).value();
  BOOST_REQUIRE((*next).getMessages().size() == 1u);
  BOOST_TEST(json_of(next, 0).at("number").to_number<int>() == 3);
  const auto none = attached.messages("nobody", 0, 10).value();
  BOOST_TEST(!(*none).getFound());
}

BOOST_AUTO_TEST_CASE(a_long_one_is_cut_and_the_answer_stays_small) {
  InspectScene scene;
  const auto meter = scene.meters->add("mempool");
  auto attached = inspect::Attachment::open(scene.socket).value();
  BOOST_REQUIRE(attached.messages("mempool", 0, 1).has_value());
  for (std::size_t i = 0; i < 2 * MessageRing::entries; ++i) {
    meter->ring.keep(message_of(std::string(3 * most_decoded, 'x')));
  }
  std::uint64_t last = 0;
  std::size_t heard = 0;
  for (bool more = true; more;) {
    const auto answer = attached.messages("mempool", last, UINT32_MAX);
    BOOST_REQUIRE_MESSAGE(answer.has_value(), (answer ? "" : answer.error().what));
    last = (**answer).getLast();
    std::size_t bytes = 0;
    for (const auto message : (**answer).getMessages()) {
      BOOST_TEST(message.getCut());
      bytes += message.getDecoded().size();
      ++heard;
    }
    more = (**answer).getMessages().size() > 0;
    if (more) BOOST_TEST(json_of(*answer, 0).at("content").is_null());
    BOOST_TEST(bytes <= most_decoded_in_all);
  }
  BOOST_TEST(heard > 30u);
  BOOST_TEST(last == 2 * MessageRing::entries);
}

BOOST_AUTO_TEST_CASE(without_questions_they_are_let_go_of) {
  const auto meters = std::make_shared<Meters>();
  const auto meter = meters->add("mempool");
  const Sampler sampler(meters);
  {
    MessageWatch watch(meters);
    capnp::MallocMessageBuilder builder;
    watch.answer(builder.initRoot<schema::Inspector::Messages>(), "mempool", 0, 1, sampler,
                 {1000, 100 * message_second_ns, 0, 0});
    watch.tick(109 * message_second_ns);
    BOOST_TEST(meter->ring.watched());
    meter->ring.keep(message_of("{}"));
    watch.tick(110 * message_second_ns);
    BOOST_TEST(!meter->ring.watched());
    BOOST_TEST(meter->ring.after(0, 10).empty());
    watch.answer(builder.initRoot<schema::Inspector::Messages>(), "mempool", 0, 1, sampler,
                 {1000, 120 * message_second_ns, 0, 0});
    BOOST_TEST(meter->ring.watched());
  }
  BOOST_TEST(!meter->ring.watched());
}

BOOST_AUTO_TEST_CASE(the_sampler_tells_latencies_and_edges_of_its_window) {
  const auto meters = std::make_shared<Meters>();
  const auto mempool = meters->add("mempool");
  const auto journal = meters->add("journal");
  mempool->actor_id = 3;
  journal->actor_id = 4;
  const auto ours = [] { return true; };
  mempool->latency.add(50'000'000);
  for (int i = 0; i < 20; ++i) journal->senders.count(3, ours);
  Sampler sampler(meters);
  sampler.sample(10 * message_second_ns);
  for (int i = 0; i < 100; ++i) mempool->latency.add(1000);
  for (int i = 0; i < 30; ++i) journal->senders.count(3, ours);
  journal->senders.count(0, ours);

  const auto seen = sampler.read(15 * message_second_ns);
  BOOST_TEST(seen.at(0).p99_ns < 1125u);
  BOOST_TEST(seen.at(0).p50_ns >= 1000u);
  BOOST_TEST(seen.at(0).p99_since_start_ns < 1125u);
  BOOST_TEST(seen.at(1).p50_ns == 0u);
  const auto edges = sampler.edges(15 * message_second_ns);
  BOOST_REQUIRE(edges.size() == 2u);
  BOOST_TEST(edges[0].from == "mempool");
  BOOST_TEST(edges[0].to == "journal");
  BOOST_TEST(edges[0].messages == 50u);
  BOOST_TEST(edges[0].rate == 6.0);
  BOOST_TEST(edges[1].from == "outside");
  BOOST_TEST(edges[1].messages == 1u);
}

BOOST_AUTO_TEST_CASE(the_tool_prints_them_as_they_come) {
  InspectScene scene;
  const auto meter = scene.meters->add("mempool");
  std::thread talker([&] {
    for (int waited = 0; !meter->ring.watched() && waited < 20'000; ++waited) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    for (int i = 0; i < 3; ++i) meter->ring.keep(message_of(R"({"i":)" + std::to_string(i) + "}"));
  });
  const auto tool = std::string(HORAE_INSPECT) + " --datadir " + scene.directory.path.string();
  const auto ended = run("timeout 30 " + tool + " --json --messages mempool --count 3");
  talker.join();
  BOOST_TEST(ended.code == 0);
  BOOST_TEST(std::ranges::count(ended.printed, '\n') == 3);
  BOOST_TEST(boost::json::parse(ended.printed.substr(0, ended.printed.find('\n')))
                 .at("content")
                 .at("i")
                 .to_number<int>() == 0);

  const auto nobody = run(tool + " --messages nobody");
  BOOST_TEST(nobody.code == 2);
  BOOST_TEST(nobody.printed.find("no actor \"nobody\"; it has \"mempool\"") != std::string::npos);
  const auto twice = run(tool + " --json --watch --count 2");
  BOOST_TEST(twice.code == 0);
  BOOST_TEST(std::ranges::count(twice.printed, '\n') == 2);
  BOOST_TEST(run(tool + " --count 2").code == 2);
}

BOOST_AUTO_TEST_SUITE_END()
