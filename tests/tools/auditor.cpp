#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "events/json.hpp"
#include "tests/storage/directory.hpp"
#include "tests/tools/duty_scene.hpp"
#include "tools/replay/account.hpp"
#include "tools/replay/interrupt.hpp"
#include "tools/replay/partial.hpp"
#include "tools/replay/parts.hpp"
#include "tools/replay/position.hpp"

using namespace horae;
using namespace horae::replay;
using namespace horae::test;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

// Everything that a pool's duties lead to, and a reorganisation of L1.
const DutyScene& life() {
  static const DutyScene scene = [] {
    DutyScene out;
    out.live_on();
    return out;
  }();
  return scene;
}

struct Ran {
  int code;  // -1: ended by a signal
  std::string out;
};

Ran run(const std::string& arguments) {
  const auto command = std::string(HORAE_BINARY_DIR) + "/bin/horae-replay " + arguments + " 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  BOOST_REQUIRE(pipe != nullptr);
  Ran out{};
  char buffer[65536];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    out.out.append(buffer, n);
  }
  const int status = ::pclose(pipe);
  out.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return out;
}

json::object answer(const std::string& arguments, int code = 0) {
  const auto ran = run(arguments);
  BOOST_REQUIRE_MESSAGE(ran.code == code, arguments << ": " << ran.code << ", " << ran.out);
  return json::parse(ran.out).as_object();
}

void check_run(const std::string& arguments, int code, const std::string& part) {
  const auto ran = run(arguments);
  BOOST_TEST_CONTEXT(arguments << ": " << ran.out) {
    BOOST_TEST(ran.code == code);
    BOOST_TEST(ran.out.find(part) != std::string::npos, "does not say: " << part);
  }
}

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::uint64_t number(const json::value& value) { return value.to_number<std::uint64_t>(); }

// A log of `life` in a directory, with what names it to the binary.
struct Written {
  Directory directory;
  explicit Written(const std::vector<Bytes>& values = life().values) {
    LogScene::write(directory.path, values);
  }
  [[nodiscard]] std::string option() const { return " --datadir " + directory.path.string(); }
};

std::size_t place_of(const std::vector<Bytes>& values, Domain domain, std::uint16_t kind) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto header = decode_record(values[i])->header;
    if (header.domain == domain && header.kind == kind) return i;
  }
  stop("no such record in the scene");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(auditor)

BOOST_AUTO_TEST_CASE(a_time_is_read_to_the_millisecond_or_refused) {
  BOOST_TEST(*parse_time("1970-01-01") == 0u);
  BOOST_TEST(*parse_time("2026-11-22T17:40:00Z") == 1795369200000u);
  BOOST_TEST(*parse_time("2026-11-22T17:40Z") == 1795369200000u);
  BOOST_TEST(*parse_time("2024-02-29T00:00:00.001Z") == 1709164800001u);
  BOOST_TEST(*parse_time("ms:77") == 77u);
  for (const auto* wrong : {"", "2026", "2026-13-01", "2025-02-29", "2026-11-22T17:40:00",
                            "2026-11-22T24:00:00Z", "2026-11-22T17:40:00Zx", "ms:", "ms:1x"}) {
    BOOST_TEST(!parse_time(wrong).has_value(), wrong << " was read");
  }
}

BOOST_AUTO_TEST_CASE(a_time_names_the_last_decision_that_is_not_later) {
  const Written log;
  const auto source = Source::open(log.directory.path);
  std::uint64_t settled = 0;
  std::atomic<std::uint64_t> at = 0;
  for (const auto& value : life().values) {
    const auto header = decode_record(value)->header;
    if (!header.more) settled = header.seq;
    if (settled == 0) continue;
    const auto found = resolve(*source, {Position::Kind::time, header.time_ms}, &at);
    BOOST_TEST(*found == settled);
  }
  BOOST_TEST(!resolve(*source, {Position::Kind::time, 1}, &at).has_value());
  BOOST_TEST(*resolve(*source, {Position::Kind::time, UINT64_MAX}, &at) == source->last());
}

