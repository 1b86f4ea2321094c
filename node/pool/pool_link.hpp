#pragma once

#include <memory>

#include "actors/proposer.hpp"
#include "actors/sequence_for_consensus.hpp"
#include "edges/abci_server.hpp"
#include "edges/comet_rpc.hpp"
#include "edges/privval_signer.hpp"
#include "node/consensus/comet_child.hpp"
#include "node/node.hpp"
#include "node/pool/options.hpp"
#include "node/watch/consensus_watch.hpp"
#include "node/watch/header_keeper.hpp"

namespace horae {

/// Where a member's consensus keeps what is its own, below the data directory.
struct PoolPaths {
  explicit PoolPaths(const std::filesystem::path& datadir) : home(datadir / "consensus") {}
  std::filesystem::path home;
  [[nodiscard]] std::filesystem::path comet() const { return home / "cometbft"; }
  [[nodiscard]] std::filesystem::path signer() const { return home / "signer"; }
  [[nodiscard]] std::filesystem::path app_socket() const { return home / "abci.sock"; }
  [[nodiscard]] std::filesystem::path signer_socket() const { return home / "privval.sock"; }
  [[nodiscard]] std::filesystem::path node_key() const { return comet() / "config/node_key.json"; }
};

/// Makes what a member has before its first start where it is not there, and returns the id by
/// which other members' consensus knows it. A new signer begins at height 0: the operator's word
/// that this key has signed nothing in this pool yet; one that is there stays as it is. Refuses a
/// signer that signs nothing, and a directory in which consensus ran and whose signer's record is
/// gone.
[[nodiscard]] Result<std::string> join_pool(const std::filesystem::path& datadir,
                                            const Msg<schema::PoolGenesis>& genesis,
                                            std::shared_ptr<const SecretKey> key);

/// What a proposed input goes by.
class CometProposals : public ProposePort {
 public:
  explicit CometProposals(Endpoint endpoint) : rpc_(std::move(endpoint)) {}
  Result<TxnOutcome> propose(BytesView input) override;
  void cancel() override { rpc_.cancel(); }

 private:
  CometRpc rpc_;
};

/// A member's consensus as it runs: its application's socket, its signer, and CometBFT itself. Main
/// thread only.
class PoolLink {
 public:
  /// rpc: where CometBFT is to be asked. Ended before the sequence that app speaks for.
  static Started<std::unique_ptr<PoolLink>> start(const PoolOptions& options,
                                                  const std::filesystem::path& datadir,
                                                  const Endpoint& rpc,
                                                  std::shared_ptr<SequenceForConsensus> app,
                                                  std::shared_ptr<Board> board,
                                                  std::shared_ptr<const Clock> clock);
  ~PoolLink();

  /// To be called about once a second. Refuses where CometBFT does not stay (pool_consensus), and
  /// where the pool goes on by rules that this program does not know (pool_rules).
  [[nodiscard]] Started<void> tend();

 private:
  PoolLink() = default;

  std::shared_ptr<Board> board_;
  std::shared_ptr<SigningGuard> guard_;
  std::unique_ptr<AbciServer> server_;
  std::unique_ptr<PrivvalSigner> signer_;
  std::unique_ptr<CometChild> child_;  // none: somebody else runs it
  std::unique_ptr<CometRpc> rpc_;
  std::unique_ptr<ConsensusWatch> watch_;
  std::unique_ptr<HeaderKeeper> keeper_;
};

}  // namespace horae
