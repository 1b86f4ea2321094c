#include "events/state_hashes.hpp"
#include "tests/tools/auditing.hpp"

using namespace horae;
using namespace horae::test;

namespace {

std::size_t place_of(const std::vector<Bytes>& values, Domain domain, std::uint16_t kind) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto header = decode_record(values[i])->header;
    if (header.domain == domain && header.kind == kind) return i;
  }
  stop("no such record in the scene");
}

std::string both(const Written& a, const Written& b) {
  return a.directory.path.string() + " " + b.directory.path.string();
}

// A node that tells its log the state's hashes, as the world does.
struct HashingNode {
  LogScene scene;
  StateHashWatch watch;
  std::size_t seen = 0;
  bool digests = true;  // whether it says those of the shared domains

  // Its own facts, until its log has so many records.
  void idle_until(std::uint64_t seq) {
    while (scene.world.seq < seq) {
      scene.commit(start_node(scene.world.local.node, "idle"));
      tell();
    }
  }
  void tell() {
    // The scene's world is at the end of the log: nothing is committed but one record at a time.
    BOOST_REQUIRE(watch.see(scene.world, *decode_record(scene.values.back())).has_value());
    const auto owed = watch.owed();
    if (!owed) return;
    scene.commit(hash_state(scene.world.local.node, owed->seq, owed->hashes.shared,
                            owed->hashes.local, digests ? owed->digests : DomainDigests{}));
    BOOST_REQUIRE(watch.see(scene.world, *decode_record(scene.values.back())).has_value());
  }
};

constexpr std::uint64_t heads = 60;

// Two nodes of one pool: the same L1 heads, each with facts of its own between them; from the head
// `from` on the second one sees another chain.
std::pair<std::vector<Bytes>, std::vector<Bytes>> two_nodes(std::uint64_t from,
                                                            bool digests = true) {
  HashingNode nodes[2];
  std::uint64_t ends[2] = {};
  for (auto& node : nodes) {
    node.digests = digests;
    node.scene.open();
  }
  for (std::uint64_t i = 0; i < heads; ++i) {
    for (std::size_t n = 0; n < 2; ++n) {
      auto& node = nodes[n];
      node.idle_until(ends[n] += n == 0 ? 600 : 850);
      node.scene.advance(31 + i, n == 1 && i >= from ? 1 : 0);
      node.tell();
    }
  }
  return {nodes[0].scene.values, nodes[1].scene.values};
}

std::uint64_t heads_of(const std::vector<Bytes>& values, std::uint64_t number) {
  std::uint64_t seen = 0;
  for (const auto& value : values) {
    const auto record = decode_record(value);
    if (record->header.domain != Domain::LOCKING) continue;
    const auto payload = checked_fact(Domain::LOCKING, record->payload);
    if (!Msg<schema::LockingFact>::of(*payload).read().isL1Advanced()) continue;
    // The scene opens with a head of its own.
    if (seen++ == number + 1) return record->header.seq;
  }
  stop("no such head");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bisect)

BOOST_AUTO_TEST_CASE(the_altered_record_of_a_twin_is_found) {
  auto altered = duties().values;
  const auto place = place_of(altered, Domain::LOCKING, 2);  // Locked; its last bytes: total
  altered[place].back() ^= 1;
  LogScene::rechain(altered);
  const Written honest;
  const Written twin(altered);
  for (const auto* how : {" --json", " --whole --json"}) {
    const auto found = answer("bisect " + both(honest, twin) + how, 10);
    BOOST_TEST(!found.at("same").as_bool());
    const auto& first = found.at("divergences").as_array().at(0);
    BOOST_TEST(number(first.at("a").at("seq")) == place + 1);
    BOOST_TEST(number(first.at("b").at("seq")) == place + 1);
    BOOST_TEST(first.at("domain").as_string() == "locking");
    BOOST_TEST(found.at("divergences").as_array().size() == 1u);
  }
  const auto common = answer("bisect " + both(honest, twin) + " --json", 10).at("commonRecords");
  BOOST_TEST(number(common) == place);
}

