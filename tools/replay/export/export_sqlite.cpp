#include <sqlite3.h>

#include <boost/json.hpp>
#include <memory>

#include "core/files.hpp"
#include "events/record.hpp"
#include "tools/replay/export/each_record.hpp"
#include "tools/replay/export/partial.hpp"

namespace horae::replay {
namespace {

namespace json = boost::json;

// taken_back: seq of the L1Reverted that says that it did not happen.
constexpr const char* schema = R"(
CREATE TABLE records(seq INTEGER PRIMARY KEY, time_ms INTEGER, cause INTEGER, more INTEGER,
  domain TEXT, kind TEXT, hash TEXT, prev TEXT, bytes INTEGER, fact TEXT, l1_time_ms INTEGER);
CREATE TABLE blocks(number INTEGER, seq INTEGER PRIMARY KEY, hash TEXT, parent TEXT,
  timestamp INTEGER, sequencer TEXT, txns INTEGER, gas_used INTEGER, gas_limit INTEGER,
  base_fee TEXT, state_root TEXT, l1_origin INTEGER, revoked INTEGER);
CREATE INDEX blocks_by_number ON blocks(number);
CREATE TABLE transactions(hash TEXT PRIMARY KEY, sender TEXT, nonce INTEGER, value TEXT,
  status TEXT, reason TEXT, block INTEGER, place INTEGER, admitted_seq INTEGER, last_seq INTEGER);
CREATE TABLE locks(seq INTEGER, event TEXT, sequencer TEXT, amount TEXT, from_reward TEXT,
  total TEXT, l1_block INTEGER, l1_txn TEXT, log_index INTEGER, l1_time_ms INTEGER, taken_back INTEGER);
CREATE TABLE rewards(seq INTEGER, batch TEXT, sequencer TEXT, blocks TEXT, amount TEXT,
  reward_per_block TEXT, l1_block INTEGER, l1_txn TEXT, log_index INTEGER, l1_time_ms INTEGER, taken_back INTEGER);
CREATE TABLE claims(seq INTEGER, sequencer TEXT, amount TEXT, recipient TEXT,
  l1_block INTEGER, l1_txn TEXT, log_index INTEGER, l1_time_ms INTEGER, taken_back INTEGER);
CREATE TABLE penalties(seq INTEGER, event TEXT, kind TEXT, sequencer TEXT, points INTEGER,
  score INTEGER, block INTEGER, until_epoch INTEGER, detail TEXT);
)";

// One prepared statement, run with the values of a row.
class Statement {
 public:
  Statement(sqlite3* database, const char* sql) : database_(database) {
    sqlite3_stmt* made = nullptr;
    if (sqlite3_prepare_v2(database, sql, -1, &made, nullptr) != SQLITE_OK) trouble();
    statement_.reset(made);
  }
  void operator()(std::initializer_list<json::value> values) {
    auto* statement = statement_.get();
    int place = 0;
    for (const auto& value : values) bind(statement, ++place, value);
    if (sqlite3_step(statement) != SQLITE_DONE) trouble();
    sqlite3_reset(statement);
  }

  struct Failed {
    std::string what;
  };

