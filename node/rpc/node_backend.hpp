#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "actors/client.hpp"
#include "edges/engine.hpp"
#include "edges/json_rpc.hpp"
#include "node/ops/vitals.hpp"
#include "node/rpc/backend.hpp"
#include "telemetry/board.hpp"

namespace horae {

/// Connects the JSON-RPC server with the actors and the engine: transactions and questions go
/// through the client, reads of L2 state to the engine over a few connections.
class NodeBackend : public rpc::Backend {
 public:
  /// copier: has other members write down what users send, before that is acknowledged; nobody
  /// where this node's own log is enough.
  NodeBackend(std::shared_ptr<Client> client, copier_actor copier, const Vitals& vitals,
              std::uint64_t chain_id, const EngineAddress& engine, const Limits& limits);
  ~NodeBackend() override;

  void submit(Bytes raw, std::uint64_t lane, Callback<rpc::SubmitAnswer> answer) override;
  void status(Callback<boost::json::value> answer) override;
  void sequencers(Callback<boost::json::value> answer) override;
  void pool(Callback<boost::json::value> answer) override;
  void transaction(const Hash32& hash, Callback<boost::json::value> answer) override;
  void rewards(const rpc::StatementPart& part, Callback<boost::json::value> answer) override;
  void penalties(const rpc::StatementPart& part, Callback<boost::json::value> answer) override;
  void evidence(Bytes file, Callback<rpc::EvidenceAnswer> answer) override;
  void pending_nonce(const Address& account,
                     Callback<std::optional<std::uint64_t>> answer) override;
  void pooled(const Hash32& hash, Callback<boost::json::value> answer) override;
  [[nodiscard]] std::uint64_t sealed_head() const override;
  [[nodiscard]] std::uint64_t safe_head() const override;
  [[nodiscard]] std::uint64_t chain_id() const override { return chain_id_; }
  void engine_read(std::string method, boost::json::array params,
                   Callback<rpc::Answer> answer) override;
  /// Lets no read of the engine begin or go on.
  void stop();

 private:
  using Told = std::function<void(schema::WorldAnswer::Reader)>;
  /// Query: schema::WorldQuery or schema::ArchiveQuery.
  template <class Query, class Fill>
  void ask(Fill fill, Told told);
  template <class Query, class Fill>
  void ask_json(Fill fill, Callback<boost::json::value> answer);

  class EngineConnections;
  std::shared_ptr<Client> client_;
  copier_actor copier_;
  std::shared_ptr<Board> board_;
  std::shared_ptr<const Meters> meters_;
  std::uint64_t chain_id_;
  std::unique_ptr<EngineConnections> engine_;
};

}  // namespace horae