BOOST_AUTO_TEST_CASE(the_parts_of_the_state_are_what_state_shows) {
  const auto whole = horae::to_json(life().world);
  std::size_t shown = 0;
  for (const auto& part : state_parts()) {
    BOOST_TEST(part_json(life().world, part) == whole.at(part.name));
    ++shown;
  }
  BOOST_TEST(whole.size() == shown + 2);  // and seq, stateHash
  Leaves leaves;
  add_leaves(leaves, json::parse(R"({"l":[{"id":"7","x":1},{"id":"9","x":[2,3]}]})"), "p");
  BOOST_TEST(leaves.size() == 5);
  BOOST_TEST(leaves.at("p.l[9].x[1]") == json::value(3));
  leaves.clear();
  add_leaves(leaves, json::parse(R"({"l":[{"id":"7","x":1}],"lx":2})"), "p", "p.l");
  BOOST_TEST(leaves.size() == 2);
}

BOOST_AUTO_TEST_CASE(why_tells_what_became_of_a_transaction) {
  LogScene scene;
  scene.live();
  const Written log(scene.values);
  const auto hash = [](std::uint8_t sender, std::uint64_t nonce, std::uint64_t tip) {
    return to_hex(keccak256(LogScene::raw(sender, nonce, tip)));
  };
  const auto included = answer("why --json " + hash(1, 0, 1) + log.option());
  BOOST_TEST(included.at("fate").at("status").as_string() == "included");
  BOOST_TEST(number(included.at("fate").at("block")) == 1u);
  BOOST_TEST(included.at("fate").at("history").as_array().size() == 3u);
  check_run("why " + hash(4, 1, 7) + log.option(), 0, "pending");
  check_run("why " + hash(99, 0, 0) + log.option(), 9, "no record names");
  check_run("why 0x12" + log.option(), 2, "wanted 32 bytes");
}

BOOST_AUTO_TEST_CASE(stats_count_what_there_is) {
  const Written log;
  const auto stats = answer("stats --json" + log.option());
  std::uint64_t bytes = 0;
  for (const auto& value : life().values) bytes += value.size();
  BOOST_TEST(number(stats.at("records")) == life().values.size());
  BOOST_TEST(number(stats.at("bytes")) == bytes);
  BOOST_TEST(number(stats.at("blocks")) == life().world.shared.blocks.head.number);
  BOOST_TEST(number(stats.at("txns")) == life().world.shared.blocks.txns);
  BOOST_TEST(number(stats.at("file").at("leafPages")) > 0u);
  check_run("stats" + log.option(), 0, "leaf,");
}

BOOST_AUTO_TEST_CASE(watch_misses_nothing_of_what_is_written_beside_it) {
  const auto& values = life().values;
  Directory directory;
  const std::vector<Bytes> first(values.begin(), values.begin() + 20);
  LogScene::write(directory.path, first);
  auto environment = open_log(DataPaths{directory.path}.log(), Access::durable);
  BOOST_REQUIRE(environment.has_value());
  const auto command = std::string(HORAE_BINARY_DIR) + "/bin/horae-replay watch --json --from 3 " +
                       "--to " + std::to_string(values.size()) + " --datadir " +
                       directory.path.string();
  FILE* pipe = ::popen(command.c_str(), "r");
  BOOST_REQUIRE(pipe != nullptr);
  LogWriter writer(*environment);
  for (std::size_t i = 20; i < values.size(); ++i) {
    const LogEntry entry{values[i], {}};
    BOOST_REQUIRE(writer.append(i + 1, std::span(&entry, 1)).has_value());
  }
  std::string out;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    out.append(buffer, n);
  }
  BOOST_TEST(::pclose(pipe) == 0);
  std::istringstream lines(out);
  std::uint64_t seq = 2;
  for (std::string line; std::getline(lines, line);) {
    BOOST_TEST(number(json::parse(line).at("seq")) == ++seq);
  }
  BOOST_TEST(seq == values.size());
}

