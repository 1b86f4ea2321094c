#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "core/bytes.hpp"
#include "node/dev/anvil.hpp"
#include "node/dev/former_children.hpp"

namespace horae::dev {

struct L1Options {
  std::filesystem::path anvil;
  std::filesystem::path home;      // <datadir>/l1
  std::uint16_t port = 0;          // 0: a free one
  std::uint64_t genesis_time = 0;  // seconds; 0: now
  std::uint64_t block_time_s = 1;  // 0: mines only when told
  std::uint64_t dump_interval_s = 30;
};

/// The dev network's L1: an anvil whose whole state is dumped now and then, for it keeps nothing of
/// its own over a kill. Two dumps are kept, state-<number>.gz, as anvil_dumpState gives them.
class L1Chain {
 public:
  /// Without a genesis hash, a new chain. With one, the chain of the newest dump that can be read
  /// and begins with that block: the former life goes on where it was dumped, with block hashes,
  /// logs, receipts and balances as they were (only the state *at* older blocks is gone). It mines
  /// nothing yet. Main thread only.
  static Result<std::unique_ptr<L1Chain>> start(const L1Options& options,
                                                const std::optional<Hash32>& genesis,
                                                const Say& say);
  ~L1Chain();

  [[nodiscard]] Anvil& anvil() { return anvil_; }
  [[nodiscard]] Result<Hash32> genesis();
  /// Every transaction is mined at once, in a block of its own: for the deployment.
  [[nodiscard]] Result<void> mine_at_once(bool on);
  /// A block each block time from now on, the first not older than the head, and dumps as well.
  /// A dump that fails is told on a thread of this object's own.
  [[nodiscard]] Result<void> go_on(Say say);
  /// Writes the state: durable when this returns.
  [[nodiscard]] Result<void> dump();
  /// Mines no more, dumps and ends. A fault if the dump failed.
  Result<void> stop();

 private:
  L1Chain(L1Options options, Anvil anvil);
  [[nodiscard]] Result<void> load(const Hash32& genesis, const Say& say);
  [[nodiscard]] Result<void> load_dump(const std::filesystem::path& file, const Hash32& genesis);
  void end_dumping();

  L1Options options_;
  Anvil anvil_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  bool stopped_ = false;
  std::mutex dump_mutex_;
  std::thread dumper_;
};

}  // namespace horae::dev
