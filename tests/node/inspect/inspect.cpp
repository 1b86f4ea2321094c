#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <future>
#include <sstream>
#include <thread>

#include "node/inspect/sampler.hpp"
#include "tests/node/inspect/scene.hpp"

using namespace horae;
using namespace horae::test;

namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> keys_of(const boost::json::value& value) {
  std::vector<std::string> keys;
  for (const auto& member : value.as_object()) keys.emplace_back(member.key());
  return keys;
}

void check_keys(const boost::json::value& value, const std::vector<std::string>& wanted) {
  const auto got = keys_of(value);
  BOOST_CHECK_EQUAL_COLLECTIONS(got.begin(), got.end(), wanted.begin(), wanted.end());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sampler)

BOOST_AUTO_TEST_CASE(rates_are_taken_over_the_kept_samples) {
  const auto meters = std::make_shared<Meters>();
  const auto meter = meters->add("worker");
  Sampler sampler(meters);
  for (std::uint64_t i = 0; i < 30; ++i) {  // 5 messages and a quarter of each second
    sampler.sample(100 * second_ns + i * second_ns);
    meter->enqueued += 5;
    meter->handled += 5;
    meter->busy_ns += second_ns / 4;
  }
  const auto seen = sampler.read(130 * second_ns).at(0);
  BOOST_TEST(seen.window_ms == Sampler::kept * 1000);
  BOOST_TEST(seen.rate == 5.0);
  BOOST_TEST(seen.busy_per_mille == 250);
  BOOST_TEST(seen.messages == 150u);
  BOOST_TEST(seen.mailbox_depth == 0u);
  BOOST_TEST(!seen.busy);
}

BOOST_AUTO_TEST_CASE(a_running_handler_counts_as_busy_time_before_it_ends) {
  const auto meters = std::make_shared<Meters>();
  const auto meter = meters->add("worker");
  Sampler sampler(meters);
  sampler.sample(10 * second_ns);
  meter->enqueued = 3;
  meter->since_ns = 12 * second_ns;
  const auto seen = sampler.read(14 * second_ns).at(0);
  BOOST_TEST(seen.busy);
  BOOST_TEST(seen.busy_for_ms == 2000u);
  BOOST_TEST(seen.busy_per_mille == 500);
  BOOST_TEST(seen.mailbox_depth == 2u);  // the third is in hand
}

BOOST_AUTO_TEST_CASE(an_actor_without_a_sample_has_no_window_yet) {
  const auto meters = std::make_shared<Meters>();
  Sampler sampler(meters);
  sampler.sample(second_ns);
  meters->add("late")->handled = 7;
  const auto seen = sampler.read(2 * second_ns).at(0);
  BOOST_TEST(seen.messages == 7u);
  BOOST_TEST(seen.window_ms == 0u);
  BOOST_TEST(seen.rate == 0.0);
}

