#include "node/ops/ops.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <regex>
#include <set>

#include "node/health/pool_json.hpp"
#include "node/ops/exposition.hpp"
#include "node/ops/finder.hpp"
#include "node/ops/metrics.hpp"
#include "node/ops/process.hpp"
#include "node/ops/status_text.hpp"
#include "tests/node/http/peer.hpp"
#include "tests/storage/directory.hpp"

using namespace horae;
using namespace horae::test;
namespace json = boost::json;

BOOST_AUTO_TEST_SUITE(ops)

namespace {

std::vector<std::string> ops_lines_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

// A node that has come up, as far as its board tells.
void come_up(Board& board) {
  board.change<Board::Start>([](auto& start) {
    start.state = "done";
    start.replayed = true;
    start.sequencing = true;
  });
  board.change<Board::Production>([](auto& seen) { seen.state = "idle"; });
  board.change<Board::L1>([](auto& l1) {
    l1.state = "following";
    l1.confirmed = 55;
    l1.head = 59;
    l1.next = 60;
  });
  board.change<Board::Room>([](auto& room) { room.state = "ample"; });
  board.rpc_open = true;
}

// The second of two members of a pool, which does not lead.
void become_member(Board& board) {
  board.change<Board::Start>([](auto& start) { start.sequencing = false; });
  board.change<Board::Consensus>([](auto& pool) {
    pool.name = "here";
    pool.state = "ordering";
    pool.height = 120;
    pool.tip = 121;
    pool.inputs = 30;
    pool.waiting = 2;
    pool.restarts = 1;
    pool.peers = {"a"};
    pool.signatures_from = 1;
    pool.leader.bytes.back() = 1;
    pool.me.bytes.back() = 2;
    pool.members = {{pool.leader, 30'000, "a@h:1", "h:3", 99, 3},
                    {pool.me, 20'000, "b@h:1", "", 119, 0}};
    pool.signer.state = "signing";
    pool.signer.height = 121;
    pool.signer.votes_signed = 242;
  });
}

struct Scene {
  Directory directory;
  DataPaths paths{directory.path};
  Vitals vitals;
  std::unique_ptr<Ops> ops = Ops::open(paths, 0, "run", vitals).value();

  HttpReply ask(const std::string& target, const std::string& method = "GET") const {
    HttpPeer peer(ops->port());
    peer.send(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return peer.read();
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(the_text_format_is_escaped_and_counts_up) {
  Exposition out;
  out.family("a_total", "counter", "One \\ line\nand \"another\".");
  out.sample(3, {{"of", "a \"b\" \\ c\nd"}});
  out.sample(0.25);
  out.sample(1e15);
  out.family("b_seconds", "histogram", "B.");
  out.histogram(std::array{0.5, 1.0}, std::array<std::uint64_t, 3>{2, 0, 3}, 7.5);
  BOOST_TEST(out.take() ==
             "# HELP horae_a_total One \\\\ line\\nand \"another\".\n"
             "# TYPE horae_a_total counter\n"
             "horae_a_total{of=\"a \\\"b\\\" \\\\ c\\nd\"} 3\n"
             "horae_a_total 0.25\n"
             "horae_a_total 1000000000000000\n"
             "# HELP horae_b_seconds B.\n"
             "# TYPE horae_b_seconds histogram\n"
             "horae_b_seconds_bucket{le=\"0.5\"} 2\n"
             "horae_b_seconds_bucket{le=\"1\"} 2\n"
             "horae_b_seconds_bucket{le=\"+Inf\"} 5\n"
             "horae_b_seconds_sum 7.5\n"
             "horae_b_seconds_count 5\n");
}

BOOST_AUTO_TEST_CASE(buckets_take_what_is_at_their_bound) {
  Buckets<2> buckets{{1, 2}};
  for (const double value : {0.0, 1.0, 1.1, 2.0, 2.1}) buckets.add(value);
  BOOST_TEST(buckets.counts == (std::array<std::uint64_t, 3>{2, 2, 1}));
  BOOST_TEST(buckets.sum == 6.2, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(metrics_keep_to_the_rules_before_and_after_the_start) {
  const Vitals vitals;
  vitals.meters->add("journal");
  const std::regex sample(R"re(horae_[a-z0-9_]+(\{([a-z]+="[^"]*",?)+\})? -?[0-9.e+-]+)re");
  for (const int step : {0, 1, 2}) {
    if (step == 1) come_up(*vitals.board);
    if (step == 2) become_member(*vitals.board);
    std::set<std::string> families, samples;
    std::string family, kind;
    for (const auto& line : ops_lines_of(metrics(vitals))) {
      if (line.starts_with("# HELP ")) {
        family = line.substr(7, line.find(' ', 7) - 7);
        BOOST_TEST(families.insert(family).second, family + " twice");
        BOOST_TEST(line.ends_with("."), line);
      } else if (line.starts_with("# TYPE ")) {
        kind = line.substr(line.rfind(' ') + 1);
        BOOST_TEST((kind == "counter") == family.ends_with("_total"), line);
      } else {
        BOOST_TEST(line.starts_with(family), line);
        BOOST_TEST(std::regex_match(line, sample), line);
        BOOST_TEST(samples.insert(line.substr(0, line.rfind(' '))).second, line + " twice");
      }
    }
    BOOST_TEST(families.size() >= 40u);
  }
}

BOOST_AUTO_TEST_CASE(metrics_say_what_was_counted) {
  const Vitals vitals;
  come_up(*vitals.board);
  vitals.admission->count(Reason::NONE);
  vitals.admission->count(Reason::NONCE_TOO_LOW);
  vitals.admission->count(Reason::NONCE_TOO_LOW);
  vitals.board->change<Board::Journal>([](auto& journal) {
    journal.commits = 2;
    journal.commit.add(0.003);
    journal.commit.add(9);
  });
  vitals.board->change<Board::Committed>([](auto& now) {
    now.head = 36;
    now.observations[2] = 4;
  });
  const auto meter = vitals.meters->add("engine");
  meter->enqueued = 3;
  meter->since_ns = ActorMeter::now_ns() - 6'000'000'000;
  const auto told = ops_lines_of(metrics(vitals));
  for (const std::string line :
       {"horae_mempool_admitted_total 1", "horae_mempool_refused_total{reason=\"nonceTooLow\"} 2",
        "horae_mempool_refused_total{reason=\"poolFull\"} 0",
        "horae_log_commit_duration_seconds_bucket{le=\"0.0025\"} 0",
        "horae_log_commit_duration_seconds_bucket{le=\"0.005\"} 1",
        "horae_log_commit_duration_seconds_bucket{le=\"+Inf\"} 2",
        "horae_log_commit_duration_seconds_count 2", "horae_l2_head_number 36",
        "horae_penalties_observations_total{kind=\"missedSlot\"} 4",
        "horae_actor_mailbox_depth{actor=\"engine\"} 2", "horae_actor_stuck{actor=\"engine\"} 1",
        "horae_condition{state=\"stuck\"} 1", "horae_condition{state=\"idle\"} 0",
        "horae_l1_head_number{tag=\"confirmed\"} 55", "horae_ready 0",
        "horae_ready_check{check=\"actors\"} 0", "horae_ready_check{check=\"l1\"} 1"}) {
    BOOST_TEST((std::ranges::find(told, line) != told.end()), line);
  }
}

BOOST_AUTO_TEST_CASE(metrics_of_a_pool_are_a_members_alone) {
  const Vitals vitals;
  come_up(*vitals.board);
  const auto alone = metrics(vitals);
  BOOST_TEST(alone.find("# TYPE horae_consensus_height gauge") != std::string::npos);
  BOOST_TEST(alone.find("\nhorae_consensus_") == std::string::npos);
  become_member(*vitals.board);
  const auto told = ops_lines_of(metrics(vitals));
  const std::string first = "0x0000000000000000000000000000000000000001";
  for (const auto& line : {std::string("horae_consensus_state{state=\"ordering\"} 1"),
                           std::string("horae_consensus_state{state=\"still\"} 0"),
                           std::string("horae_consensus_height 120"),
                           std::string("horae_consensus_tip 121"),
                           std::string("horae_consensus_inputs_total 30"),
                           std::string("horae_consensus_inputs_waiting 2"),
                           std::string("horae_consensus_peers 1"),
                           std::string("horae_consensus_restarts_total 1"),
                           std::string("horae_consensus_members 2"),
                           std::string("horae_consensus_members_away 1"),
                           std::string("horae_consensus_members_differing 1"),
                           std::string("horae_consensus_may_fail 0"),
                           std::string("horae_consensus_power 50000"),
                           std::string("horae_consensus_own_power 20000"),
                           "horae_consensus_member_signed_height{member=\"" + first + "\"} 99",
                           "horae_consensus_member_differing_reports{member=\"" + first + "\"} 3",
                           std::string("horae_consensus_signer_state{state=\"signing\"} 1"),
                           std::string("horae_consensus_signer_height 121"),
                           std::string("horae_consensus_votes_signed_total 242"),
                           std::string("horae_ready_check{check=\"pool\"} 1")}) {
    BOOST_TEST((std::ranges::find(told, line) != told.end()), line);
  }
}

BOOST_AUTO_TEST_CASE(a_pool_is_told_in_status_and_in_words) {
  const Scene scene;
  come_up(*scene.vitals.board);
  BOOST_TEST(!NodeFinder(scene.paths).ask().status.contains("pool"));
  become_member(*scene.vitals.board);
  const auto status = NodeFinder(scene.paths).ask().status;
  const auto& pool = status.at("pool").as_object();
  BOOST_TEST(pool.at("signer") ==
             json::value({{"state", "signing"}, {"reason", ""}, {"height", 121}}));
  BOOST_TEST(pool.at("members").at(0).at("away").as_bool());
  BOOST_TEST(!pool.at("members").at(1).at("away").as_bool());
  BOOST_TEST(pool.at("mayFail") == 0);
  const auto text = status_text(status);
  BOOST_TEST(
      text.find("pool        here, ordering; height 120; 2 members, of whom any 0 may be "
                "away; led by 0x0000000000000000000000000000000000000001\n") != std::string::npos,
      text);
  BOOST_TEST(text.find("signer      signing, last at height 121\n") != std::string::npos, text);
  const auto pool_words = pool_text(pool);
  BOOST_TEST(pool_words.find("signer: signing, last at height 121\n") != std::string::npos,
             pool_words);
  BOOST_TEST(pool_words.find("signed height 99, attested block 0, connected: yes, link: no, away, "
                             "leader, differs on L1 (3 reports in a row)\n") != std::string::npos,
             pool_words);
  auto unfounded = pool;
  unfounded["members"] = json::array{};
  BOOST_TEST(pool_text(unfounded).find("\nnot founded yet\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_engine_is_told_as_far_as_it_is_known) {
  const Scene scene;
  come_up(*scene.vitals.board);
  const auto engine = [&] { return NodeFinder(scene.paths).ask().status.at("engine").as_object(); };
  const auto row = [&] {
    const auto text = status_text(NodeFinder(scene.paths).ask().status);
    const auto at = text.find("engine      ");
    return text.substr(at, text.find('\n', at) - at);
  };
  const auto has_sample = [&](const std::string& name) {
    const auto text = metrics(scene.vitals);
    return text.find("\nhorae_" + name + " ") != std::string::npos;
  };
  auto& board = *scene.vitals.board;
  board.change<Board::Engine>([](auto& seen) { seen.dialect = "geth"; });
  for (const auto* name : {"client", "reportedHead", "peers", "poolClosed", "diskBytes"}) {
    BOOST_TEST(engine().at(name).is_null(), name);
  }
  for (const auto* name :
       {"engine_reported_head_number", "engine_peers", "engine_pool_closed", "engine_disk_bytes"}) {
    BOOST_TEST(!has_sample(name), name);
  }
  BOOST_TEST(row() == "engine      geth, starting");
  board.change<Board::Engine>([](auto& seen) {
    seen.state = "answering";
    seen.builds_unseen = seen.keeps_its_blocks = true;
    seen.client = "Geth/v1.17.5";
    seen.head = 36;
    seen.peers = 0;
    seen.pool_closed = true;
    seen.answer_us = 1'250;
    seen.answer.add(0.00125);
  });
  const json::object wanted{{"state", "answering"},
                            {"reason", ""},
                            {"dialect", "geth"},
                            {"buildsUnseen", true},
                            {"keepsItsBlocks", true},
                            {"client", "Geth/v1.17.5"},
                            {"head", 0},
                            {"reportedHead", 36},
                            {"answerMs", 1.25},
                            {"peers", 0},
                            {"poolClosed", true},
                            {"diskBytes", nullptr}};
  BOOST_TEST(json::value(engine()) == json::value(wanted));
  BOOST_TEST(row() ==
             "engine      Geth/v1.17.5, at block 36, answers in 1.2 ms, no peers, pool closed, its "
             "room on the disk is not known here");
  board.change<Board::Engine>([](auto& seen) {
    seen.peers = 2;
    seen.pool_closed = false;
    seen.disk_bytes = 5u << 20;
  });
  BOOST_TEST(row() ==
             "engine      Geth/v1.17.5, at block 36, answers in 1.2 ms, peers: 2, pool open, 5 MiB "
             "on the disk");
  for (const auto* name : {"engine_peers", "engine_pool_closed", "engine_disk_bytes"}) {
    BOOST_TEST(has_sample(name), name);
  }
  board.change<Board::Engine>([](auto& seen) {
    seen.state = "silent";
    seen.reason = "connection refused";
  });
  BOOST_TEST(row() == "engine      Geth/v1.17.5, silent: connection refused");
}

BOOST_AUTO_TEST_CASE(probes_say_why_not) {
  const Scene scene;
  const auto starting = scene.ask("/readyz");
  BOOST_TEST(starting.status == 503);
  BOOST_TEST(starting.body.starts_with("[-]log failed: starting\n"), starting.body);
  BOOST_TEST(scene.ask("/livez").status == 200);
  come_up(*scene.vitals.board);
  const auto ready = scene.ask("/readyz");
  BOOST_TEST(ready.status == 200);
  BOOST_TEST(ready.body == "ok\n");
  const auto verbose = scene.ask("/readyz?verbose");
  BOOST_TEST(verbose.body ==
             "[+]log ok: the log is replayed\n[+]l1 ok: following L1, at block 55\n"
             "[+]engine ok: the engine is at block 0, the log at 0\n[+]rpc ok: JSON-RPC is open\n"
             "[+]room ok: there is room for the log\n[+]journal ok: commits go to the disk\n"
             "[+]actors ok: no actor is stuck\nready, nothing to do\nreadyz check passed\n");
  scene.vitals.board->beat_ms = 1;
  BOOST_TEST(scene.ask("/livez").status == 503);
}

BOOST_AUTO_TEST_CASE(only_what_is_there_is_told_and_only_told) {
  const Scene scene;
  const auto nowhere = scene.ask("/healthz");
  BOOST_TEST(nowhere.status == 404);
  BOOST_TEST(nowhere.body.find("/livez") != std::string::npos);
  const auto post = scene.ask("/metrics", "DELETE");
  BOOST_TEST(post.status == 405);
  BOOST_TEST(post.headers.find("allow: get, head\r\n") != std::string::npos);
  const auto metrics_page = scene.ask("/metrics");
  BOOST_TEST(metrics_page.headers.find("content-type: text/plain; version=0.0.4") !=
             std::string::npos);
  BOOST_TEST(scene.ask("/").body.find("/status") != std::string::npos);
  HttpPeer evil(scene.ops->port());
  evil.send("GET /status HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  BOOST_TEST(evil.read().status == 403);
}

BOOST_AUTO_TEST_CASE(a_head_is_a_get_without_its_body) {
  const Scene scene;
  HttpPeer peer(scene.ops->port());
  // The second answer follows the first's header at once.
  peer.send(
      "HEAD /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
      "HEAD /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const auto both = peer.read();
  BOOST_TEST(both.headers.find("content-length: 3\r\n") != std::string::npos);
  BOOST_TEST(both.body == "HTT");
}

BOOST_AUTO_TEST_CASE(what_a_stranger_can_send_is_bounded) {
  const Scene scene;
  HttpPeer large(scene.ops->port());
  large.send("GET /livez HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20'000, 'x') + "\r\n");
  BOOST_TEST(large.read().status == 431);
  HttpPeer body(scene.ops->port());
  body.send("GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n");
  BOOST_TEST(body.read().status == 413);
}

BOOST_AUTO_TEST_CASE(how_many_strangers_come_is_bounded) {
  const Scene scene;
  std::vector<HttpPeer> many;
  for (int i = 0; i < 64; ++i) {
    many.emplace_back(scene.ops->port());
    many.back().send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    BOOST_TEST(many.back().read().status == 200);
  }
  HttpPeer late(scene.ops->port());
  BOOST_TEST(late.read().status == 503);
}

BOOST_AUTO_TEST_CASE(a_node_is_found_by_its_directory_until_it_ends) {
  Scene scene;
  struct stat status {};
  BOOST_REQUIRE(::stat((scene.directory.path / "ops.json").c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 0777) == 0600);
  const NodeFinder finder(scene.paths);
  come_up(*scene.vitals.board);
  const auto asked = finder.ask();
  BOOST_REQUIRE(asked.kind == Asked::answers);
  BOOST_TEST(asked.url == scene.ops->url());
  BOOST_TEST(asked.status.at("ready").as_bool());
  BOOST_TEST(asked.status.at("condition").at("state").as_string() == "idle");
  const auto text = status_text(asked.status);
  BOOST_TEST(text.find("state       ready, nothing to do\n") != std::string::npos, text);
  BOOST_TEST(text.find("ready       yes\n") != std::string::npos, text);
  BOOST_TEST((NodeFinder(*Endpoint::parse(scene.ops->url())).ask().kind == Asked::answers));
  const auto port = *Endpoint::parse(scene.ops->url());
  scene.ops.reset();
  BOOST_TEST((finder.ask().kind == Asked::none));
  BOOST_TEST((NodeFinder(port).ask().kind == Asked::silent));
}

BOOST_AUTO_TEST_CASE(what_a_killed_node_left_is_told_from_one_that_is_silent) {
  const Directory directory;
  const DataPaths paths{directory.path};
  const NodeFinder finder(paths);
  const auto leave = [&](int pid, std::uint64_t began, const std::string& url) {
    std::ofstream(directory.path / "ops.json") << json::serialize(
        json::object{{"pid", pid}, {"began", began}, {"url", url}, {"command", "run"}});
  };
  // This process, but of another time: a pid that somebody else has now.
  leave(::getpid(), *process_began(::getpid()) + 1, "http://127.0.0.1:1");
  const auto killed = finder.ask();
  BOOST_TEST((killed.kind == Asked::none));
  BOOST_TEST(killed.words.find("was killed") != std::string::npos, killed.words);
  leave(::getpid(), *process_began(::getpid()), "http://127.0.0.1:1");
  const auto silent = finder.ask();
  BOOST_TEST((silent.kind == Asked::silent));
  BOOST_TEST(silent.words.find("does not answer at http://127.0.0.1:1") != std::string::npos,
             silent.words);
  std::ofstream(directory.path / "ops.json") << "[]";
  BOOST_TEST((finder.ask().kind == Asked::silent));
  std::filesystem::remove(directory.path / "ops.json");
  std::ofstream(directory.path / "lock") << ::getpid() << "\n";
  BOOST_TEST((finder.ask().kind == Asked::silent));
  std::ofstream(directory.path / "lock").close();
  BOOST_TEST((finder.ask().kind == Asked::none));
  BOOST_TEST((NodeFinder(DataPaths{directory.path / "nowhere"}).ask().kind == Asked::none));
}

BOOST_AUTO_TEST_CASE(a_node_of_another_pid_namespace_is_no_dead_one) {
  const Directory directory;
  const DataPaths paths{directory.path};
  BOOST_TEST(!DataDirectory::is_held(paths));
  {
    const auto held = DataDirectory::lock(directory.path);
    BOOST_REQUIRE(held.has_value());
    BOOST_TEST(DataDirectory::is_held(paths));
    // As from there: the number is nobody's here, or somebody else's.
    std::ofstream(paths.lock_file()) << "4194303\n";
    const auto hidden = NodeFinder(paths).ask();
    BOOST_TEST((hidden.kind == Asked::silent));
    BOOST_TEST(hidden.words.find("cannot be seen from here") != std::string::npos, hidden.words);
    std::ofstream(directory.path / "ops.json") << json::serialize(json::object{
        {"pid", 4194303}, {"began", 1}, {"url", "http://127.0.0.1:1"}, {"command", "run"}});
    const auto asked = NodeFinder(paths).ask();
    BOOST_TEST((asked.kind == Asked::silent));
    BOOST_TEST(asked.words.find("does not answer at") != std::string::npos, asked.words);
  }
  BOOST_TEST(!DataDirectory::is_held(paths));
  BOOST_TEST((NodeFinder(paths).ask().kind == Asked::none));
  // To look whether it is held keeps nobody from taking it.
  BOOST_TEST(DataDirectory::lock(directory.path).has_value());
}

BOOST_AUTO_TEST_CASE(a_node_of_another_version_is_told_apart) {
  auto server = rpc::HttpServer::serve({}, [](const rpc::HttpRequest&, auto respond) {
                  respond({.body = R"({"node":{"pid":1},"ready":true})"});
                }).value();
  const auto asked =
      NodeFinder(*Endpoint::parse("http://127.0.0.1:" + std::to_string(server->port()))).ask();
  BOOST_TEST((asked.kind == Asked::silent));
  BOOST_TEST(asked.words.find("another version") != std::string::npos, asked.words);
}

BOOST_AUTO_TEST_CASE(an_endpoints_words_do_nothing_to_a_terminal) {
  const Scene scene;
  come_up(*scene.vitals.board);
  scene.vitals.board->change<Board::L1>([](auto& l1) {
    l1.state = "refused";
    l1.reason = "\x1b[2J\n gone";
  });
  const auto text = status_text(NodeFinder(scene.paths).ask().status);
  BOOST_TEST(text.find('\x1b') == std::string::npos);
  BOOST_TEST(text.find("?[2J? gone") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_is_named_with_its_setting) {
  const Scene scene;
  const Directory other;
  const auto second = Ops::open(DataPaths{other.path}, scene.ops->port(), "run", {});
  BOOST_REQUIRE(!second);
  BOOST_TEST((second.error().trouble == Trouble::port_taken));
  BOOST_TEST(second.error().what.find("ops.port") != std::string::npos);
  BOOST_TEST(!std::filesystem::exists(other.path / "ops.json"));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_written_is_named_and_is_no_taken_port) {
  const Directory other;
  std::filesystem::create_directories(other.path / "ops.json" / "in the way");
  const auto refused = Ops::open(DataPaths{other.path}, 0, "run", {});
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().trouble == Trouble::directory_access));
  BOOST_TEST(refused.error().what.find("ops.json") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
