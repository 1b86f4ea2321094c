#include "tools/replay/verify.hpp"

#include "tests/bench/bench.hpp"
#include "tests/bench/disk.hpp"
#include "tests/bench/made_log.hpp"

namespace horae::bench {
namespace {

replay::Source opened(const RunDirectory& run) {
  auto source = replay::Source::open(run.path());
  if (!source) stop(source.error().what);
  return std::move(*source);
}

// What no verifier can do without: every record is read and its hash is in the next one.
double scan_and_hash(const replay::Source& source) {
  const auto start = Clock::now();
  Hash32 head;
  auto reader = source.reader();
  const auto shown = reader.scan(1, source.last(), [&](std::uint64_t, BytesView value) {
    const auto record = decode_record(value);
    if (!record || record->header.prev != head) stop("the made log is no chain");
    head = record_hash(*record);
    return true;
  });
  if (!shown) stop(shown.error().what);
  return static_cast<double>(*shown) / seconds_since(start);
}

double whole(const replay::Source& source, unsigned jobs) {
  const auto start = Clock::now();
  const auto verified = replay::verify(source, nullptr, jobs);
  if (!verified) stop("the made log: " + to_text(verified.error()));
  return static_cast<double>(source.last()) / seconds_since(start);
}

}  // namespace

void verify(const Options& options) {
  const RunDirectory run(options.directory);
  make_log(run.path(), options.records);
  const auto source = opened(run);
  std::vector<double> bounds;
  std::vector<double> one;
  std::vector<double> two;
  for (unsigned rep = 0; rep < options.reps; ++rep) {
    bounds.push_back(scan_and_hash(source));
    one.push_back(whole(source, 1));
    two.push_back(whole(source, 2));
  }
  const auto bound = median(bounds);
  print({"verify", "jobs=1", median(one), "facts/s", bound, "scan + hash", {}}, options);
  print({"verify", "jobs=2", median(two), "facts/s", bound, "scan + hash", {}}, options);
}

}  // namespace horae::bench