 private:
  void trouble() const { throw Failed{sqlite3_errmsg(database_)}; }
  static void bind(sqlite3_stmt* statement, int place, const json::value& value) {
    if (value.is_null()) {
      sqlite3_bind_null(statement, place);
    } else if (value.is_bool()) {
      sqlite3_bind_int(statement, place, value.as_bool() ? 1 : 0);
    } else if (value.is_number()) {
      // Times, numbers and gas: below 2^63 in every log that a node wrote.
      sqlite3_bind_int64(
          statement, place,
          static_cast<sqlite3_int64>(
              value.is_uint64() ? value.as_uint64()
                                : static_cast<std::uint64_t>(value.to_number<std::int64_t>())));
    } else {
      const auto text = value.is_string() ? std::string(value.as_string()) : json::serialize(value);
      sqlite3_bind_text(statement, place, text.data(), static_cast<int>(text.size()),
                        SQLITE_TRANSIENT);
    }
  }
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement_{nullptr, sqlite3_finalize};
};

json::value member(const json::object& object, const char* name) {
  const auto* found = object.if_contains(name);
  return found == nullptr ? json::value(nullptr) : *found;
}

// Fills the tables, a record at a time.
class Tables {
 public:
  explicit Tables(sqlite3* database)
      : record_(database, "INSERT INTO records VALUES(?,?,?,?,?,?,?,?,?,?,?)"),
        block_(database, "INSERT INTO blocks VALUES(?,?,?,?,?,?,?,?,?,?,?,?,NULL)"),
        admitted_(database,
                  "INSERT INTO transactions VALUES(?1,?2,?3,?4,'pending',NULL,NULL,NULL,?5,?5) "
                  "ON CONFLICT(hash) DO UPDATE SET status='pending', reason=NULL, "
                  "admitted_seq=?5, last_seq=?5"),
        sealed_(database,
                "INSERT INTO transactions(hash,status,block,place,last_seq) "
                "VALUES(?1,'sealed',?2,?3,?4) ON CONFLICT(hash) DO UPDATE SET status='sealed', "
                "block=?2, place=?3, last_seq=?4"),
        ended_(database, "UPDATE transactions SET status=?2, reason=?3, last_seq=?4 WHERE hash=?1"),
        lock_(database, "INSERT INTO locks VALUES(?,?,?,?,?,?,?,?,?,?,NULL)"),
        reward_(database, "INSERT INTO rewards VALUES(?,?,?,?,?,?,?,?,?,?,NULL)"),
        claim_(database, "INSERT INTO claims VALUES(?,?,?,?,?,?,?,?,NULL)"),
        penalty_(database, "INSERT INTO penalties VALUES(?,?,?,?,?,?,?,?,?)"),
        revoked_(database, "UPDATE blocks SET revoked=?1 WHERE number>=?2 AND revoked IS NULL"),
        unsealed_(database,
                  "UPDATE transactions SET status='revoked', block=NULL, place=NULL, last_seq=?1 "
                  "WHERE block>=?2"),
        locks_back_(database, taken_back("locks")),
        rewards_back_(database, taken_back("rewards")),
        claims_back_(database, taken_back("claims")) {}

  void add(const json::object& described, const RecordView& record) {
    const auto& fact = described.at("fact");
    record_({record.header.seq, record.header.time_ms, record.header.cause, record.header.more,
             described.at("domain"), described.at("kind"), described.at("hash"),
             json::value(json::string(to_hex(record.header.prev))),
             record.header_bytes.size() + record.payload.size(), fact,
             member(described, "l1Time")});
    const auto& kind = described.at("kind").as_string();
    const auto* object = fact.if_object();
    if (object == nullptr) return;
    switch (record.header.domain) {
      case Domain::BLOCKS:
        return add_block(record.header.seq, kind, *object);
      case Domain::MEMPOOL:
        return add_txn(record.header.seq, kind, *object);
      case Domain::LOCKING:
        return add_locking(record.header.seq, kind, *object, member(described, "l1Time"));
      case Domain::PENALTIES:
        return add_penalty(record.header.seq, kind, *object);
      default:  // the others have no table beside `records`
        return;
    }
  }

 private:
  static const char* taken_back(std::string_view table) {
    return table == "locks"
               ? "UPDATE locks SET taken_back=?1 WHERE l1_block>?2 AND taken_back IS NULL"
           : table == "rewards"
               ? "UPDATE rewards SET taken_back=?1 WHERE l1_block>?2 AND taken_back IS NULL"
               : "UPDATE claims SET taken_back=?1 WHERE l1_block>?2 AND taken_back IS NULL";
  }

  void add_block(std::uint64_t seq, std::string_view kind, const json::object& fact) {
    if (kind == "blocksRevoked") {
      for (auto* back : {&revoked_, &unsealed_}) (*back)({seq, fact.at("number")});
    }
    if (kind != "blockSealed") return;
    const auto& header = fact.at("header").as_object();
    const auto& hashes = fact.at("hashes").as_array();
    block_({header.at("number"), seq, header.at("blockHash"), header.at("parentHash"),
            header.at("timestamp"), header.at("sequencer"), hashes.size(), header.at("gasUsed"),
            header.at("gasLimit"), header.at("baseFee"), header.at("stateRoot"),
            header.at("l1Origin").at("number")});
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      sealed_({hashes[i], header.at("number"), i, seq});
    }
  }