BOOST_AUTO_TEST_CASE(counters_that_run_ahead_of_the_reader_never_go_below_zero) {
  const auto meters = std::make_shared<Meters>();
  const auto meter = meters->add("worker");
  Sampler sampler(meters);
  sampler.sample(5 * second_ns);
  meter->handled = 2;  // more than enqueued
  meter->since_ns = 9 * second_ns;
  const auto seen = sampler.read(6 * second_ns).at(0);
  BOOST_TEST(seen.mailbox_depth == 0u);
  BOOST_TEST(seen.busy_for_ms == 0u);
  BOOST_TEST(seen.busy_per_mille == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(inspector)

BOOST_AUTO_TEST_CASE(a_snapshot_has_all_that_the_schema_names) {
  InspectScene scene;
  const auto journal = scene.meters->add("journal");
  journal->enqueued = 12;
  journal->handled = 10;
  journal->facts = 40;
  journal->last_message = "Append";
  scene.meters->add("mempool");
  scene.board->engine_head = 8;
  scene.board->sealed_head = 7;
  scene.board->change<Board::Journal>([](Board::Journal& seen) {
    seen = {.commits = 4,
            .facts = 10,
            .last_batch = 2,
            .largest_batch = 6,
            .last_commit_us = 900,
            .slowest_commit_us = 5000,
            .commit_us = 8000,
            .seq = 41};
  });
  scene.board->change<Board::L1>([](Board::L1& l1) {
    l1.state = "following";
    l1.head = 100;
    l1.confirmed = 98;
  });
  scene.board->change<Board::Production>([](Board::Production& production) {
    production = {"stopped", "this sequencer is not \"Active\""};
  });
  scene.board->verification.done = 5;
  scene.board->verification.total = 50'000;
  scene.board->verification.rate = 3;
  scene.board->change<Board::Room>([](Board::Room& room) {
    room.state = "scarce";
    room.reason = "1 MiB are free";
    room.used_bytes = 4096;
    room.map_bytes = 1 << 20;
    room.disk_free_bytes = 1 << 19;
  });

  const auto seen = scene.json();
  check_keys(seen, {"node", "time", "condition", "actors", "edges", "journal", "engine", "l1",
                    "production", "room", "verification", "readers", "lints"});
  check_keys(seen.at("condition"), {"state", "words", "sinceMs", "besides"});
  BOOST_TEST(seen.at("condition").at("state").as_string() == "starting");
  check_keys(seen.at("node"), {"pid", "version", "startedMs", "uptimeMs"});
  BOOST_TEST(seen.at("node").at("pid").to_number<int>() == ::getpid());
  BOOST_TEST(seen.at("time").to_number<std::uint64_t>() == 1'700'000'000'000u);
  const auto& actors = seen.at("actors").as_array();
  BOOST_REQUIRE(actors.size() == 2u);
  check_keys(actors[0], {"name", "state", "stuckForMs", "busySinceMs", "mailboxDepth", "messages",
                         "facts", "rate", "busyShare", "windowMs", "lastMessage", "latencyNs"});
  BOOST_TEST(actors[0].at("name").as_string() == "journal");
  BOOST_TEST(actors[0].at("state").as_string() == "idle");
  BOOST_TEST(actors[0].at("mailboxDepth").to_number<int>() == 2);
  BOOST_TEST(actors[0].at("messages").to_number<int>() == 10);
  BOOST_TEST(actors[0].at("facts").to_number<int>() == 40);
  BOOST_TEST(actors[0].at("lastMessage").as_string() == "Append");
  BOOST_TEST(actors[1].at("lastMessage").is_null());
  BOOST_TEST(boost::json::serialize(seen.at("journal")) ==
             boost::json::serialize(boost::json::parse(
                 R"({"seq":41,"commits":4,"facts":10,"lastBatch":2,"largestBatch":6,)"
                 R"("meanBatch":2.5,"lastCommitUs":900,"meanCommitUs":2000,)"
                 R"("slowestCommitUs":5000})")));
  BOOST_TEST(boost::json::serialize(seen.at("engine")) == R"({"head":8,"sealedHead":7})");
  BOOST_TEST(boost::json::serialize(seen.at("l1")) ==
             R"({"state":"following","reason":null,"head":100,"confirmed":98,"finalized":null})");
  BOOST_TEST(boost::json::serialize(seen.at("production")) ==
             R"({"state":"stopped","reason":"this sequencer is not \"Active\""})");
  BOOST_TEST(boost::json::serialize(seen.at("room")) ==
             R"({"state":"scarce","reason":"1 MiB are free","usedBytes":4096,)"
             R"("mapBytes":1048576,"diskFreeBytes":524288})");
  BOOST_TEST(boost::json::serialize(seen.at("verification")) ==
             R"({"state":"running","done":5,"total":50000,"rate":3})");
}

BOOST_AUTO_TEST_CASE(a_stuck_actor_is_seen_to_be_stuck) {
  InspectScene scene;
  const auto meter = scene.meters->add("engine");
  meter->enqueued = 5;
  meter->since_ns = ActorMeter::now_ns() - 90 * second_ns;
  meter->last_message = "BuildBlock";
  const auto seen = scene.json().at("actors").at(0);
  BOOST_TEST(seen.at("state").as_string() == "stuck");
  BOOST_TEST(seen.at("stuckForMs").to_number<std::uint64_t>() >= 90'000u);
  BOOST_TEST(seen.at("busySinceMs").to_number<std::uint64_t>() <= 1'700'000'000'000u - 90'000u);
  BOOST_TEST(seen.at("mailboxDepth").to_number<int>() == 4);
  BOOST_TEST(seen.at("lastMessage").as_string() == "BuildBlock");
}

BOOST_AUTO_TEST_CASE(a_hundred_attach_at_once) {
  InspectScene scene;
  scene.meters->add("journal");
  auto io = kj::setupAsyncIo();
  auto address = io.provider->getNetwork().parseAddress("unix:" + scene.socket.string());
  auto where = address.wait(io.waitScope);
  std::vector<kj::Own<kj::AsyncIoStream>> streams;
  std::vector<std::unique_ptr<capnp::TwoPartyClient>> clients;
  for (int i = 0; i < 100; ++i) {
    streams.push_back(where->connect().wait(io.waitScope));
    clients.push_back(std::make_unique<capnp::TwoPartyClient>(*streams.back()));
  }
  int answers = 0;
  auto asked = kj::heapArrayBuilder<kj::Promise<void>>(300);
  for (int round = 0; round < 3; ++round) {
    for (const auto& client : clients) {
      asked.add(client->bootstrap().castAs<schema::Inspector>().snapshotRequest().send().then(
          [&answers](const capnp::Response<schema::Inspector::SnapshotResults>& answer) {
            answers += answer.getSnapshot().getActors().size() == 1 ? 1 : 0;
          }));
    }
  }
  kj::joinPromises(asked.finish()).wait(io.waitScope);
  BOOST_TEST(answers == 300);
}

BOOST_AUTO_TEST_CASE(rude_clients_harm_nobody) {
  InspectScene scene;
  scene.meters->add("journal");
  std::mt19937 chance(7);
  std::vector<RudeClient> rude;
  for (int i = 0; i < 40; ++i) {
    RudeClient garbage(scene.socket);
    garbage.say(noise(chance, chance() % 2000));
    if (i % 2 == 0) rude.push_back(std::move(garbage));  // the others vanish
    const RudeClient vanishes(scene.socket);
    rude.emplace_back(scene.socket).say(std::string("\0\0\0\0\x10", 5));  // half a header
    rude.emplace_back(scene.socket).stop_sending();
  }
  BOOST_TEST(scene.json().at("actors").as_array().size() == 1u);
  BOOST_TEST(rude.back().hung_up());
}

BOOST_AUTO_TEST_CASE(a_message_that_claims_to_be_huge_is_hung_up_on) {
  InspectScene scene;
  RudeClient huge(scene.socket);
  huge.say(std::string("\0\0\0\0\xff\xff\xff\x0f", 8));  // one segment of two GiB
  BOOST_TEST(huge.hung_up());
  BOOST_TEST(scene.json().is_object());
}

BOOST_AUTO_TEST_CASE(the_longest_silent_makes_room_beyond_the_bound) {
  InspectScene scene({.connections = 8});
  std::vector<RudeClient> holding;
  for (int i = 0; i < 20; ++i) holding.emplace_back(scene.socket);
  BOOST_TEST(scene.json().is_object());
  for (std::size_t i = 0; i < 13; ++i) BOOST_TEST(holding[i].hung_up());
}

BOOST_AUTO_TEST_CASE(who_never_reads_is_dropped) {
  InspectScene scene({.connections = 8, .unread_bytes = 1000});
  for (int i = 0; i < 200; ++i) scene.meters->add("one of many actors");  // 30 KiB an answer
  RudeClient asks(scene.socket);
  asks.say(questions(100));
  BOOST_TEST(asks.hung_up_on_without_reading());
  BOOST_TEST(scene.json().at("actors").as_array().size() == 200u);
}

namespace {

using Told = std::function<void(WordOutcome)>;
using WordState = schema::Inspector::WordState;

inspect::Asked<inspect::Outcome> told_to_yield(const InspectScene& scene,
                                               unsigned patience_ms = 5000) {
  auto attached = inspect::Attachment::open(scene.socket, patience_ms);
  BOOST_REQUIRE(attached.has_value());
  return attached->yield_turn();
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_operators_word_is_answered_when_something_came_of_it) {
  std::vector<OperatorWord> words;
  std::thread actor;
  const InspectScene scene({}, [&](OperatorWord word, Told told) {
    words.push_back(word);
    actor = std::thread([told = std::move(told)] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      told({WordOutcome::done, "another one leads"});
    });
  });
  const auto outcome = told_to_yield(scene);
  actor.join();
  BOOST_REQUIRE(outcome.has_value());
  BOOST_TEST(((**outcome).getState() == WordState::DONE));
  BOOST_TEST((**outcome).getWords().cStr() == "another one leads");
  BOOST_TEST((words == std::vector<OperatorWord>{{OperatorWord::yield_turn}}));
}

BOOST_AUTO_TEST_CASE(a_word_that_nobody_obeys_is_refused) {
  const InspectScene scene;
  const auto outcome = told_to_yield(scene);
  BOOST_REQUIRE(outcome.has_value());
  BOOST_TEST(((**outcome).getState() == WordState::REFUSED));
}

BOOST_AUTO_TEST_CASE(one_word_at_a_time_though_its_asker_is_gone) {
  std::promise<Told> begun;
  bool is_first = true;
  const InspectScene scene({}, [&](OperatorWord, Told told) {
    if (!std::exchange(is_first, false)) return told({WordOutcome::needless, "at once"});
    begun.set_value(std::move(told));
  });
  const auto state_now = [&] {
    const auto outcome = told_to_yield(scene);
    BOOST_REQUIRE(outcome.has_value());
    return (**outcome).getState();
  };
  bool answered = true;
  std::thread first([&] {
    auto attached = inspect::Attachment::open(scene.socket, 200);
    answered = !attached || attached->yield_turn().has_value();
  });
  const auto told = begun.get_future().get();
  first.join();
  BOOST_TEST(!answered);
  BOOST_TEST((state_now() == WordState::REFUSED));
  told({WordOutcome::done, "too late for anybody"});
  auto state = WordState::REFUSED;
  for (int tries = 0; tries < 100 && state == WordState::REFUSED; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    state = state_now();
  }
  BOOST_TEST((state == WordState::NEEDLESS));
}

BOOST_AUTO_TEST_CASE(the_server_ends_while_a_word_is_under_way) {
  std::promise<Told> begun;
  Told told;
  {
    const InspectScene scene({},
                             [&](OperatorWord, Told later) { begun.set_value(std::move(later)); });
    std::thread asker([&] {
      auto attached = inspect::Attachment::open(scene.socket, 200);
      if (attached) (void)attached->yield_turn();
    });
    told = begun.get_future().get();
    asker.join();
  }
  told({WordOutcome::done, "to nobody"});
}

BOOST_AUTO_TEST_CASE(a_word_that_is_let_go_ends_its_asker_with_a_fault) {
  const InspectScene scene({}, [](OperatorWord, const Told&) {});
  BOOST_TEST(!told_to_yield(scene).has_value());
}

BOOST_AUTO_TEST_CASE(the_socket_is_the_owners_and_goes_with_the_server) {
  InspectScene scene;
  struct stat found {};
  BOOST_REQUIRE(::stat(scene.socket.c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 07777) == 0600u);
  BOOST_TEST(S_ISSOCK(found.st_mode));
  scene.server.reset();
  BOOST_TEST(!std::filesystem::exists(scene.socket));
}

BOOST_AUTO_TEST_CASE(a_dead_nodes_socket_is_replaced_and_nothing_else) {
  InspectScene scene;
  const auto start = [&] {
    return InspectServer::start(scene.socket, scene.meters, scene.board,
                                std::make_shared<StillClock>());
  };
  const auto kept = scene.socket.parent_path() / "kept";
  std::filesystem::rename(scene.socket, kept);
  scene.server.reset();
  std::filesystem::rename(kept, scene.socket);
  BOOST_TEST(inspect::take_snapshot(scene.socket).error().what.find("its node is gone") !=
             std::string::npos);
  scene.server = start().value();
  BOOST_TEST(scene.json().is_object());

  scene.server.reset();
  std::ofstream(scene.socket) << "precious";
  BOOST_TEST(start().error().what.find("no socket stands there") != std::string::npos);
  BOOST_TEST(std::filesystem::file_size(scene.socket) == 8u);
}

BOOST_AUTO_TEST_CASE(a_directory_may_lie_deeper_than_an_address_is_long) {
  InspectScene scene;
  scene.server.reset();
  scene.socket = scene.directory.path / std::string(120, 'd') / "inspect.sock";
  std::filesystem::create_directory(scene.socket.parent_path());
  scene.server =
      InspectServer::start(scene.socket, scene.meters, scene.board, std::make_shared<StillClock>())
          .value();
  BOOST_TEST(std::filesystem::is_socket(scene.socket));
  BOOST_TEST(scene.json().is_object());
  scene.server.reset();
  BOOST_TEST(!std::filesystem::exists(scene.socket));
  BOOST_TEST((inspect::take_snapshot(scene.socket).error().exit() == Exit::unreachable));
}

BOOST_AUTO_TEST_CASE(it_stops_with_clients_attached) {
  InspectScene scene;
  RudeClient client(scene.socket);
  BOOST_TEST(scene.json().is_object());
  scene.server.reset();
  BOOST_TEST(client.hung_up());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(tool)

BOOST_AUTO_TEST_CASE(prints_one_line_of_json) {
  InspectScene scene;
  scene.meters->add("journal");
  const auto ended =
      run(std::string(HORAE_INSPECT) + " --json --datadir " + scene.directory.path.string());
  BOOST_TEST(ended.code == 0);
  BOOST_TEST(lines_of(ended.printed).size() == 1u);
  BOOST_TEST(boost::json::parse(ended.printed).at("actors").at(0).at("name").as_string() ==
             "journal");
}

BOOST_AUTO_TEST_CASE(the_table_fits_eighty_columns) {
  InspectScene scene;
  const auto meter = scene.meters->add("an_actor_with_a_very_long_name");
  meter->enqueued = 123'456'789'012'345;
  meter->handled = 12'345'678'901;
  meter->facts = 98'765'432'109;
  meter->busy_ns = 1;
  meter->since_ns = 1;
  meter->last_message = "AMessageWithAVeryLongName";
  scene.board->change<Board::L1>([](Board::L1& l1) {
    l1.state = "unreachable";
    l1.reason = "\x1b[2Jthe endpoint says: " + std::string(200, 'x') + " and more of the same";
    l1.head = l1.confirmed = l1.finalized = ~std::uint64_t{0};
  });
  const auto ended =
      run(std::string(HORAE_INSPECT) + " --datadir " + scene.directory.path.string());
  BOOST_TEST(ended.code == 0);
  BOOST_TEST(ended.printed.find('\x1b') == std::string::npos);
  BOOST_TEST(ended.printed.find("stuck") != std::string::npos);
  for (const auto& line : lines_of(ended.printed)) BOOST_TEST(line.size() <= 80u, line);
}

BOOST_AUTO_TEST_CASE(no_node_is_exit_code_7_and_says_what_to_do) {
  const Directory directory;
  const auto ended =
      run(std::string(HORAE_INSPECT) + " --json --datadir " + directory.path.string());
  BOOST_TEST(ended.code == 7);
  BOOST_TEST(ended.printed.find((directory.path / "inspect.sock").string()) != std::string::npos);
  BOOST_TEST(ended.printed.find("Start it where it does not run") != std::string::npos);

  const auto nowhere =
      run(std::string(HORAE_INSPECT) + " --datadir " + (directory.path / "nowhere").string());
  BOOST_TEST(nowhere.code == 7);
  BOOST_TEST(nowhere.printed.find("there is no such directory") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_node_that_does_not_answer_is_exit_code_7) {
  const Directory directory;
  const auto socket = directory.path / "inspect.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket.c_str(), sizeof(address.sun_path) - 1);
  const int silent = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  BOOST_REQUIRE(::bind(silent, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  BOOST_REQUIRE(::listen(silent, 8) == 0);
  const auto refused = inspect::take_snapshot(socket, 50);
  ::close(silent);
  BOOST_TEST((refused.error().exit() == Exit::unreachable));
  BOOST_TEST(refused.error().what.find("did not answer") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(another_users_socket_is_exit_code_4) {
  InspectScene scene;
  if (::geteuid() != 0) {
    ::chmod(scene.socket.c_str(), 0);
    BOOST_TEST((inspect::take_snapshot(scene.socket).error().exit() == Exit::directory));
    return;
  }
  ::chmod(scene.directory.path.c_str(), 0755);
  const auto child = ::fork();
  if (child == 0) {  // root is refused nothing: become nobody
    if (::setuid(65534) != 0) ::_exit(99);
    const auto refused = inspect::take_snapshot(scene.socket);
    ::_exit(refused ? 0 : static_cast<int>(refused.error().exit()));
  }
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST(WEXITSTATUS(status) == 4);
}

BOOST_AUTO_TEST_CASE(usage_is_exit_code_2) {
  BOOST_TEST(run(HORAE_INSPECT).code == 2);
  BOOST_TEST(run(std::string(HORAE_INSPECT) + " --datadir x --nonsense").code == 2);
  BOOST_TEST(run(std::string(HORAE_INSPECT) + " --help").code == 0);
  BOOST_TEST(run(std::string(HORAE_INSPECT) + " --version").printed == HORAE_VERSION "\n");
}

BOOST_AUTO_TEST_SUITE_END()
