#include <sqlite3.h>

#include <map>
#include <memory>
#include <sstream>

#include "core/merkle.hpp"
#include "events/json.hpp"
#include "events/mempool/fate.hpp"
#include "tests/tools/auditing.hpp"
#include "tools/replay/audit/account.hpp"
#include "tools/replay/show.hpp"

using namespace horae;
using namespace horae::replay;
using namespace horae::test;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

Hash32 root_of_duties() {
  merkle::Frontier tree;
  for (const auto& value : duties().values) (void)tree.add(record_hash(*decode_record(value)));
  return tree.root();
}

// As `log --json` shows them.
const std::vector<json::object>& records() {
  static const std::vector<json::object> all = [] {
    const Written log;
    std::vector<json::object> out;
    std::istringstream lines(run("log --json" + log.option()).out);
    for (std::string line; std::getline(lines, line);) {
      out.push_back(json::parse(line).as_object());
    }
    return out;
  }();
  return all;
}

using Row = std::vector<std::string>;

// RFC 4180, as far as it goes: rows of cells.
std::vector<Row> parse_csv(const std::string& text) {
  std::vector<Row> rows(1, Row(1));
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto& cell = rows.back().back();
    if (quoted) {
      if (text[i] != '"') {
        cell += text[i];
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        cell += text[++i];
      } else {
        quoted = false;
      }
    } else if (text[i] == '"') {
      quoted = true;
    } else if (text[i] == ',') {
      rows.back().emplace_back();
    } else if (text[i] == '\n') {
      rows.emplace_back(1);
    } else {
      cell += text[i];
    }
  }
  rows.pop_back();  // behind the last line's end
  return rows;
}

// What a column of this name should have: "header.l1Origin.number" in the fact.
std::string cell_of(const json::value& fact, const std::string& column) {
  const auto* at = &fact;
  std::istringstream names(column);
  for (std::string name; std::getline(names, name, '.') && at != nullptr;) {
    const auto* object = at->if_object();
    at = object == nullptr ? nullptr : object->if_contains(name);
  }
  if (at == nullptr || at->is_null()) return {};
  return at->is_string() ? std::string(at->as_string()) : json::serialize(*at);
}

// How many values a fact has that are no struct.
std::size_t values_in(const json::value& fact) {
  const auto* object = fact.if_object();
  if (object == nullptr) return fact.is_null() ? 0 : 1;
  std::size_t out = 0;
  for (const auto& [name, member] : *object) out += values_in(member);
  return out;
}

class Database {
 public:
  explicit Database(const fs::path& file) {
    sqlite3* opened = nullptr;
    BOOST_REQUIRE(sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr) ==
                  SQLITE_OK);
    database_.reset(opened);
  }
  std::vector<Row> operator()(const std::string& sql) {
    std::vector<Row> out;
    const auto add = [](void* rows, int columns, char** cells, char**) {
      auto& row = static_cast<std::vector<Row>*>(rows)->emplace_back();
      for (int i = 0; i < columns; ++i) row.emplace_back(cells[i] == nullptr ? "" : cells[i]);
      return 0;
    };
    char* trouble = nullptr;
    const int code = sqlite3_exec(database_.get(), sql.c_str(), add, &out, &trouble);
    BOOST_REQUIRE_MESSAGE(code == SQLITE_OK, sql << ": " << (trouble ? trouble : ""));
    return out;
  }

 private:
  std::unique_ptr<sqlite3, int (*)(sqlite3*)> database_{nullptr, sqlite3_close};
};

