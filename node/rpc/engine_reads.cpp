#include "node/rpc/engine_reads.hpp"

#include <algorithm>
#include <memory>

#include "core/u256.hpp"
#include "node/rpc/sealed.hpp"

namespace horae::rpc {
namespace {

namespace json = boost::json;

bool names_block(Param param) {
  return param == Param::block || param == Param::block_number || param == Param::block_hash;
}

// The number of a block that the caller named, nothing where the engine has no such block.
void number_of(Backend& backend, const BlockName& name,
               const std::function<void(tl::expected<std::optional<std::uint64_t>, Error>)>& then) {
  if (name.number) return then(name.number);
  backend.engine_read("eth_getBlockByHash", {name.hash, false}, [then](Answer block) {
    if (!block) return then(tl::unexpected(std::move(block.error())));
    const auto* object = block->if_object();
    const auto* number = object == nullptr ? nullptr : object->if_contains("number");
    if (number == nullptr || !number->is_string()) return then(std::nullopt);
    const auto value = u64_from_quantity(number->get_string());
    then(value ? std::optional(*value) : std::nullopt);
  });
}

// Before geth has looked through its blocks for the first time it refuses to say that it has no
// transaction of a hash (internal/ethapi/errors.go: TxIndexingError).
bool is_untold(const Answer& answer) {
  return !answer && answer.error().message == "transaction indexing is in progress";
}

// What the engine does not tell is null where the log has no such transaction in a block that is
// served, else the engine's refusal.
void by_the_log(Backend& backend, const std::string& hash, Answer untold, const Reply& reply) {
  backend.transaction(*fixed_from_hex<Hash32>(hash), [&backend, untold = std::move(untold),
                                                      reply](const json::value& fate) {
    const auto* known = fate.if_object();
    const auto* block = known == nullptr ? nullptr : known->if_contains("block");
    const bool served =
        block != nullptr && block->to_number<std::uint64_t>() <= backend.sealed_head();
    reply(served ? untold : Answer(json::value()));
  });
}

// Reads it again where the answers of engine and mempool missed each other: a block was sealed
// between the two.
void look_up(Backend& backend, const std::string& hash, int tries, const Reply& reply) {
  backend.engine_read("eth_getTransactionByHash", {hash},
                      [&backend, hash, tries, reply](Answer txn) {
                        if (!txn && !is_untold(txn)) return reply(std::move(txn));
                        if (txn && !txn->is_null() && !above(*txn, backend.sealed_head())) {
                          return reply(std::move(txn));
                        }
                        backend.pooled(*fixed_from_hex<Hash32>(hash),
                                       [&backend, hash, tries, reply, txn](json::value waiting) {
                                         if (!waiting.is_null()) return reply(std::move(waiting));
                                         if (tries > 0)
                                           return look_up(backend, hash, tries - 1, reply);
                                         if (is_untold(txn))
                                           return by_the_log(backend, hash, txn, reply);
                                         reply(json::value());
                                       });
                      });
}

// Says of each key in a proof of storage what geth says: a whole word as it is, a short one as a
// quantity.
void name_as_asked(json::value& proof, const json::value& keys) {
  constexpr std::size_t word_length = 66;
  auto* object = proof.if_object();
  auto* slots = object == nullptr ? nullptr : object->if_contains("storageProof");
  if (slots == nullptr || !slots->is_array() || !keys.is_array()) return;
  auto& list = slots->get_array();
  for (std::size_t i = 0; i < std::min(list.size(), keys.get_array().size()); ++i) {
    const auto& key = keys.get_array()[i].get_string();
    if (key.size() == word_length || !list[i].is_object()) continue;
    if (const auto number = u256_from_quantity(key)) {
      list[i].get_object()["key"] = to_quantity(*number);
    }
  }
}

}  // namespace

Method engine_read(Backend& backend, std::string name, Signature signature, Beyond beyond) {
  const auto place = static_cast<std::size_t>(
      std::find_if(signature.params.begin(), signature.params.end(), names_block) -
      signature.params.begin());
  return [&backend, name = std::move(name), signature = std::move(signature), beyond, place](
             json::array given, const Reply& reply) {
    auto params = checked(std::move(given), signature);
    if (!params) return reply(tl::unexpected(std::move(params.error())));
    const auto answer = [&backend, beyond, reply](Answer result) {
      if (result && beyond == Beyond::null && above(*result, backend.sealed_head())) {
        return reply(json::value());
      }
      reply(std::move(result));
    };
    if (place == signature.params.size()) {
      return backend.engine_read(name, std::move(*params), answer);
    }
    if (params->size() == place) params->push_back("latest");
    auto& block = (*params)[place];
    if (block.is_null()) block = "latest";
    const auto named = block_name(block, backend);
    const bool by_hash = signature.params[place] == Param::block_hash;
    number_of(backend, named,
              [&backend, name, params = std::move(*params), place, beyond, by_hash, reply,
               answer](tl::expected<std::optional<std::uint64_t>, Error> number) mutable {
                if (!number) return reply(tl::unexpected(std::move(number.error())));
                if (!*number || **number > backend.sealed_head()) {
                  if (beyond == Beyond::null) return reply(json::value());
                  return reply(tl::unexpected(Error{server_error, "block not found", nullptr}));
                }
                if (!by_hash) params[place] = to_quantity(**number);
                backend.engine_read(name, std::move(params), answer);
              });
  };
}

Method transaction_count(Backend& backend) {
  const Signature signature{{Param::address, Param::block}, 1};
  const auto sealed = engine_read(backend, "eth_getTransactionCount", signature, Beyond::refused);
  return [&backend, signature, sealed](json::array given, const Reply& reply) {
    auto params = checked(std::move(given), signature);
    if (!params) return reply(tl::unexpected(std::move(params.error())));
    if (params->size() < 2 || (*params)[1] != "pending") return sealed(std::move(*params), reply);
    const auto account = fixed_from_hex<Address>((*params)[0].get_string());
    if (!account) return reply(wrong(0, account.error().what));
    backend.pending_nonce(
        *account, [sealed, params = std::move(*params), reply](std::optional<std::uint64_t> next) {
          if (next) return reply(json::value(to_quantity(*next)));
          sealed(params, reply);
        });
  };
}

Method transaction_by_hash(Backend& backend) {
  return [&backend](json::array given, const Reply& reply) {
    auto params = checked(std::move(given), {{Param::hash}, 1});
    if (!params) return reply(tl::unexpected(std::move(params.error())));
    look_up(backend, std::string((*params)[0].get_string()), 1, reply);
  };
}

Method receipt(Backend& backend) {
  const auto read =
      engine_read(backend, "eth_getTransactionReceipt", {{Param::hash}, 1}, Beyond::null);
  return [&backend, read](json::array given, const Reply& reply) {
    const auto hash = given.empty() ? json::value() : given[0];
    read(std::move(given), [&backend, hash, reply](Answer receipt) {
      if (!is_untold(receipt)) return reply(std::move(receipt));
      by_the_log(backend, std::string(hash.get_string()), std::move(receipt), reply);
    });
  };
}

Method proof(Backend& backend) {
  const Signature signature{{Param::address, Param::words, Param::block}, 2};
  const auto read = engine_read(backend, "eth_getProof", signature, Beyond::refused);
  return [read](json::array given, const Reply& reply) {
    const auto keys = given.size() > 1 ? given[1] : json::value();
    read(std::move(given), [keys, reply](Answer proof) {
      if (proof) name_as_asked(*proof, keys);
      reply(std::move(proof));
    });
  };
}

Method logs(Backend& backend) {
  return [&backend](json::array given, const Reply& reply) {
    auto params = checked(std::move(given), {{Param::filter}, 1});
    if (!params) return reply(tl::unexpected(std::move(params.error())));
    auto& filter = (*params)[0].get_object();
    if (!filter.contains("blockHash")) {
      const auto head = backend.sealed_head();
      const auto number = [&](const char* name) {
        const auto* block = filter.if_contains(name);
        return block == nullptr ? head : *block_name(*block, backend).number;
      };
      const auto from = number("fromBlock");
      const auto to = number("toBlock");
      if (from > to) {
        return reply(tl::unexpected(Error{invalid_params, "invalid block range params", nullptr}));
      }
      if (to > head) {
        return reply(tl::unexpected(
            Error{invalid_params, "block range extends beyond current head block", nullptr}));
      }
      filter["fromBlock"] = to_quantity(from);
      filter["toBlock"] = to_quantity(to);
    }
    backend.engine_read("eth_getLogs", std::move(*params), [&backend, reply](Answer found) {
      if (!found || !found->is_array()) return reply(std::move(found));
      json::array kept;
      const auto head = backend.sealed_head();
      for (auto& log : found->get_array()) {
        if (!above(log, head)) kept.push_back(std::move(log));
      }
      reply(json::value(std::move(kept)));
    });
  };
}

}  // namespace horae::rpc
