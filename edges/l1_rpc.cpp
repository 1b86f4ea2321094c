#include "edges/l1_rpc.hpp"

#include <algorithm>

#include "core/eth/bloom.hpp"
#include "edges/l1_ask.hpp"
#include "edges/l1_json.hpp"

namespace horae {
namespace {

namespace json = boost::json;

constexpr std::size_t batch_size = 50;
constexpr int good_answers_to_forget = 32;
constexpr int invalid_params = -32602;

tl::unexpected<L1Fault> doubtful(const L1Header& block, const std::string& why) {
  return tl::unexpected(L1Fault{L1Fault::doubtful,
                                "block " + std::to_string(block.number) +
                                    " has or may have logs by its header's logsBloom: " + why,
                                {}});
}

json::array texts(const std::vector<Address>& addresses) {
  json::array out;
  for (const auto& address : addresses) out.emplace_back(to_hex(address));
  return out;
}

/// Providers refuse a wide range under many codes and texts: any error to a wide one counts.
bool may_be_too_wide(const RpcFault& fault) {
  switch (fault.kind) {
    case RpcFault::rpc_error:
    case RpcFault::too_large:
      return true;
    case RpcFault::http_status:
      return fault.code == 400 || fault.code == 413;
    case RpcFault::unreachable:
    case RpcFault::timeout:
    case RpcFault::rate_limited:
    case RpcFault::malformed:
    case RpcFault::cancelled:
      return false;
  }
  return false;
}

Result<void> within_asked(const std::vector<EthLog>& logs, std::uint64_t from, std::uint64_t to,
                          const std::vector<Address>& addresses) {
  for (const auto& log : logs) {
    if (log.block < from || log.block > to) return fail("a log of another block than was asked");
    if (std::ranges::find(addresses, log.address) == addresses.end()) {
      return fail("a log of another contract than was asked");
    }
  }
  return {};
}

}  // namespace

void L1LogRange::went_well(std::uint64_t asked) {
  if (++good_answers_ >= good_answers_to_forget) {
    good_answers_ = 0;
    refused_ = most_ + 1;
  }
  // A short range at the end of the chain says nothing about long ones.
  if (asked < size_) return;
  good_ = std::max(good_, asked);
  if (refused_ > most_) {
    size_ = std::min(size_ * 2, most_);
  } else if (refused_ > size_ && refused_ - size_ > size_ / 8 + 1) {
    size_ += (refused_ - size_) / 2;
  }
}

void L1LogRange::was_refused(std::uint64_t asked) {
  good_answers_ = 0;
  refused_ = asked;
  if (good_ == 0 || good_ >= asked) {
    good_ = 0;
    size_ = std::max<std::uint64_t>(asked / 2, 1);
  } else {
    size_ = good_;
  }
}

L1Rpc::L1Rpc(Endpoint endpoint, HttpOptions options)
    : rpc_(std::move(endpoint), std::move(options)) {}

L1Result<std::uint64_t> L1Rpc::chain_id() {
  return ask_l1<std::uint64_t>(rpc_, "eth_chainId", {}, l1_quantity);
}

L1Result<std::optional<L1Header>> L1Rpc::head(L1Tag tag) {
  using Head = std::optional<L1Header>;
  const auto* name = tag == L1Tag::latest ? "latest" : "finalized";
  auto head = ask_l1<Head>(rpc_, "eth_getBlockByNumber", {name, false}, l1_header);
  // Young chains answer with an error as long as nothing is finalized.
  if (!head && head.error().kind == L1Fault::refused && tag == L1Tag::finalized) return Head();
  return head;
}

L1Result<std::optional<L1Header>> L1Rpc::block(std::uint64_t number) {
  auto block = ask_l1<std::optional<L1Header>>(rpc_, "eth_getBlockByNumber",
                                               {to_quantity(number), false}, l1_header);
  if (block && *block && (*block)->number != number) {
    return l1_nonsense("eth_getBlockByNumber", "another block than was asked");
  }
  return block;
}

L1Result<L1Logs> L1Rpc::logs(std::uint64_t from, std::uint64_t to,
                             const std::vector<Address>& addresses) {
  for (;;) {
    const auto last = std::min(to, from + range_.size() - 1);
    const auto asked = last - from + 1;
    const auto answer = rpc_.call("eth_getLogs", {json::object{{"address", texts(addresses)},
                                                               {"fromBlock", to_quantity(from)},
                                                               {"toBlock", to_quantity(last)}}});
    if (!answer) {
      const bool wide = asked > 1;
      if (wide && (may_be_too_wide(answer.error()) || answer.error().kind == RpcFault::timeout)) {
        range_.was_refused(asked);
        // A timeout may as well be a dead endpoint: the caller decides when to come back.
        if (answer.error().kind != RpcFault::timeout) continue;
      }
      if (!wide && may_be_too_wide(answer.error())) {
        // One block with more logs than the endpoint gives in one answer.
        if (auto logs = logs_of_receipts(to_quantity(from), from, addresses)) {
          return L1Logs{from, std::move(*logs)};
        }
      }
      return tl::unexpected(l1_fault_of(answer.error()));
    }
    auto logs = l1_logs(*answer);
    if (!logs) return l1_nonsense("eth_getLogs", logs.error().what);
    if (const auto right = within_asked(*logs, from, last, addresses); !right) {
      return l1_nonsense("eth_getLogs", right.error().what);
    }
    range_.went_well(asked);
    return L1Logs{last, std::move(*logs)};
  }
}

L1Result<std::vector<EthLog>> L1Rpc::all_logs(const L1Header& block) {
  auto logs = ask_l1<std::vector<EthLog>>(rpc_, "eth_getBlockReceipts", {to_hex(block.hash)},
                                          l1_receipt_logs);
  if (!logs) return logs;
  for (const auto& log : *logs) {
    if (log.block_hash != block.hash) {
      return l1_nonsense("eth_getBlockReceipts", "a log of another block than was asked");
    }
  }
  if (bloom_of(*logs) != block.logs_bloom) {
    return doubtful(block, "eth_getBlockReceipts shows others");
  }
  return logs;
}

L1Result<std::vector<EthLog>> L1Rpc::logs_of(const L1Header& block,
                                             const std::vector<Address>& addresses) {
  if (std::ranges::none_of(
          addresses, [&](const Address& address) { return may_have(block.logs_bloom, address); })) {
    return std::vector<EthLog>();
  }
  auto logs = all_logs(block);
  if (!logs && logs.error().kind == L1Fault::refused) return filtered_logs(block, addresses);
  if (!logs) return logs;
  std::erase_if(*logs, [&](const EthLog& log) {
    return std::ranges::find(addresses, log.address) == addresses.end();
  });
  return logs;
}

L1Result<std::vector<EthLog>> L1Rpc::filtered_logs(const L1Header& block,
                                                   const std::vector<Address>& addresses) {
  auto logs = ask_l1<std::vector<EthLog>>(
      rpc_, "eth_getLogs",
      {json::object{{"address", texts(addresses)}, {"blockHash", to_hex(block.hash)}}}, l1_logs);
  if (!logs) return logs;
  if (const auto right = within_asked(*logs, block.number, block.number, addresses); !right) {
    return l1_nonsense("eth_getLogs", right.error().what);
  }
  for (const auto& log : *logs) {
    if (log.block_hash != block.hash) {
      return l1_nonsense("eth_getLogs", "a log of another block than was asked");
    }
  }
  for (const auto& address : addresses) {
    if (!may_have(block.logs_bloom, address) ||
        std::ranges::find(*logs, address, &EthLog::address) != logs->end()) {
      continue;
    }
    return doubtful(block,
                    "eth_getLogs shows none of " + to_hex(address) +
                        ", and this endpoint refuses eth_getBlockReceipts, which could tell");
  }
  return logs;
}

L1Result<std::vector<EthLog>> L1Rpc::logs_of_receipts(const std::string& block,
                                                      std::uint64_t number,
                                                      const std::vector<Address>& addresses) {
  return ask_l1<std::vector<EthLog>>(
      rpc_, "eth_getBlockReceipts", {block},
      [&](const json::value& value) -> Result<std::vector<EthLog>> {
        auto logs = l1_receipt_logs(value);
        if (!logs) return logs;
        std::erase_if(*logs, [&](const EthLog& log) {
          return std::ranges::find(addresses, log.address) == addresses.end();
        });
        if (const auto right = within_asked(*logs, number, number, addresses); !right) {
          return tl::unexpected(right.error());
        }
        return logs;
      });
}

L1Result<bool> L1Rpc::has_code(const Address& address, std::uint64_t block) {
  const auto code =
      ask_l1<Bytes>(rpc_, "eth_getCode", {to_hex(address), to_quantity(block)}, l1_bytes);
  if (!code) return tl::unexpected(code.error());
  return !code->empty();
}

RpcResult<std::vector<RpcResult<json::value>>> L1Rpc::many(const std::vector<RpcCall>& calls) {
  std::vector<RpcResult<json::value>> out;
  if (batches_ && calls.size() > 1) {
    auto answers = rpc_.batch(calls);
    if (answers) return answers;
    const auto kind = answers.error().kind;
    const bool refused = kind == RpcFault::rpc_error || kind == RpcFault::malformed ||
                         (kind == RpcFault::http_status && answers.error().code < 500);
    if (!refused) return answers;
    batches_ = false;
  }
  for (const auto& call : calls) {
    out.push_back(rpc_.call(call.method, call.params));
    if (!out.back() && out.back().error().kind != RpcFault::rpc_error) {
      return tl::unexpected(out.back().error());
    }
  }
  return out;
}

L1Result<std::vector<Bytes>> L1Rpc::calls(const L1Header& block, const std::vector<L1Call>& calls) {
  const bool by_hash = by_hash_;
  const json::value at = by_hash ? json::value(json::object{{"blockHash", to_hex(block.hash)}})
                                 : json::value(to_quantity(block.number));
  std::vector<Bytes> out;
  for (std::size_t start = 0; start < calls.size(); start += batch_size) {
    std::vector<RpcCall> requests;
    for (std::size_t i = start; i < std::min(start + batch_size, calls.size()); ++i) {
      requests.push_back(
          {"eth_call",
           {json::object{{"to", to_hex(calls[i].to)}, {"data", to_hex(BytesView(calls[i].input))}},
            at}});
    }
    auto answers = many(requests);
    if (!answers) return tl::unexpected(l1_fault_of(answers.error()));
    for (const auto& answer : *answers) {
      if (!answer) {
        if (by_hash && answer.error().kind == RpcFault::rpc_error &&
            answer.error().code == invalid_params) {
          by_hash_ = false;
          return this->calls(block, calls);
        }
        return tl::unexpected(l1_fault_of(answer.error()));
      }
      auto bytes = l1_bytes(*answer);
      if (!bytes) return l1_nonsense("eth_call", bytes.error().what);
      out.push_back(std::move(*bytes));
    }
  }
  if (by_hash) return out;
  // A number may mean another block by now.
  const auto now = this->block(block.number);
  if (!now) return tl::unexpected(now.error());
  if (!*now || (*now)->hash != block.hash) {
    return tl::unexpected(L1Fault{L1Fault::unreachable, "the block was replaced meanwhile", {}});
  }
  return out;
}

L1Result<std::optional<L1Txn>> L1Rpc::txn_of(const EthLog& log) {
  using Found = std::optional<L1Txn>;
  auto txn = ask_l1<Found>(rpc_, "eth_getTransactionByHash", {to_hex(log.txn_hash)}, l1_txn);
  if (!txn && txn.error().kind != L1Fault::refused) return txn;
  if (!txn || !*txn) {
    // Nodes forget the index of old hashes sooner than the blocks.
    txn = ask_l1<Found>(rpc_, "eth_getTransactionByBlockHashAndIndex",
                        {to_hex(log.block_hash), to_quantity(log.txn_index)}, l1_txn);
    if (!txn && txn.error().kind == L1Fault::refused) return Found();
  }
  if (txn && *txn && (*txn)->hash != log.txn_hash) return Found();
  return txn;
}

}  // namespace horae