U256 sum(const std::vector<Row>& rows) {
  U256 out = 0;
  for (const auto& row : rows) out += *u256_from_decimal(row.at(0));
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(exports)

BOOST_AUTO_TEST_CASE(what_is_exported_and_imported_is_the_same_log) {
  const Written log;
  const Directory directory;
  const auto file = (directory.path / "log.jsonl").string();
  const auto copy = directory.path / "copy";
  check_run("export -o " + file + log.option(), 0, "exported");
  BOOST_TEST(!fs::exists(file + ".partial"));
  const auto imported = run("import " + file + " " + copy.string());
  BOOST_TEST_CONTEXT(imported.out) { BOOST_TEST(imported.code == 0); }
  BOOST_TEST(imported.out.find(to_hex(duties().world.head)) != std::string::npos);
  BOOST_TEST(imported.out.find(to_hex(root_of_duties())) != std::string::npos);
  const auto source = Source::open(copy);
  BOOST_REQUIRE(source.has_value());
  auto reader = source->reader();
  BOOST_TEST(source->last() == duties().values.size());
  for (std::size_t i = 0; i < duties().values.size(); ++i) {
    BOOST_TEST(((**reader.get(i + 1)).value == duties().values[i]));
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

BOOST_AUTO_TEST_CASE(json_lines_hold_the_bytes_and_the_fact_as_it_reads) {
  const Written log;
  const Directory directory;
  const auto file = (directory.path / "log.jsonl").string();
  check_run("export -o " + file + log.option(), 0, "exported");
  std::istringstream lines(content(file));
  std::size_t place = 0;
  for (std::string line; std::getline(lines, line); ++place) {
    const auto shown = json::parse(line).as_object();
    const auto record = decode_record(duties().values.at(place));
    BOOST_TEST(shown.at("payload").as_string() == to_hex(record->payload));
    BOOST_TEST(shown.at("prev").as_string() == to_hex(record->header.prev));
    BOOST_TEST(shown.at("more").as_bool() == record->header.more);
    BOOST_TEST(number(shown.at("kindNumber")) == record->header.kind);
    for (const auto& [name, value] : records().at(place)) BOOST_TEST(shown.at(name) == value);
  }
  BOOST_TEST(place == duties().values.size());
}

BOOST_AUTO_TEST_CASE(an_import_goes_on_where_it_was_stopped) {
  const Written log;
  const Directory directory;
  const auto file = (directory.path / "log.jsonl").string();
  const auto copy = (directory.path / "copy").string();
  check_run("export -o " + file + log.option(), 0, "exported");
  const auto whole = content(file);
  std::size_t end = 0;
  for (int lines = 0; lines < 20; ++lines) end = whole.find('\n', end) + 1;
  const auto rewrite = [&](const std::string& text) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
  };
  rewrite(whole.substr(0, end + 100));
  check_run("import --resume " + file + " " + copy, 5, "line 21: ");
  BOOST_TEST(!fs::exists(copy));
  // Only who asks for it goes on with it, and only with the same file.
  rewrite(whole);
  check_run("import " + file + " " + copy, 9, "copy.partial is there already");
  rewrite(whole.substr(whole.find('\n') + 1));
  check_run("import --resume " + file + " " + copy, 9, "another file was");
  rewrite(whole);
  check_run("import --resume " + file + " " + copy, 0, "resumed      at record 21");
  const auto answered = answer("verify --json --datadir " + copy);
  BOOST_TEST(answered.at("hash").as_string() == to_hex(duties().world.head));
  BOOST_TEST(!fs::exists(copy + ".partial"));
}

// Whoever reads the lines with other tools may write them in another order, and as they like.
BOOST_AUTO_TEST_CASE(lines_may_be_written_by_another_program) {
  const Written log;
  const Directory directory;
  const auto file = (directory.path / "log.jsonl").string();
  const auto copy = (directory.path / "copy").string();
  check_run("export -o " + file + log.option(), 0, "exported");
  std::istringstream lines(content(file));
  std::string other;
  for (std::string line; std::getline(lines, line);) {
    const auto parsed = json::parse(line).as_object();
    json::object turned;
    for (const auto* name :
         {"payload", "hash", "prev", "kindNumber", "domain", "more", "cause", "time", "seq"}) {
      turned[name] = parsed.at(name);
    }
    other += json::serialize(turned) + "\n";
  }
  other.pop_back();  // without the last line's end
  std::ofstream(file, std::ios::binary | std::ios::trunc) << other;
  check_run("import " + file + " " + copy, 0, to_hex(root_of_duties()));
}

BOOST_AUTO_TEST_CASE(csv_has_every_value_of_every_record) {
  const Written log;
  const Directory directory;
  const auto csv = directory.path / "csv";
  check_run("export --format csv -o " + csv.string() + log.option(), 0, "exported");
  std::size_t rows = 0;
  for (const auto& entry : fs::directory_iterator(csv)) {
    const auto table = parse_csv(content(entry.path()));
    const auto& head = table.at(0);
    BOOST_REQUIRE(head.size() >= 6u);
    BOOST_TEST(head[0] == "seq");
    for (std::size_t i = 1; i < table.size(); ++i, ++rows) {
      const auto& row = table[i];
      BOOST_REQUIRE(row.size() == head.size());
      const auto& record = records().at(std::stoul(row[0]) - 1);
      BOOST_TEST(entry.path().filename() == std::string(record.at("domain").as_string()) + "." +
                                                std::string(record.at("kind").as_string()) +
                                                ".csv");
      BOOST_TEST(row[2] == std::to_string(number(record.at("time"))));
      const auto* l1 = record.if_contains("l1Time");
      BOOST_TEST(row[3] == (l1 == nullptr ? "" : show_time(number(*l1))));
      BOOST_TEST(row[4] == std::to_string(number(record.at("cause"))));
      BOOST_TEST(row[5] == std::string(record.at("hash").as_string()));
      std::size_t values = 0;
      for (std::size_t column = 6; column < row.size(); ++column) {
        BOOST_TEST(row[column] == cell_of(record.at("fact"), head[column]), head[column]);
        values += row[column].empty() && cell_of(record.at("fact"), head[column]).empty() ? 0 : 1;
      }
      BOOST_TEST(values <= values_in(record.at("fact")));
    }
  }
  BOOST_TEST(rows == duties().values.size());
  check_run("export --format csv -o " + csv.string() + log.option(), 9, "there already");
}

BOOST_AUTO_TEST_CASE(sqlite_has_every_record_and_what_they_come_to) {
  const Written log;
  const Directory directory;
  const auto file = directory.path / "log.sqlite";
  check_run("export --format sqlite -o " + file.string() + log.option(), 0, "exported");
  Database database(file);
  const auto rows = database(
      "SELECT seq, time_ms, cause, more, domain, kind, hash, prev, bytes, fact FROM records "
      "ORDER BY seq");
  BOOST_REQUIRE(rows.size() == records().size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& record = records()[i];
    const auto& value = duties().values[i];
    const auto header = decode_record(value)->header;
    const Row wanted{std::to_string(i + 1),
                     std::to_string(header.time_ms),
                     std::to_string(header.cause),
                     header.more ? "1" : "0",
                     std::string(record.at("domain").as_string()),
                     std::string(record.at("kind").as_string()),
                     std::string(record.at("hash").as_string()),
                     to_hex(header.prev),
                     std::to_string(value.size())};
    BOOST_TEST(Row(rows[i].begin(), rows[i].end() - 1) == wanted, boost::test_tools::per_element());
    BOOST_TEST(json::parse(rows[i].back()) == record.at("fact"));
  }
  const auto& head = duties().world.shared.blocks.head;
  const auto blocks = database("SELECT number, hash, txns FROM blocks ORDER BY number");
  BOOST_TEST(blocks.size() == head.number);
  BOOST_TEST(blocks.back()[1] == to_hex(head.hash));

  // Each transaction's fate as `why` tells it.
  const auto txns = database("SELECT hash, status, block FROM transactions");
  std::map<std::string, Fate> fates;
  for (const auto& value : duties().values) {
    const auto record = decode_record(value);
    for (const auto& hash : hashes_named(*record)) {
      fates.emplace(to_hex(hash), Fate(hash)).first->second.add(*record);
    }
  }
  std::erase_if(fates, [](const auto& each) { return each.second.json().is_null(); });
  BOOST_TEST(txns.size() == fates.size());
  for (const auto& txn : txns) {
    const auto fate = fates.at(txn[0]).json();
    BOOST_TEST(fate.at("status").as_string() == txn[1]);
    if (const auto* block = fate.as_object().if_contains("block")) {
      BOOST_TEST(std::to_string(number(*block)) == txn[2]);
    }
  }

  // To the wei what the sequencers' accounts say.
  const auto source = Source::open(log.directory.path);
  std::atomic<std::uint64_t> at = 0;
  for (const auto& [id, sequencer] : duties().world.shared.locking.current.sequencers) {
    U256 rewards = 0, locked = 0, claimed = 0;
    const auto told = account(*source, id, 0, UINT64_MAX, &at);
    BOOST_REQUIRE(told.has_value());
    for (const auto& booking : told->bookings) {
      if (!booking.amount) continue;
      if (booking.from == "payer") rewards += *booking.amount;
      if (booking.to == "payer") rewards -= *booking.amount;
      if (booking.to == "recipient") claimed += *booking.amount;
      if (booking.from == "recipient") claimed -= *booking.amount;
      if (booking.event == "locked") locked += *booking.amount;
    }
    const auto mine = " WHERE sequencer='" + to_decimal(id) + "' AND taken_back IS NULL";
    BOOST_TEST(to_decimal(sum(database("SELECT amount FROM rewards" + mine))) ==
               to_decimal(rewards));
    BOOST_TEST(to_decimal(sum(database("SELECT amount FROM claims" + mine))) ==
               to_decimal(claimed));
    BOOST_TEST(to_decimal(sum(database("SELECT amount FROM locks" + mine +
                                       " AND event='locked'"))) == to_decimal(locked));
  }
  BOOST_TEST(!database("SELECT * FROM rewards WHERE taken_back IS NOT NULL").empty());
  BOOST_TEST(!database("SELECT * FROM penalties WHERE event='faultProven'").empty());
}

BOOST_AUTO_TEST_SUITE_END()