  void add_txn(std::uint64_t seq, std::string_view kind, const json::object& fact) {
    if (kind == "txnAdmitted") {
      const auto& txn = fact.at("txn").as_object();
      admitted_({txn.at("hash"), txn.at("sender"), txn.at("nonce"), txn.at("value"), seq});
    } else if (kind == "txnReplaced") {
      ended_({fact.at("hash"), "replaced", member(fact, "by"), seq});
    } else if (kind == "txnDropped") {
      ended_({fact.at("hash"), "dropped", member(fact, "reason"), seq});
    } else if (kind == "txnsIncluded") {
      for (const auto& hash : fact.at("hashes").as_array()) ended_({hash, "included", {}, seq});
    }
  }

  void add_locking(std::uint64_t seq, std::string_view kind, const json::object& fact,
                   const json::value& l1_time) {
    if (kind == "l1Reverted") {
      const auto& to = fact.at("to").at("number");
      for (auto* back : {&locks_back_, &rewards_back_, &claims_back_}) (*back)({seq, to});
      return;
    }
    const auto* position = fact.if_contains("position");
    if (position == nullptr) return;
    const auto& block = position->at("block");
    const auto& txn = position->at("txnHash");
    const auto& index = position->at("logIndex");
    const json::value event(kind);
    if (kind == "rewardDistributed") {
      for (const auto& credit : fact.at("credits").as_array()) {
        reward_({seq, fact.at("batchId"), credit.at("sequencerId"), credit.at("blocks"),
                 credit.at("amount"), fact.at("rpb"), block, txn, index, l1_time});
      }
    } else if (kind == "rewardsClaimed") {
      // An exit claims, too, and has one of these of its own.
      claim_({seq, fact.at("sequencerId"), fact.at("amount"), fact.at("recipient"), block, txn,
              index, l1_time});
    }
    if (kind == "locked" || kind == "relocked" || kind == "withdrawn" || kind == "lockUpdated" ||
        kind == "unlockInitiated" || kind == "unlocked") {
      auto amount = member(fact, "amount");
      if (kind == "lockUpdated") amount = member(fact, "newAmount");
      lock_({seq, event, fact.at("sequencerId"), amount, member(fact, "fromReward"),
             member(fact, "total"), block, txn, index, l1_time});
    }
  }

  void add_penalty(std::uint64_t seq, std::string_view kind, const json::object& fact) {
    if (kind != "faultProven" && kind != "consequenceDrawn" && kind != "observed") return;
    penalty_({seq, json::value(kind), member(fact, "kind"), member(fact, "sequencerId"),
              member(fact, "points"), member(fact, "score"), member(fact, "block"),
              member(fact, "untilEpoch"), member(fact, "detail")});
  }

  Statement record_, block_, admitted_, sealed_, ended_, lock_, reward_, claim_, penalty_;
  Statement revoked_, unsealed_;
  Statement locks_back_, rewards_back_, claims_back_;
};

void execute(sqlite3* database, const char* sql) {
  if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw Statement::Failed{sqlite3_errmsg(database)};
  }
}

Exported fill(sqlite3* database, const Source& source, std::atomic<std::uint64_t>* at) {
  // The file is synced and put in its place when it is whole: it needs no journal of its own.
  execute(database, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN");
  execute(database, schema);
  auto exported = [&] {
    Tables tables(database);
    return each_record(source, "exporting", at,
                       [&](const json::object& described, const RecordView& record) {
                         tables.add(described, record);
                         return Outcome<void>();
                       });
  }();
  if (!exported) return exported;
  execute(database, "COMMIT");
  return exported;
}

}  // namespace

Exported export_sqlite(const Source& source, const std::filesystem::path& file,
                       std::atomic<std::uint64_t>* at) {
  auto out = PartialFile::make(file);
  if (!out) return tl::unexpected(out.error());
  Exported exported;
  try {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open(out->path().c_str(), &opened);
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(opened, sqlite3_close);
    if (code != SQLITE_OK) throw Statement::Failed{sqlite3_errstr(code)};
    exported = fill(database.get(), source, at);
  } catch (const Statement::Failed& failed) {
    return refuse(Trouble::file_access, "SQLite: " + failed.what);
  }
  if (!exported) return exported;
  if (const auto finished = out->finish(); !finished) return tl::unexpected(finished.error());
  return exported;
}

}  // namespace horae::replay
