#include "node/dev/governance.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <optional>

#include "core/eth/abi.hpp"
#include "node/dev/accounts.hpp"

namespace horae::dev {
namespace {

namespace json = boost::json;

constexpr auto poll = std::chrono::seconds(1);

std::optional<U256> view(JsonRpcClient& l1, const Address& pool, std::string_view signature) {
  const json::object txn{{"to", to_hex(pool)}, {"data", to_hex(AbiWriter().call(signature))}};
  const auto answer = l1.call("eth_call", {txn, "latest"});
  if (!answer || !answer->is_string()) return std::nullopt;
  const auto word = fixed_from_hex<Hash32>(answer->get_string());
  return word ? std::optional(from_word(*word)) : std::nullopt;
}

const json::value* member(const json::value& of, std::string_view name) {
  return of.is_object() ? of.get_object().if_contains(name) : nullptr;
}

std::optional<U256> decimal(const json::value& of, std::string_view name) {
  const auto* value = member(of, name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  const auto number = u256_from_decimal(value->get_string());
  return number ? std::optional(*number) : std::nullopt;
}

// What the statement says of one batch: whether it is paid, and the reward per block that would
// have met the target, 0 where the batch is none of the node's.
struct Told {
  bool paid = false;
  U256 target = 0;
};

Told told_of(const json::value& statement, const U256& batch) {
  Told out;
  const auto* batches = member(statement, "batches");
  if (batches == nullptr || !batches->is_array()) return out;
  for (const auto& each : batches->get_array()) {
    if (decimal(each, "batchId") != batch) continue;
    const auto* payment = member(each, "payment");
    const auto* number = payment == nullptr ? nullptr : member(*payment, "composition");
    if (number == nullptr) return out;
    out.paid = true;
    const auto* compositions = member(each, "compositions");
    if (compositions == nullptr || !compositions->is_array()) return out;
    for (const auto& composition : compositions->get_array()) {
      const auto* named = member(composition, "composition");
      if (named == nullptr || *named != *number) continue;
      out.target = decimal(composition, "targetRewardPerBlock").value_or(0);
    }
  }
  return out;
}

}  // namespace

Governance::Governance(const Endpoint& l1, const Endpoint& l2, const Address& locking_pool, Say say)
    : l1_(l1), l2_(l2), pool_(locking_pool), say_(std::move(say)) {
  thread_ = std::thread([this] { run(); });
}

Governance::~Governance() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  l1_.cancel();
  l2_.cancel();
  thread_.join();
}

void Governance::run() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, poll, [this] { return ending_; })) {
    lock.unlock();
    look();
    lock.lock();
  }
}

// L1 is asked first: the statement is told from the whole log, and batches are seldom.
void Governance::look() {
  const auto batch = view(l1_, pool_, "currentBatch()");
  if (!batch) return;
  if (*batch <= seen_) {
    seen_ = *batch;  // below: L1 took a batch back
    return;
  }
  const auto statement = l2_.call("horae_rewards", {});
  if (!statement) return;
  const auto told = told_of(*statement, *batch);
  // The pool's own first batch is paid by nobody; any other the node will have seen in a moment.
  if (!told.paid && *batch > 1) return;
  if (told.target > 0) {
    const auto now = view(l1_, pool_, "rewardPerBlock()");
    if (!now) return;
    if (*now != told.target) {
      const auto call = AbiWriter().number(told.target).call("updateBlockReward(uint256)");
      const json::object txn{{"from", to_hex(accounts()[governance].address)},
                             {"to", to_hex(pool_)},
                             {"data", to_hex(call)}};
      const auto sent = l1_.call("eth_sendTransaction", {txn});
      if (!sent) return;
      say_(Level::info, "governance sets the reward per block to " + to_decimal(told.target) +
                            " wei, which would have met the target rate in batch " +
                            to_decimal(*batch) + "; it was " + to_decimal(*now));
    }
  }
  seen_ = *batch;
}

}  // namespace horae::dev
