#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "core/bytes.hpp"
#include "schemas/values.capnp.h"

namespace horae::rpc {

/// A JSON-RPC 2.0 error object; data is left out where it is null.
struct Error {
  int code = 0;
  std::string message;
  boost::json::value data;
};

using Answer = tl::expected<boost::json::value, Error>;

/// A transaction is in this node's log, and too few other members have it to acknowledge it.
struct TooFewCopies {
  std::size_t have = 0, wanted = 0;  // members, this one among them
  std::string why;
};

/// What the mempool said of a transaction, once that is durable.
struct SubmitAnswer {
  Hash32 hash;
  schema::Reason refused = schema::Reason::NONE;
  std::string detail;
  std::optional<TooFewCopies> lacking = {};  // where it is not refused
};

/// Which part of a statement is asked for.
struct StatementPart {
  std::optional<std::uint64_t> sequencer;  // id; none: of all
  std::uint64_t from_seq = 0;
  std::uint64_t to_seq = 0;  // 0: to the end
};

/// What became of an evidence file, once that is durable.
struct EvidenceAnswer {
  std::uint64_t seq = 0;  // of what the log holds of it
  schema::Reason refused = schema::Reason::NONE;
  std::string detail;
};

/// What stands behind the JSON-RPC server. Every call returns at once; its callback may come on any
/// thread, also within the call, and comes once (one that is let go instead answers the client with
/// an internal error).
class Backend {
 public:
  template <class T>
  using Callback = std::function<void(T)>;

  virtual ~Backend() = default;
  /// Takes a raw transaction to the mempool, and where the settings say so to other members.
  /// Those of one lane are let in in their order (json_rpc_server.hpp).
  virtual void submit(Bytes raw, std::uint64_t lane, Callback<SubmitAnswer> answer) = 0;
  /// The answers of horae_status, horae_sequencers and horae_pool.
  virtual void status(Callback<boost::json::value> answer) = 0;
  virtual void sequencers(Callback<boost::json::value> answer) = 0;
  virtual void pool(Callback<boost::json::value> answer) = 0;
  /// The fate of a transaction, null for one that was never admitted.
  virtual void transaction(const Hash32& hash, Callback<boost::json::value> answer) = 0;
  /// The statements of rewards and of penalties, each line with its record.
  virtual void rewards(const StatementPart& part, Callback<boost::json::value> answer) = 0;
  virtual void penalties(const StatementPart& part, Callback<boost::json::value> answer) = 0;
  /// Takes an evidence file to the sequence.
  virtual void evidence(Bytes file, Callback<EvidenceAnswer> answer) = 0;
  /// The nonce after the account's unbroken run of pending transactions; nothing if it has none.
  virtual void pending_nonce(const Address& account,
                             Callback<std::optional<std::uint64_t>> answer) = 0;
  /// A waiting transaction as eth_getTransactionByHash gives it, else null.
  virtual void pooled(const Hash32& hash, Callback<boost::json::value> answer) = 0;
  /// Number of the last block whose seal is durable; never falls. Asked from any thread.
  [[nodiscard]] virtual std::uint64_t sealed_head() const = 0;
  /// The last block that the pool has attested, at most sealed_head(); alone, sealed_head().
  [[nodiscard]] virtual std::uint64_t safe_head() const = 0;
  [[nodiscard]] virtual std::uint64_t chain_id() const = 0;
  /// A read that the engine answers; methods and blocks have been checked before.
  virtual void engine_read(std::string method, boost::json::array params,
                           Callback<Answer> answer) = 0;
};

}  // namespace horae::rpc