// Two honest nodes: the same pool, other users and restarts in between.
BOOST_AUTO_TEST_CASE(local_facts_make_no_difference_between_two_nodes) {
  LogScene a;
  LogScene b;
  a.open();
  b.open([&] { b.commit(start_node(b.world.local.node, "again")); });
  a.submit(1, 0, 1);
  a.submit(2, 0, 2);
  const auto proposal = a.propose();
  const auto block = a.seal_command(proposal);
  a.shared(block);
  a.include(proposal);
  b.submit(7, 0, 9);
  b.shared(block);
  for (auto* node : {&a, &b}) {
    node->locking(Scene::block(33, {locked(2, 2, metis(30000), metis(50000))}));
  }
  const Written first(a.values);
  const Written second(b.values);
  const auto same = answer("bisect " + both(first, second) + " --json");
  BOOST_TEST(same.at("same").as_bool());
  BOOST_TEST(same.at("moreInA").as_object().empty());
  BOOST_TEST(answer("diff " + both(first, second) + " --json").at("same").as_bool());
  check_run("diff " + both(first, second) + " --local", 0, "mempool.position");

  a.advance(40);  // A knows more: no divergence, and yet not the same state
  const Written ahead(a.values);
  const auto more = answer("bisect " + both(ahead, second) + " --json");
  BOOST_TEST(number(more.at("moreInA").at("locking").at("facts")) == 1u);
  BOOST_TEST(number(more.at("moreInA").at("locking").at("from")) == a.values.size());
  check_run("diff " + both(ahead, second), 10, "shared facts of locking");
}

BOOST_AUTO_TEST_CASE(where_two_nodes_part_is_found_by_the_digests_that_they_say) {
  for (const std::uint64_t from : {std::uint64_t{0}, heads / 2, heads - 1}) {
    const auto [a, b] = two_nodes(from);
    const Written first(a);
    const Written second(b);
    const auto found = answer("bisect " + both(first, second) + " --json", 10);
    const auto& apart = found.at("divergences").as_array();
    BOOST_REQUIRE(apart.size() == 1u);
    BOOST_TEST(apart[0].at("domain").as_string() == "locking");
    BOOST_TEST(number(apart[0].at("a").at("seq")) == heads_of(a, from));
    BOOST_TEST(number(apart[0].at("b").at("seq")) == heads_of(b, from));
    const auto whole = answer("bisect --whole " + both(first, second) + " --json", 10);
    BOOST_TEST(whole.at("divergences") == found.at("divergences"));
    BOOST_TEST(number(whole.at("read")) == a.size() + b.size());
  }
}

BOOST_AUTO_TEST_CASE(a_log_from_before_there_were_digests_is_read_whole) {
  const auto [a, b] = two_nodes(7, false);
  const Written first(a);
  const Written second(b);
  const auto found = answer("bisect " + both(first, second) + " --json", 10);
  BOOST_TEST(number(found.at("divergences").as_array().at(0).at("a").at("seq")) == heads_of(a, 7));
}

// A copy that was made earlier, or somebody's forgery of the end: nothing before is read.
BOOST_AUTO_TEST_CASE(what_two_logs_have_in_common_is_not_read) {
  for (const bool digests : {true, false}) {
    const auto a = two_nodes(heads, digests).first;
    auto altered = a;
    const auto place = heads_of(a, heads - 3) - 1;
    altered[place].back() ^= 1;
    LogScene::rechain(altered);
    const Written first(a);
    const Written twin(altered);
    const auto ran = run("bisect " + both(first, twin) + " --json");
    BOOST_TEST_CONTEXT(ran.out) {
      BOOST_REQUIRE(ran.code == 10);
      const auto found = boost::json::parse(ran.out).as_object();
      BOOST_TEST(number(found.at("commonRecords")) == place);
      BOOST_TEST(number(found.at("read")) < a.size());
    }
  }
}

BOOST_AUTO_TEST_CASE(two_nodes_that_agree_are_seen_to_from_what_stands_at_their_ends) {
  const auto [a, b] = two_nodes(heads);
  const Written first(a);
  const Written second(b);
  const auto found = answer("bisect " + both(first, second) + " --json");
  BOOST_TEST(found.at("same").as_bool());
  BOOST_TEST(number(found.at("read")) < a.size() + b.size());
}

// What a log says of its own digests is held against its facts wherever these are read.
BOOST_AUTO_TEST_CASE(digests_that_are_not_those_of_the_facts_are_told) {
  const auto [a, b] = two_nodes(heads);
  auto lying = b;
  // The head's hash in the first L1Advanced behind the scene's own.
  lying[heads_of(b, 0) - 1].back() ^= 1;
  LogScene::rechain(lying);
  const Written first(a);
  const Written second(lying);
  check_run("bisect " + both(first, second), 5, "B: record ");
  check_run("bisect --whole " + both(first, second), 10, "l1Advanced");
}

BOOST_AUTO_TEST_SUITE_END()
