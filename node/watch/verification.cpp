#include "node/watch/verification.hpp"

#include <chrono>

#include "core/priority.hpp"
#include "core/shell_word.hpp"
#include "core/trouble.hpp"
#include "edges/quiet_thread.hpp"
#include "node/start/caught.hpp"
#include "node/start/damage_guard.hpp"
#include "node/start/log_checks.hpp"

namespace horae {
namespace {

// So little is copied out of one read transaction that it is short even where the thread hardly
// gets to run: an old transaction makes the file grow.
constexpr std::size_t slice_records = 256;
constexpr std::size_t slice_bytes = 256u << 10;
// A rest is short enough for a stop that is at once.
constexpr auto most_rest = std::chrono::milliseconds(50);

Fault at_record(std::uint64_t seq, const Fault& fault) {
  return Fault{"record " + std::to_string(seq) + ": " + fault.what};
}

// What a start does with each record.
class Refold {
 public:
  explicit Refold(TileCheck tiles) : tiles_(std::move(tiles)) {}

  Result<void> see(BytesView value) {
    const auto record = decode_record(value);
    if (!record) return tl::unexpected(record.error());
    if (auto folded = fold(world_, *record, Trust::bytes); !folded) return folded;
    if (const auto tile = tree_.add(world_.head)) {
      if (auto same = tiles_.see(*tile); !same) return same;
    }
    if (auto same = hashes_.see(world_, *record); !same) return same;
    service_.see(*record, world_.local.mempool);
    return {};
  }

  [[nodiscard]] std::uint64_t seq() const { return world_.seq; }

  // Whether a start that read every record would have had what the snapshot gave it.
  Result<void> compare(const UsedSnapshot& used) {
    if (tree_ != used.tree) return fail("the stored tiles are not the tree of the records");
    const auto again = take_snapshot(world_, service_, {used.header.shared, used.header.local});
    if (sha256(again.encode()) == used.digest) return {};
    return fail(
        "the snapshot that the node started from is not what the log gives: it was altered");
  }

 private:
  World world_;
  TileCheck tiles_;
  merkle::Frontier tree_;
  StateHashWatch hashes_;
  ServiceWatch service_;
};

}  // namespace

Verification::Verification(Options options)
    : options_(std::move(options)), thread_(quiet_thread("verification", [this] {
        take_idle_priority();
        const auto done = run();
        if (!done && !ending_) options_.on_fault(done.error());
      })) {}

Verification::~Verification() {
  ending_ = true;
  if (thread_.joinable()) thread_.join();
}

Result<void> Verification::run() {
  using Steady = std::chrono::steady_clock;
  const auto last = options_.used.header.seq;
  DamageGuard guard("the log, verified behind the start",
                    "`horae-replay verify` tells more, and a copy of log/ put back in its place "
                    "goes on from there");
  const auto started = Steady::now();
  auto told = started;
  auto& progress = options_.board->verification;
  const auto tell = [&](std::uint64_t done) {
    const auto seconds = std::chrono::duration<double>(Steady::now() - started).count();
    progress.done = done;
    progress.rate =
        seconds > 0 ? static_cast<std::uint64_t>(static_cast<double>(done) / seconds) : 0;
  };
  progress.total = last;
  auto tiles = TileCheck::begin(options_.environment);
  if (!tiles) return tl::unexpected(tiles.error());
  Refold refold(std::move(*tiles));
  LogReader log(options_.environment);
  while (refold.seq() < last && !ending_) {
    const auto begun = Steady::now();
    const auto slice = log.read(refold.seq() + 1, slice_records, slice_bytes);
    if (!slice) return tl::unexpected(slice.error());
    if (slice->empty()) {
      return fail("record " + std::to_string(refold.seq() + 1) + " is missing");
    }
    for (const auto& stored : *slice) {
      if (refold.seq() == last) break;
      guard.at(stored.seq);
      if (const auto seen = caught([&] { return refold.see(stored.value); }); !seen) {
        return tl::unexpected(at_record(stored.seq, seen.error()));
      }
    }
    const auto now = Steady::now();
    if (now - told > std::chrono::milliseconds(500)) {
      told = now;
      tell(refold.seq());
    }
    if (options_.rests) {
      std::this_thread::sleep_for(std::min<Steady::duration>(now - begun, most_rest));
    }
  }
  if (ending_) return {};
  if (const auto same = caught([&] { return refold.compare(options_.used); }); !same) {
    return tl::unexpected(at_record(last, same.error()));
  }
  tell(last);
  return {};
}

void end_at_difference(const DataPaths& paths, const Fault& fault) {
  std::error_code ignored;
  std::filesystem::remove_all(paths.snapshots(), ignored);
  end_at_once({Trouble::snapshot_altered,
               "verifying the log behind the start: " + fault.what +
                   ". The node stops: what it did since its start may rest on a wrong state. The "
                   "snapshots are deleted, so that the next start reads every record; "
                   "`horae-replay verify --datadir " +
                   shell_word(paths.root.string()) + "` tells what the log says"});
}

}  // namespace horae
