#include "node/rpc/methods.hpp"

#include <algorithm>

#include "core/eth/txn.hpp"
#include "core/hash.hpp"
#include "core/u256.hpp"
#include "node/rpc/engine_reads.hpp"
#include "node/rpc/estimate.hpp"
#include "node/rpc/params.hpp"
#include "node/rpc/refusals.hpp"

namespace horae::rpc {
namespace {

namespace json = boost::json;

// A method without parameters that this process answers.
template <class Get>
Method known(Get get) {
  return [get = std::move(get)](json::array given, const Reply& reply) {
    if (auto params = checked(std::move(given), {}); !params) {
      return reply(tl::unexpected(std::move(params.error())));
    }
    get([reply](json::value value) { reply(std::move(value)); });
  };
}

Method always(json::value value) {
  return known([value = std::move(value)](const auto& answer) { answer(value); });
}

json::value number(std::uint64_t value) { return json::value(to_quantity(value)); }

// The one parameter of a method that takes hex.
tl::expected<Bytes, Error> only_bytes(json::array given) {
  auto params = checked(std::move(given), {{Param::bytes}, 1});
  if (!params) return tl::unexpected(std::move(params.error()));
  auto bytes = from_hex((*params)[0].get_string());
  if (!bytes) return wrong(0, bytes.error().what);
  return std::move(*bytes);
}

Method send_raw_transaction(Backend& backend) {
  return [&backend](json::array given, const Reply& reply) {
    auto raw = only_bytes(std::move(given));
    if (!raw) return reply(tl::unexpected(std::move(raw.error())));
    if (auto why = oversized(*raw)) {
      return reply(tl::unexpected(refusal({{}, schema::Reason::TOO_LARGE, std::move(*why)})));
    }
    backend.submit(std::move(*raw), reply.lane(), [reply](const SubmitAnswer& answer) {
      if (answer.refused != schema::Reason::NONE) return reply(tl::unexpected(refusal(answer)));
      if (answer.lacking) {
        return reply(tl::unexpected(not_acknowledged(answer.hash, *answer.lacking)));
      }
      reply(json::value(to_hex(answer.hash)));
    });
  };
}

Method keccak() {
  return [](json::array given, const Reply& reply) {
    const auto bytes = only_bytes(std::move(given));
    if (!bytes) return reply(tl::unexpected(bytes.error()));
    reply(json::value(to_hex(keccak256(*bytes))));
  };
}

Method fate_of_transaction(Backend& backend) {
  return [&backend](json::array given, const Reply& reply) {
    auto params = checked(std::move(given), {{Param::hash}, 1});
    if (!params) return reply(tl::unexpected(std::move(params.error())));
    backend.transaction(*fixed_from_hex<Hash32>((*params)[0].get_string()),
                        [reply](json::value fate) { reply(std::move(fate)); });
  };
}

std::uint64_t number_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? 0 : value->to_number<std::uint64_t>();
}

// A statement of the whole log, or of the part that its one parameter names.
template <class Ask>
Method statement(Ask ask) {
  return [ask](json::array given, const Reply& reply) {
    auto params = checked(std::move(given), {{Param::part}, 0});
    if (!params) return reply(tl::unexpected(std::move(params.error())));
    StatementPart part;
    if (!params->empty()) {
      const auto& wanted = (*params)[0].get_object();
      if (wanted.contains("sequencer")) part.sequencer = number_in(wanted, "sequencer");
      part.from_seq = number_in(wanted, "fromSeq");
      part.to_seq = number_in(wanted, "toSeq");
    }
    ask(part, [reply](json::value told) { reply(std::move(told)); });
  };
}

Method submit_evidence(Backend& backend) {
  return [&backend](json::array given, const Reply& reply) {
    auto file = only_bytes(std::move(given));
    if (!file) return reply(tl::unexpected(std::move(file.error())));
    backend.evidence(std::move(*file), [reply](const EvidenceAnswer& answer) {
      if (answer.refused == schema::Reason::NONE) {
        return reply(json::object{{"seq", answer.seq}});
      }
      reply(tl::unexpected(Error{server_error, "refused: " + answer.detail,
                                 json::object{{"reason", reason_name(answer.refused)}}}));
    });
  };
}

}  // namespace

