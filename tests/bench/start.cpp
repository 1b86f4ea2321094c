#include "node/start/log_session.hpp"
#include "storage/snapshots.hpp"
#include "tests/bench/bench.hpp"
#include "tests/bench/disk.hpp"
#include "tests/bench/made_log.hpp"

namespace horae::bench {
namespace {

// A replay of a long log is long enough to be told by itself.
constexpr std::uint64_t long_log = 2'000'000;

double open_log_once(const DataPaths& paths, StartFrom from, std::uint64_t& snapshot) {
  const auto begun = Clock::now();
  const auto session = LogSession::open(paths, std::size_t{1} << 40, from);
  if (!session) stop("the made log: " + session.error().what);
  const auto seconds = seconds_since(begun);
  snapshot = session->used ? session->used->header.seq : 0;
  return seconds;
}

// What no start can do without: the records that it folds are read, and their hashes link them.
double scan_and_hash(const DataPaths& paths, std::uint64_t from, std::uint64_t& records) {
  const auto environment = open_log(paths.log(), Access::read_only);
  if (!environment) stop(environment.error().what);
  const auto start = Clock::now();
  Hash32 head;
  LogReader reader(*environment);
  const auto shown = reader.scan(from, UINT64_MAX, [&](std::uint64_t seq, BytesView value) {
    const auto record = decode_record(value);
    if (!record || (seq != from && record->header.prev != head)) stop("the made log is no chain");
    head = record_hash(*record);
    return true;
  });
  if (!shown) stop(shown.error().what);
  records = *shown;
  return seconds_since(start);
}

// And the snapshot is read, and its hash compared.
double read_snapshot(const DataPaths& paths, std::uint64_t seq) {
  const auto begun = Clock::now();
  const auto bytes = Snapshots(paths.snapshots()).read(seq);
  if (!bytes || !decode_snapshot(snapshot_version, *bytes)) stop("the snapshot of the made log");
  return seconds_since(begun);
}

}  // namespace

void start(const Options& options) {
  const RunDirectory run(options.directory);
  const DataPaths paths{run.path()};
  make_log(run.path(), options.records);
  const unsigned replays = options.records > long_log ? 1 : options.reps;
  std::uint64_t snapshot = 0;
  std::uint64_t records = 0;
  open_log_once(paths, StartFrom::beginning, snapshot);  // leaves a snapshot
  std::vector<double> bounds;
  std::vector<double> folds;
  for (unsigned rep = 0; rep < replays; ++rep) {
    const auto bound = scan_and_hash(paths, 1, records);
    bounds.push_back(static_cast<double>(records) / bound);
    folds.push_back(static_cast<double>(records) /
                    open_log_once(paths, StartFrom::beginning, snapshot));
  }
  print({"start", "replay", median(folds), "facts/s", median(bounds), "scan + hash", {}}, options);

  bounds.clear();
  std::vector<double> starts;
  std::vector<double> milliseconds;
  for (unsigned rep = 0; rep < options.reps; ++rep) {
    const auto seconds = open_log_once(paths, StartFrom::snapshot, snapshot);
    if (snapshot == 0) break;  // the log is too short for one
    milliseconds.push_back(1000 * seconds);
    starts.push_back(1 / seconds);
    std::uint64_t tail = 0;
    bounds.push_back(1 /
                     (scan_and_hash(paths, snapshot + 1, tail) + read_snapshot(paths, snapshot)));
  }
  if (starts.empty()) return;
  print({"start", "snapshot", median(starts), "starts/s", median(bounds),
         "read snapshot + scan + hash its tail", latency_of(milliseconds)},
        options);
}

}  // namespace horae::bench
