#pragma once

#include "edges/json_rpc.hpp"
#include "edges/ports.hpp"

namespace horae {

/// What every engine answers in the same words, whatever its dialect: Ethereum's own JSON-RPC.
class EngineRpc {
 public:
  explicit EngineRpc(Endpoint endpoint, HttpOptions options = {});

  Result<std::string> client();
  Result<std::uint64_t> chain_id();
  Result<EngineBlock> head();
  /// Nothing where there is no such block.
  Result<std::optional<EngineBlock>> block(std::uint64_t number);
  /// In several requests where there are many.
  Result<std::vector<EngineAccount>> accounts(const std::vector<Address>& addresses,
                                              std::uint64_t number);

  /// A fault names the method.
  Result<boost::json::value> call(std::string_view method, boost::json::array params);
  /// One request for many calls; the first that fails, fails them all.
  Result<std::vector<boost::json::value>> batch(std::vector<RpcCall> calls);
  JsonRpcClient& client_of_json() { return rpc_; }

 private:
  JsonRpcClient rpc_;
};

/// A block as eth_getBlockByNumber gives it, with the hashes of its transactions alone.
[[nodiscard]] Result<EngineBlock> block_from(const boost::json::value& value);
[[nodiscard]] Result<std::string> string_from(const boost::json::value& value);

/// Whether the block follows its parent with the attributes that were asked; the first that differs
/// is named, with both values.
[[nodiscard]] Result<void> as_asked(const EngineBlock& block, std::uint64_t number,
                                    const Hash32& parent, const BuildAttributes& attributes);

/// Reads texts of one JSON object; the first that is wrong stays.
struct TextFields {
  const boost::json::value& value;
  std::optional<Fault> fault;

  template <class T, class Read>
  void into(T& target, std::string_view field, Read read) {
    if (fault) return;
    const auto found = text(field);
    if (!found) return void(fault = found.error());
    auto parsed = read(*found);
    if (!parsed) return void(fault = Fault{std::string(field) + ": " + parsed.error().what});
    target = std::move(*parsed);
  }
  /// What is not there is left as it is.
  template <class T, class Read>
  void into_if_there(T& target, std::string_view field, Read read) {
    const auto* object = value.if_object();
    if (object != nullptr && object->contains(field)) into(target, field, read);
  }

 private:
  [[nodiscard]] Result<std::string> text(std::string_view field) const;
};

}  // namespace horae
