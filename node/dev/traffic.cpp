#include "node/dev/traffic.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <optional>
#include <vector>

#include "core/eth/txn.hpp"
#include "core/u256.hpp"
#include "node/dev/accounts.hpp"
#include "node/dev/l2_engine.hpp"

namespace horae::dev {
namespace {

// Ten batches a second are fine enough for a demonstration and cost little.
constexpr auto tick = std::chrono::milliseconds(100);
constexpr std::size_t batch_most = 500;

std::optional<U256> quantity(const RpcResult<boost::json::value>& answer) {
  if (!answer || !answer->is_string()) return std::nullopt;
  const auto value = u256_from_quantity(answer->get_string());
  return value ? std::optional(*value) : std::nullopt;
}

}  // namespace

// Nonces and fees as the L2 port told them last, and what is made of them.
class Traffic::Senders {
 public:
  explicit Senders(JsonRpcClient& l2) : l2_(l2) {}

  bool refresh() {
    const auto price = quantity(l2_.call("eth_gasPrice", {}));
    if (!price) return false;
    // Room for some blocks in a row that raise the base fee.
    max_fee_ = *price * 3 + priority_fee;
    for (std::size_t i = traffic_first; i <= traffic_last; ++i) {
      const auto nonce =
          quantity(l2_.call("eth_getTransactionCount", {to_hex(accounts()[i].address), "pending"}));
      if (!nonce) return false;
      nonces_[i] = static_cast<std::uint64_t>(*nonce);
    }
    return true;
  }

  RpcCall next() {
    turn_ = turn_ == traffic_last ? traffic_first : turn_ + 1;
    const std::size_t other = turn_ == traffic_last ? traffic_first : turn_ + 1;
    Txn txn;
    txn.type = 2;
    txn.chain_id = l2_chain_id;
    txn.nonce = nonces_[turn_]++;
    txn.gas_limit = 21'000;
    txn.max_fee = max_fee_;
    txn.max_priority_fee = priority_fee;
    txn.value = 1'000'000'000;
    txn.to = accounts()[other].address;
    const auto raw = sign_txn(txn, key_of(accounts()[turn_]));
    if (!raw) stop("the dev traffic's transaction cannot be signed: " + raw.error().what);
    return {"eth_sendRawTransaction", {to_hex(*raw)}};
  }

 private:
  static constexpr std::uint64_t priority_fee = 1'000'000;  // wei per gas
  JsonRpcClient& l2_;
  U256 max_fee_ = 0;
  std::array<std::uint64_t, account_count> nonces_{};
  std::size_t turn_ = traffic_last;
};

Traffic::Traffic(const Endpoint& l2, std::uint64_t per_second) : l2_(l2) {
  thread_ = std::thread([this, per_second] { run(per_second); });
}

Traffic::~Traffic() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  l2_.cancel();
  thread_.join();
}

void Traffic::run(std::uint64_t per_second) {
  using Steady = std::chrono::steady_clock;
  Senders senders(l2_);
  bool in_step = false;  // whether nonces and fees are as the node has them
  double owed = 0;       // transfers
  auto before = Steady::now();
  auto refresh_at = before;
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, tick, [this] { return ending_; })) {
    lock.unlock();
    const auto now = Steady::now();
    const double passed = std::chrono::duration<double>(now - before).count();
    before = now;
    // What a pause has left undone is not made up for.
    owed = std::min(owed + passed * static_cast<double>(per_second),
                    static_cast<double>(per_second) + 1);
    if (!in_step || now >= refresh_at) {
      in_step = senders.refresh();
      refresh_at = now + std::chrono::seconds(5);
    }
    while (in_step && owed >= 1) {
      std::vector<RpcCall> calls;
      while (owed >= 1 && calls.size() < batch_most) {
        calls.push_back(senders.next());
        owed -= 1;
      }
      const auto answers = l2_.batch(std::move(calls));
      if (!answers) {
        in_step = false;
        break;
      }
      for (const auto& answer : *answers) {
        ++(answer ? accepted_ : refused_);
        in_step = in_step && answer.has_value();
      }
    }
    lock.lock();
  }
}

}  // namespace horae::dev
