// What agreeing costs: a pool of four real CometBFTs on one machine and one disk.
#include <fmt/format.h>

#include <thread>

#include "node/consensus/pinned_cometbft.hpp"
#include "tests/bench/bench.hpp"
#include "tests/bench/disk.hpp"
#include "tests/bench/pool_members.hpp"

namespace horae::bench {
namespace {

constexpr auto members = PoolOfFour::members;
constexpr std::size_t transfers_a_block = 20;
constexpr std::size_t doors = 16;  // of each member
constexpr auto bare_name = "the same consensus with nothing to settle";
// Blocks are a second apart, and L1's head stands still: the genesis's bound ends it.
constexpr std::uint64_t most_blocks = 500;

double time_of(const std::function<void()>& what) {
  const auto begun = Clock::now();
  what();
  return 1'000 * seconds_since(begun);
}

/// Milliseconds of syncs, taken in between.
class Syncs {
 public:
  explicit Syncs(const std::filesystem::path& directory) : file_(directory / "raw") {}
  void take() {
    took_.push_back(time_of([&] { file_.append(Bytes(4'096, 0x5a)); }));
  }
  /// How often a second so many of them fit one after another.
  [[nodiscard]] double rate_of(unsigned in_a_row) const {
    return 1'000 / (in_a_row * median(took_));
  }

 private:
  RawFile file_;
  std::vector<double> took_;
};

// What a height adds follows it at once: an empty one, in whose header the state stands.
void await_rest(PoolOfFour& pool) {
  const auto height = pool.at(0).reached().height;
  for (std::size_t member = 0; member < members; ++member) {
    pool.at(member).await([&](const Reached& reached) { return reached.height > height; });
  }
}

// One block after another, from the leader's sequence, which signs it as its input, until it is
// durable at all; and as many bytes through consensus alone.
void agree_on_blocks(PoolOfFour& pool, PoolOfFour& bare, Syncs& syncs, const Options& options) {
  // What has to be on a disk before what comes next, as strace shows of CometBFT 0.40: of the
  // proposer its WAL, the signer's record (a file and its directory), the WAL with the proposal and
  // with the block; of each of two votes the WAL, the signer's record, and the WAL with the vote;
  // then the block store, the end of the height in the WAL, and the outcomes in the state store.
  // (The sequence adds two: the leader's inputProposed, and the journal's commit.)
  constexpr unsigned in_a_row = 5 + 2 * 4 + 3;
  const auto blocks = std::min(options.blocks, most_blocks);
  std::vector<double> took, took_bare;
  for (std::uint64_t block = 0; block < blocks; ++block) {
    const auto command = pool.next_block(transfers_a_block);
    const auto before = pool.at(0).reached().inputs;
    took.push_back(time_of([&] {
      pool.at(0).tell(command);
      pool.await_inputs(before + 1);
    }));
    await_rest(pool);
    const auto bytes = command.bytes();
    took_bare.push_back(time_of([&] {
      bare.at(0).propose({{Bytes(bytes.begin(), bytes.end())}});
      bare.await_inputs(block + 1);
    }));
    await_rest(bare);
    syncs.take();
  }
  if (pool.at(0).world().shared.blocks.head.number != blocks) stop("the pool refused a block");
  const auto agreed = latency_of(took), ordered = latency_of(took_bare);
  print({"pool", fmt::format("block,txns={}", transfers_a_block), 1'000 / agreed.p50_ms, "a second",
         1'000 / ordered.p50_ms, bare_name, agreed},
        options);
  print({"pool", "block,bare", 1'000 / ordered.p50_ms, "a second", syncs.rate_of(in_a_row),
         fmt::format("{} syncs one after another", in_a_row), ordered},
        options);
}

// So many inputs a second, given in equal shares at many doors, at each one after the other:
// CometBFT takes some 20 ms to answer.
double settle_at_once(PoolOfFour& pool, std::size_t share) {
  const auto count = share * doors * members;
  const auto before = pool.at(0).reached().inputs;
  std::vector<Bytes> inputs;
  for (std::size_t i = 0; i < count; ++i) inputs.push_back(pool.input(i / share % members));
  const auto ms = time_of([&] {
    std::vector<std::jthread> askers;
    for (std::size_t i = 0; i < count; i += share) {
      askers.emplace_back(
          [&, i] { pool.at(i / share % members).propose(std::span(inputs).subspan(i, share)); });
    }
    pool.await_inputs(before + count);
  });
  return 1'000 * static_cast<double>(count) / ms;
}

void settle_many(PoolOfFour& pool, PoolOfFour& bare, const Options& options) {
  const auto share = std::max<std::size_t>(options.txns / (doors * members), 1);
  std::vector<double> rates, rates_bare;
  for (unsigned rep = 0; rep < options.reps; ++rep) {
    rates.push_back(settle_at_once(pool, share));
    rates_bare.push_back(settle_at_once(bare, share));
  }
  print({"pool",
         fmt::format("in-flight={}", share * doors * members),
         median(rates),
         "inputs/s",
         median(rates_bare),
         bare_name,
         {}},
        options);
}

// A member that was away for so many heights, of an input each, begins again.
void catch_up(PoolOfFour& pool, Syncs& syncs, const Options& options) {
  // As strace shows: the block and the outcomes in CometBFT's stores, the journal's commit, and
  // CometBFT's state.
  constexpr unsigned in_a_row = 4;
  constexpr std::size_t away = members - 1;
  pool.take_away(away);
  const auto from = pool.at(0).reached().height;
  while (pool.at(0).reached().height < from + options.heights) {
    const auto before = pool.at(0).reached().inputs;
    pool.at(0).propose({{pool.input(0)}});
    pool.await_inputs(before + 1);
  }
  for (unsigned i = 0; i < 20; ++i) syncs.take();
  const auto goal = pool.at(0).reached().height;
  const auto begun = Clock::now();
  pool.bring_back(away);
  pool.at(away).await([&](const Reached& reached) { return reached.height >= goal; });
  const auto all = seconds_since(begun);
  const auto waited = std::chrono::duration<double>(pool.at(away).first_at() - begun).count();
  const auto rate = static_cast<double>(goal - from) / (all - waited);
  Line line{"pool",
            fmt::format("behind={}", goal - from),
            rate,
            "heights/s",
            syncs.rate_of(in_a_row),
            fmt::format("{} syncs one after another", in_a_row),
            {}};
  line.besides = {{"first_ms", 1'000 * waited}, {"of_10000_s", waited + 10'000 / rate}};
  print(line, options);
}

void in_one_process(const Options& options) {
  const RunDirectory run(options.directory);
  Syncs syncs(run.path());
  PoolOfFour four(run.path() / "pool", Settles::inputs);
  {
    PoolOfFour bare(run.path() / "bare", Settles::nothing);
    four.open_l1();
    agree_on_blocks(four, bare, syncs, options);
    settle_many(four, bare, options);
  }
  catch_up(four, syncs, options);
}

}  // namespace

void pool(const Options& options) {
  if (!std::filesystem::exists(pinned_cometbft())) {
    fmt::print(stderr, "horae-bench: no CometBFT {}, whose cases are left out\n",
               cometbft_version());
    return;
  }
  in_one_process(options);
  if (options.l1_heads > 0) idle_member(options);
}

}  // namespace horae::bench
