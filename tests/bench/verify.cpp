#include "tools/replay/audit/verify.hpp"

#include <array>

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

double verified(const replay::Source& source, unsigned jobs, bool records_only) {
  const auto start = Clock::now();
  replay::VerifyOptions options;
  options.jobs = jobs;
  options.records_only = records_only;
  const auto verified = replay::verify(source, nullptr, options);
  if (!verified) stop("the made log: " + to_text(verified.error()));
  return static_cast<double>(source.last()) / seconds_since(start);
}

}  // namespace

void verify(const Options& options) {
  const RunDirectory run(options.directory);
  make_log(run.path(), options.records);
  const auto source = opened(run);
  std::vector<double> bounds;
  struct Case {
    const char* name;
    unsigned jobs;
    bool records_only;
    std::vector<double> rates = {};
  };
  std::array<Case, 4> cases{{{"jobs=1", 1, false},
                             {"jobs=2", 2, false},
                             {"records-only,jobs=1", 1, true},
                             {"records-only,jobs=2", 2, true}}};
  for (unsigned rep = 0; rep < options.reps; ++rep) {
    bounds.push_back(scan_and_hash(source));
    for (auto& one : cases) one.rates.push_back(verified(source, one.jobs, one.records_only));
  }
  const auto bound = median(bounds);
  for (const auto& one : cases) {
    print({"verify", one.name, median(one.rates), "facts/s", bound, "scan + hash", {}}, options);
  }
}

}  // namespace horae::bench