Methods methods(Backend& backend, const Limits& limits) {
  using enum Param;
  const auto read = [&](const char* name, std::vector<Param> params, std::size_t required) {
    return std::pair(name,
                     engine_read(backend, name, {std::move(params), required, limits.rpc_call_gas},
                                 Beyond::refused));
  };
  const auto find = [&](const char* name, std::vector<Param> params, std::size_t required) {
    return std::pair(name, engine_read(backend, name, {std::move(params), required}, Beyond::null));
  };
  return {
      // Ours.
      {"eth_sendRawTransaction", send_raw_transaction(backend)},
      {"eth_chainId", always(number(backend.chain_id()))},
      {"eth_blockNumber",
       known([&backend](const auto& answer) { answer(number(backend.sealed_head())); })},
      {"eth_accounts", always(json::array())},  // no key is held for callers
      {"eth_syncing", always(false)},           // this port opens when the node has caught up
      {"net_version", always(json::value(std::to_string(backend.chain_id())))},
      {"net_listening", always(true)},
      {"net_peerCount", always(number(0))},
      {"web3_clientVersion", always("Horae/v" HORAE_VERSION)},
      {"web3_sha3", keccak()},
      {"horae_status", known([&backend](auto answer) { backend.status(std::move(answer)); })},
      {"horae_sequencers",
       known([&backend](auto answer) { backend.sequencers(std::move(answer)); })},
      {"horae_pool", known([&backend](auto answer) { backend.pool(std::move(answer)); })},
      {"horae_transaction", fate_of_transaction(backend)},
      {"horae_rewards", statement([&backend](const auto& part, auto answer) {
         backend.rewards(part, std::move(answer));
       })},
      {"horae_penalties", statement([&backend](const auto& part, auto answer) {
         backend.penalties(part, std::move(answer));
       })},
      {"horae_submitEvidence", submit_evidence(backend)},
      // The engine's and the mempool's together.
      {"eth_getTransactionCount", transaction_count(backend)},
      {"eth_getTransactionByHash", transaction_by_hash(backend)},
      {"eth_getLogs", logs(backend)},
      // The engine's state; a block above the sealed head is an error.
      read("eth_getBalance", {address, block}, 1),
      read("eth_getCode", {address, block}, 1),
      read("eth_getStorageAt", {address, word, block}, 2),
      {"eth_getProof", proof(backend)},
      read("eth_call", {call, block, overrides, block_overrides}, 1),
      // No transaction may have more (EIP-7825), whatever a call may use.
      {"eth_estimateGas",
       estimate(backend, std::min<std::uint64_t>(limits.rpc_call_gas, max_txn_gas))},
      read("eth_createAccessList", {call, block}, 1),
      read("eth_feeHistory", {count, block_number, percentiles}, 2),
      read("eth_gasPrice", {}, 0),
      read("eth_maxPriorityFeePerGas", {}, 0),
      read("eth_blobBaseFee", {}, 0),
      // The engine's blocks; what stands above the sealed head is null.
      find("eth_getBlockByNumber", {block_number, flag}, 2),
      find("eth_getBlockByHash", {hash, flag}, 2),
      find("eth_getBlockReceipts", {block}, 1),
      find("eth_getBlockTransactionCountByNumber", {block_number}, 1),
      find("eth_getBlockTransactionCountByHash", {block_hash}, 1),
      find("eth_getTransactionByBlockNumberAndIndex", {block_number, quantity}, 2),
      find("eth_getTransactionByBlockHashAndIndex", {hash, quantity}, 2),
      {"eth_getTransactionReceipt", receipt(backend)},
      find("eth_getUncleByBlockNumberAndIndex", {block_number, quantity}, 2),
      find("eth_getUncleByBlockHashAndIndex", {block_hash, quantity}, 2),
      find("eth_getUncleCountByBlockNumber", {block_number}, 1),
      find("eth_getUncleCountByBlockHash", {block_hash}, 1),
  };
}

}  // namespace horae::rpc
