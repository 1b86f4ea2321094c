#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "core/crypto/secret.hpp"
#include "core/trouble.hpp"
#include "node/child/child_watch.hpp"
#include "node/dev/l1_chain.hpp"
#include "node/dev/l2_engine.hpp"
#include "node/dev/network_file.hpp"
#include "node/dev/programs.hpp"
#include "storage/data_directory.hpp"

namespace horae::dev {

struct Options {
  std::filesystem::path datadir;  // locked by the caller, at least while this starts
  std::uint16_t l1_port = 18545;  // 0: a free one
  std::uint16_t l2_port = 8545;   // of the node's own RPC: only looked at, the node opens it
  std::uint64_t l1_block_time_s = 1;
  std::optional<std::uint64_t> nodes;   // none: as many as it began with; 1 for a new one
  std::optional<EngineDialect> engine;  // none: the one it began with; anvil for a new one
  Programs programs;
};

/// Deletes what `horae dev` made in a data directory and leaves everything else, the keystores and
/// the lock, too. To be called with the directory locked. Refuses where a log is of another making
/// (`horae observe`), and where the chains run.
[[nodiscard]] tl::expected<void, Failure> remove_dev_network(const std::filesystem::path& datadir);

/// An anvil as L1, an engine, and the contracts that a node needs on a developer's machine.
///
/// Order: lock the directory, remove_dev_network for --fresh, start, open the log and run the node
/// on what it tells, write_description once the sequencer is Active, and at the end, after the
/// node: remove_description, stop. The chains have a lock of their own (l1/lock), so that the
/// directory's can be let go for a node in another process.
class DevNetwork {
 public:
  /// Starts both chains, anew or where they were, says what it does meanwhile. On the first start
  /// the contracts are deployed, and both they and the network's description are durable before
  /// this returns: before there can be a log. Main thread only.
  static tl::expected<std::unique_ptr<DevNetwork>, Failure> start(const Options& options, Say say);
  ~DevNetwork();

  [[nodiscard]] const Endpoint& l1() const { return l1_->anvil().endpoint(); }
  [[nodiscard]] const EngineAddress& engine() const { return engine_->address; }
  [[nodiscard]] std::string engine_flags() const;
  /// Starts another engine of the same kind and genesis, for a further node. Main thread only.
  tl::expected<L2Engine, Failure> start_engine(const std::filesystem::path& home);
  [[nodiscard]] const Network& network() const { return network_; }
  [[nodiscard]] const Contracts& contracts() const { return network_.contracts; }
  /// Whether this start made the chains.
  [[nodiscard]] bool is_new() const { return new_; }
  /// Calls back once, on a thread of this object's own, when a chain ends that was not stopped.
  void watch(std::function<void(const std::string&)> on_death);
  /// Saves L1 and ends both chains. A fault if the L1's state could not be saved.
  Result<void> stop();

 private:
  DevNetwork(Options options, Say say);
  tl::expected<void, Failure> begin();
  tl::expected<void, Failure> record(pid_t child);
  Result<void> make_network(const std::filesystem::path& file);

  Options options_;
  Say say_;
  std::optional<DataDirectory> lock_;
  Network network_;
  bool new_ = false;
  bool stopped_ = false;
  std::unique_ptr<L1Chain> l1_;
  std::optional<L2Engine> engine_;
  std::vector<pid_t> children_;  // of all that was started
  std::optional<ChildWatch> watch_;
};

}  // namespace horae::dev