BOOST_AUTO_TEST_CASE(watch_ends_well_when_it_is_interrupted) {
  const Written log;
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  const auto binary = std::string(HORAE_BINARY_DIR) + "/bin/horae-replay";
  const auto directory = log.directory.path.string();
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::execl(binary.c_str(), binary.c_str(), "watch", "--from", "1", "--datadir", directory.c_str(),
            nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  char byte = 0;
  BOOST_REQUIRE(::read(ends[0], &byte, 1) == 1);  // it is at work
  ::kill(child, SIGINT);
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(ends[0]);
  BOOST_TEST(WIFEXITED(status));
  BOOST_TEST(WEXITSTATUS(status) == 0);
}

BOOST_AUTO_TEST_CASE(diff_names_every_value_that_changed_and_the_records) {
  LogScene scene;
  scene.live();
  const Written log(scene.values);
  const auto same = answer("diff block:1 block:1 --json" + log.option());
  BOOST_TEST(same.at("same").as_bool());
  const auto found = answer("diff block:1 block:2 --json" + log.option());
  BOOST_TEST(!found.at("same").as_bool());
  bool head = false;
  for (const auto& each : found.at("differences").as_array()) {
    if (each.at("key") != "blocks.head.number") continue;
    head = true;
    BOOST_TEST(each.at("a") == json::value(1));
    BOOST_TEST(each.at("b") == json::value(2));
    BOOST_TEST(number(each.at("records").at("changes")) == 1u);
    BOOST_TEST(each.at("records").at("newest").as_array().at(0) == found.at("b"));
  }
  BOOST_TEST(head);
  // Backwards the values change places, the records do not.
  const auto back = answer("diff block:2 block:1 --json" + log.option());
  BOOST_TEST(back.at("differences").as_array().size() == found.at("differences").as_array().size());
}

BOOST_AUTO_TEST_CASE(blame_names_the_records_that_made_a_value) {
  const Written log;
  const auto blamed = answer("blame blocks.head.number --limit 0 --json" + log.option());
  const auto head = life().world.shared.blocks.head.number;
  BOOST_TEST(number(blamed.at("changes")) == head);
  auto expected = head;
  for (const auto& each : blamed.at("newest").as_array()) {
    const auto& value = each.at("values").at("blocks.head.number");
    BOOST_TEST(number(value.at("after")) == expected);
    BOOST_TEST(number(value.at("before")) == --expected);
    BOOST_TEST(each.at("fact").as_string() == "blockSealed");
  }
  check_run("blame 'locking.sequencers[1].reward'" + log.option(), 0, "rewardDistributed");
  check_run("blame locking.sequencers" + log.option(), 0, "locking locked");
  check_run("blame weather.today" + log.option(), 2, "locking, blocks, mpc");
  check_run("blame locking.weather" + log.option(), 9, "never had");
}

BOOST_AUTO_TEST_CASE(bisect_finds_the_altered_record_of_a_twin) {
  auto altered = life().values;
  const auto place = place_of(altered, Domain::LOCKING, 2);  // Locked; its last bytes: total
  altered[place].back() ^= 1;
  LogScene::rechain(altered);
  const Written honest;
  const Written twin(altered);
  const auto directories = honest.directory.path.string() + " " + twin.directory.path.string();
  for (const auto* how : {" --json", " --whole --json"}) {
    const auto found = answer("bisect " + directories + how, 10);
    BOOST_TEST(!found.at("same").as_bool());
    const auto& first = found.at("divergences").as_array().at(0);
    BOOST_TEST(number(first.at("a").at("seq")) == place + 1);
    BOOST_TEST(number(first.at("b").at("seq")) == place + 1);
    BOOST_TEST(first.at("domain").as_string() == "locking");
    BOOST_TEST(found.at("divergences").as_array().size() == 1u);
  }
  BOOST_TEST(number(answer("bisect " + directories + " --json", 10).at("commonRecords")) == place);
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
  const auto directories = first.directory.path.string() + " " + second.directory.path.string();
  const auto same = answer("bisect " + directories + " --json");
  BOOST_TEST(same.at("same").as_bool());
  BOOST_TEST(same.at("moreInA").as_object().empty());
  BOOST_TEST(answer("diff " + directories + " --json").at("same").as_bool());
  check_run("diff " + directories + " --local", 0, "mempool.position");

  a.advance(40);  // A knows more: no divergence, and yet not the same state
  const Written ahead(a.values);
  const auto longer = ahead.directory.path.string() + " " + second.directory.path.string();
  const auto more = answer("bisect " + longer + " --json");
  BOOST_TEST(number(more.at("moreInA").at("locking").at("facts")) == 1u);
  check_run("diff " + longer, 10, "shared facts of locking");
}

BOOST_AUTO_TEST_CASE(what_is_exported_and_imported_is_the_same_log) {
  const Written log;
  const Directory directory;
  const auto file = (directory.path / "log.jsonl").string();
  const auto copy = directory.path / "copy";
  check_run("export -o " + file + log.option(), 0, "exported");
  BOOST_TEST(!fs::exists(file + ".partial"));
  const auto imported = run("import " + file + " " + copy.string());
  BOOST_TEST_CONTEXT(imported.out) { BOOST_TEST(imported.code == 0); }
  BOOST_TEST(imported.out.find(to_hex(life().world.head)) != std::string::npos);
  const auto source = Source::open(copy);
  BOOST_REQUIRE(source.has_value());
  auto reader = source->reader();
  BOOST_TEST(source->last() == life().values.size());
  for (std::size_t i = 0; i < life().values.size(); ++i) {
    BOOST_TEST(((**reader.get(i + 1)).value == life().values[i]));
  }
  check_run("verify --datadir " + copy.string(), 0, "nothing wrong");
  // Nothing is written over; a line that was changed is named, and nothing is left of it.
  check_run("import " + file + " " + copy.string(), 9, "there already");
  auto text = content(file);
  const auto at = text.find("\"time\":", text.find('\n')) + 7;
  text[at] = text[at] == '1' ? '2' : '1';
  std::ofstream(file, std::ios::binary) << text;
  const auto other = directory.path / "other";
  check_run("import " + file + " " + other.string(), 5, "line 2: hash: wanted");
  BOOST_TEST(!fs::exists(other));
  BOOST_TEST(!fs::exists(other.string() + ".partial"));
  std::ofstream(file, std::ios::binary) << "no JSON\n";
  check_run("import " + file + " " + other.string(), 5, "line 1: no JSON object");
}

BOOST_AUTO_TEST_CASE(csv_has_a_file_for_each_kind) {
  const Written log;
  const Directory directory;
  const auto csv = directory.path / "csv";
  check_run("export --format csv -o " + csv.string() + log.option(), 0, "exported");
  const auto stats = answer("stats --json" + log.option());
  for (const auto& [domain, kinds] : stats.at("domains").as_object()) {
    for (const auto& [kind, amount] : kinds.as_object()) {
      const auto file = csv / (std::string(domain) + "." + std::string(kind) + ".csv");
      const auto text = content(file);
      const auto lines = std::count(text.begin(), text.end(), '\n');
      BOOST_TEST(static_cast<std::uint64_t>(lines) == 1 + number(amount.at("records")));
    }
  }
  check_run("export --format csv -o " + csv.string() + log.option(), 9, "there already");
}

BOOST_AUTO_TEST_CASE(sqlite_gets_every_record) {
  const Written log;
  const Directory directory;
  const auto file = directory.path / "log.sqlite";
  check_run("export --format sqlite -o " + file.string() + log.option(), 0, "exported");
  BOOST_TEST(content(file).starts_with("SQLite format 3"));
}

BOOST_AUTO_TEST_CASE(an_account_closes_as_the_fold_does) {
  const Written log;
  const auto source = Source::open(log.directory.path);
  std::atomic<std::uint64_t> at = 0;
  for (const auto& [id, sequencer] : life().world.shared.locking.current.sequencers) {
    const auto all = account(*source, id, 0, UINT64_MAX, &at);
    BOOST_REQUIRE(all.has_value());
    BOOST_TEST_CONTEXT(to_text(*all)) {
      BOOST_TEST(all->disagreements.empty());
      BOOST_TEST((all->opening == Balance{}));
      BOOST_TEST((all->closing == Balance{sequencer.amount, sequencer.reward}));
      BOOST_TEST(!all->bookings.empty());
    }
    BOOST_TEST((all->closed_hash == life().world.head));
    // In two parts it is the same account.
    const auto middle = decode_record(life().values[life().values.size() / 2])->header.time_ms;
    const auto first = account(*source, id, 0, middle, &at);
    const auto second = account(*source, id, middle, UINT64_MAX, &at);
    BOOST_TEST((first->closing == second->opening));
    BOOST_TEST(first->bookings.size() + second->bookings.size() == all->bookings.size());
    BOOST_TEST((second->closing == all->closing));
    BOOST_TEST(to_text(*all) == to_text(*account(*source, id, 0, UINT64_MAX, &at)));
  }
  check_run("statement --sequencer 1" + log.option(), 0, "agree to the wei");
  check_run("statement --sequencer 1 --format csv" + log.option(), 0, "closing");
  BOOST_TEST(
      answer("statement --sequencer 1 --format json" + log.option()).at("balances").as_bool());
  check_run("statement --sequencer 1 --from tomorrow" + log.option(), 2, "a time is");
}

BOOST_AUTO_TEST_CASE(a_backup_beside_a_writer_verifies) {
  const Written log;
  const auto writing = open_log(DataPaths{log.directory.path}.log(), Access::durable);
  BOOST_REQUIRE(writing.has_value());
  const Directory directory;
  const auto copy = directory.path / "copy";
  const auto shown = answer("backup --json " + copy.string() + log.option());
  BOOST_TEST(shown.at("ok").as_bool());
  BOOST_TEST(shown.at("hash").as_string() == to_hex(life().world.head));
  check_run("verify --datadir " + copy.string(), 0, "nothing wrong");
  check_run("backup " + copy.string() + log.option(), 9, "there already");

  auto altered = life().values;
  altered[6].back() ^= 1;
  const Written tampered(altered);
  const auto other = directory.path / "other";
  check_run("backup " + other.string() + tampered.option(), 5, "record 7");
  BOOST_TEST(!fs::exists(other));
  BOOST_TEST(!fs::exists(other.string() + ".partial"));
}

// Pages that LMDB trips over: every verb ends with an answer, never by a signal or for ever.
BOOST_AUTO_TEST_CASE(damaged_files_end_in_an_answer) {
  const Written log;
  const Directory directory;
  const auto file = log.directory.path / "log" / "data.mdb";
  const auto whole = directory.path / "whole";
  fs::copy(file, whole);
  const auto size = static_cast<std::streamoff>(fs::file_size(file));
  const auto output = directory.path / "out";
  const std::string verbs[] = {"stats",
                               "why " + to_hex(life().world.shared.blocks.head.hash),
                               "diff 1 20",
                               "blame blocks.head.number",
                               "statement --sequencer 1",
                               "watch --from 1 --to " + std::to_string(life().values.size()),
                               "export -o " + output.string(),
                               "export --format sqlite -o " + output.string(),
                               "export --format csv -o " + output.string(),
                               "backup " + output.string()};
  for (std::streamoff page = 2; page < size / 4096; page += 5) {
    test::overwrite(file, page * 4096, std::string(4096, '\0'));
    for (const auto& verb : verbs) {
      const auto ran = run(verb + log.option());
      BOOST_TEST((ran.code == 0 || ran.code == 5 || ran.code == 9),
                 verb << " ended with " << ran.code << " for page " << page << ": " << ran.out);
      for (const auto* name : {"out", "out.partial"}) fs::remove_all(directory.path / name);
    }
    fs::copy(whole, file, fs::copy_options::overwrite_existing);
  }
  fs::resize_file(file, static_cast<std::uintmax_t>(size - 4096));
  for (const auto& verb : verbs) check_run(verb + log.option(), 5, "is truncated");
}

BOOST_AUTO_TEST_CASE(an_interrupt_leaves_nothing_half_written) {
  const Directory directory;
  const auto file = directory.path / "file";
  {
    auto partial = PartialFile::make(file);
    BOOST_REQUIRE(partial.has_value());
    BOOST_REQUIRE(partial->write("whole").has_value());
    BOOST_REQUIRE(partial->finish().has_value());
  }
  BOOST_TEST(content(file) == "whole");
  const pid_t child = ::fork();
  if (child == 0) {
    int code = 1;
    try {
      auto partial = PartialFile::make(file);
      auto tree = PartialDirectory::make(directory.path / "tree");
      if (partial->write("half")) ::raise(SIGINT);
      stop_if_interrupted();
    } catch (const Interrupted& interrupted) {
      code = interrupted.signal == SIGINT ? 0 : 2;
    }
    ::_exit(code);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  BOOST_TEST(status == 0);
  BOOST_TEST(content(file) == "whole");
  std::size_t left = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(directory.path)) ++left;
  BOOST_TEST(left == 1u);
}

BOOST_AUTO_TEST_CASE(progress_can_be_had_as_json) {
  const Written log;
  check_run("verify --progress none" + log.option(), 0, "nothing wrong");
  check_run("verify --progress loud" + log.option(), 2, "loud");
}

BOOST_AUTO_TEST_SUITE_END()
