#include <fmt/format.h>
#include <lmdb.h>

#include <array>
#include <memory>

#include "tests/bench/disk.hpp"
#include "tests/bench/journal_load.hpp"

namespace horae::bench {
namespace {

constexpr std::array<std::size_t, 4> batches{1, 64, 512, 4096};

void check(int code) {
  if (code != MDB_SUCCESS) stop(std::string("bare LMDB: ") + mdb_strerror(code));
}

// LMDB and nothing else: keys in order, full sync.
class BareLmdb {
 public:
  explicit BareLmdb(const std::filesystem::path& directory) : value_(record_bytes, 0x5a) {
    std::filesystem::create_directories(directory);
    check(mdb_env_create(&env_));
    check(mdb_env_set_mapsize(env_, std::size_t{1} << 38));
    check(mdb_env_open(env_, directory.c_str(), 0, 0600));
    MDB_txn* txn = nullptr;
    check(mdb_txn_begin(env_, nullptr, 0, &txn));
    check(mdb_dbi_open(txn, nullptr, 0, &table_));
    check(mdb_txn_commit(txn));
  }
  ~BareLmdb() { mdb_env_close(env_); }
  BareLmdb(const BareLmdb&) = delete;
  BareLmdb& operator=(const BareLmdb&) = delete;

  void append(std::size_t records) {
    MDB_txn* txn = nullptr;
    check(mdb_txn_begin(env_, nullptr, 0, &txn));
    for (std::size_t i = 0; i < records; ++i) {
      const auto seq = __builtin_bswap64(++seq_);
      std::memcpy(key_.data(), &seq, key_.size());
      MDB_val key{key_.size(), key_.data()};
      MDB_val value{value_.size(), value_.data()};
      check(mdb_put(txn, table_, &key, &value, MDB_APPEND));
    }
    check(mdb_txn_commit(txn));
  }

 private:
  MDB_env* env_ = nullptr;
  MDB_dbi table_ = 0;
  std::uint64_t seq_ = 0;
  std::array<std::uint8_t, 8> key_{};
  Bytes value_;
};

// Batches one after the other, as long as it is said.
template <class Once>
double repeated(std::size_t batch, double seconds, Once once) {
  const auto start = Clock::now();
  std::size_t done = 0;
  do {
    once();
    done += batch;
  } while (seconds_since(start) < seconds);
  return static_cast<double>(done) / seconds_since(start);
}

}  // namespace

void journal(const Options& options) {
  for (const auto batch : batches) {
    const RunDirectory run(options.directory);
    RawFile raw(run.path() / "raw");
    BareLmdb lmdb(run.path() / "lmdb");
    JournalLoad whole(run.path() / "log", batch);
    const Bytes bytes(batch * record_bytes, 0x5a);
    std::vector<double> of_raw;
    std::vector<double> of_lmdb;
    std::vector<double> of_journal;
    for (unsigned rep = 0; rep < options.reps; ++rep) {
      of_raw.push_back(repeated(batch, options.seconds, [&] { raw.append(bytes); }));
      of_lmdb.push_back(repeated(batch, options.seconds, [&] { lmdb.append(batch); }));
      of_journal.push_back(whole.saturated(options.seconds));
    }
    const auto bound = median(of_raw);
    const auto name = fmt::format("batch={}", batch);
    constexpr auto bound_name = "raw append + fdatasync";
    print({"journal", "lmdb," + name, median(of_lmdb), "facts/s", bound, bound_name, {}}, options);
    print({"journal", name, median(of_journal), "facts/s", bound, bound_name, {}}, options);
  }
}

void ack(const Options& options) {
  constexpr double rate = 10'000;
  const RunDirectory run(options.directory);
  RawFile raw(run.path() / "raw");
  JournalLoad whole(run.path() / "log", JournalOptions{}.batch_facts);
  const Bytes bytes(record_bytes, 0x5a);
  std::vector<double> acknowledged;
  std::vector<double> rates;
  std::vector<double> syncs;
  std::vector<double> sync_rates;
  for (unsigned rep = 0; rep < options.reps; ++rep) {
    rates.push_back(whole.offered(rate, options.seconds * 2, acknowledged));
    sync_rates.push_back(repeated(1, options.seconds, [&] {
      const auto start = Clock::now();
      raw.append(bytes);
      syncs.push_back(seconds_since(start) * 1000);
    }));
  }
  print({"ack", "offered=10000/s", median(rates), "facts/s", rate, "offered",
         latency_of(acknowledged)},
        options);
  const auto bound = median(sync_rates);
  print({"ack", "fdatasync", bound, "syncs/s", bound, "append + fdatasync of one fact",
         latency_of(syncs)},
        options);
}

}  // namespace horae::bench
