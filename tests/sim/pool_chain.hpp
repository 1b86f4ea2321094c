#pragma once

#include <optional>

#include "core/eth/txn.hpp"
#include "edges/ports.hpp"
#include "tests/events/locking/scene.hpp"
#include "tests/events/submissions/scene.hpp"
#include "tests/sim/dice.hpp"

// A small model of L1: LockingPool's rules for reward batches, a chain that may go back, and the
// endpoint through which one account sends.
namespace horae::test {

/// What of LockingPool decides over reward batches (contracts/LockingPool.sol).
struct PoolContract {
  struct Member {
    std::uint8_t key = 0;  // of its signer, see signer(n)
    SequencerStatus status = SequencerStatus::active;
    std::uint64_t nonce = 1;
    U256 reward;
  };
  U256 batch_id = 1, end_epoch = 0;
  U256 rate = 761'000'000'000'000;
  Address mpc;
  std::map<std::uint64_t, Member> members;                  // by id
  std::map<Address, std::optional<std::uint64_t>> signers;  // nothing: retired
  std::uint8_t next_key = 1;
  std::uint64_t account_nonce = 0;  // of the sending account

  struct Batch {
    U256 id, start, end;
    std::vector<Address> signers;
    std::vector<U256> blocks;
  };
  /// Nothing where the batch is taken, else the contract's words.
  std::string refusal(const Address& sender, const Batch& batch) const {
    if (sender != mpc) return "not MPC";
    if (batch.signers.size() != batch.blocks.size() || batch.signers.empty()) {
      return "mismatch length";
    }
    if (batch.id != batch_id + 1) return "invalid batch id";
    if (batch.start != end_epoch + 1) return "invalid startEpoch";
    if (batch.start >= batch.end) return "invalid endEpoch";
    for (const auto& each : batch.signers) {
      const auto place = signers.find(each);
      if (place == signers.end() || !place->second) return "NoSuchSeq()";
    }
    return {};
  }
};

struct PoolBlock {
  std::uint64_t number = 0, salt = 0;
  PoolContract after;
  std::vector<Scene::Event> events;
  std::map<Hash32, bool> txns;  // of the account: whether each succeeded
  std::vector<Bytes> raws;

  [[nodiscard]] Hash32 hash() const { return Scene::block_hash(number, salt); }
};

inline PoolContract::Batch batch_of(BytesView call) {
  const auto word = [&](std::size_t at) { return *u256_from_bytes(call.subspan(4 + 32 * at, 32)); };
  const auto count = [&](std::size_t at) { return static_cast<std::size_t>(word(at)); };
  PoolContract::Batch out{word(0), word(1), word(2), {}, {}};
  const auto names = count(3) / 32, numbers = count(4) / 32;
  for (std::size_t i = 0; i < count(names); ++i) {
    out.signers.push_back(*Address::from(call.subspan(4 + 32 * (names + 1 + i) + 12, 20)));
  }
  for (std::size_t i = 0; i < count(numbers); ++i) out.blocks.push_back(word(numbers + 1 + i));
  return out;
}

class PoolChain : public L1SendPort {
 public:
  explicit PoolChain(Dice& dice) : dice_(dice) {
    PoolBlock first;
    first.number = first_block;
    chain.push_back(first);
  }

  static constexpr std::uint64_t first_block = 10;
  std::vector<PoolBlock> chain;
  std::map<Hash32, Bytes> waiting;  // sent and in no block
  U256 base_fee = in_gwei(5);
  U256 wealth = in_gwei(1'000'000'000);
  std::uint64_t faults = 0;  // one call in so many is not answered; 0: all are

  [[nodiscard]] const PoolContract& now() const { return chain.back().after; }
  [[nodiscard]] bool has(std::uint64_t number, std::uint64_t salt) const {
    return number <= chain.back().number && chain.at(number - first_block).salt == salt;
  }

  // A block is made in three steps: begin, what happens in it, include.
  PoolBlock& begin() {
    PoolBlock block;
    block.number = chain.back().number + 1;
    block.salt = ++salts_;
    block.after = now();
    return chain.emplace_back(std::move(block));
  }
  /// Takes what waits, in the order of the nonces.
  void include() {
    auto& block = chain.back();
    while (true) {
      const Bytes* best = nullptr;
      U256 price = 0;
      for (const auto& [hash, raw] : waiting) {
        const auto txn = *decode_txn(raw);
        if (txn.nonce != block.after.account_nonce || txn.max_fee < base_fee) continue;
        if (best != nullptr && txn.max_fee <= price) continue;
        best = &raw;
        price = txn.max_fee;
      }
      if (best == nullptr) break;
      const auto raw = *best;
      const auto txn = *decode_txn(raw);
      ++block.after.account_nonce;
      block.txns[txn.hash] = batch(account_of(payer), batch_of(txn.data)).empty();
      block.raws.push_back(raw);
      drop_used();
    }
  }
  void go_back(std::uint64_t blocks) {
    for (; blocks > 0 && chain.size() > 2; --blocks) {
      for (const auto& raw : chain.back().raws) {
        if (!dice_.one_in(4)) waiting[keccak256(raw)] = raw;
      }
      chain.pop_back();
    }
  }

  // What happens in the block that was begun.
  void lock() {
    auto& pool = chain.back().after;
    const auto id = pool.members.size() + 1;
    const auto key = pool.next_key++;
    pool.members[id].key = key;
    pool.signers[test::signer(key)] = id;
    tell(locked(id, key, metis(20'000), metis(20'000 * id), static_cast<unsigned>(pool.batch_id)));
  }
  void rotate(std::uint64_t id) {
    auto& pool = chain.back().after;
    auto& member = pool.members.at(id);
    if (member.status != SequencerStatus::active || pool.next_key > 250) return;
    const auto old = member.key;
    member.key = pool.next_key++;
    pool.signers[test::signer(old)] = std::nullopt;
    pool.signers[test::signer(member.key)] = id;
    tell(signer_changed(id, old, member.key, ++member.nonce));
  }
  void leave(std::uint64_t id) {
    auto& pool = chain.back().after;
    auto& member = pool.members.at(id);
    if (member.status == SequencerStatus::active) {
      const auto reward = member.reward;
      member.status = SequencerStatus::inactive;
      member.reward = 0;
      tell(unlock_initiated(
          id, member.key, ++member.nonce, static_cast<std::uint64_t>(pool.batch_id),
          Scene::time(chain.back().number), Scene::time(chain.back().number), reward));
    } else if (member.status == SequencerStatus::inactive) {
      member.status = SequencerStatus::unlocked;
      member.reward = 0;
      pool.signers[test::signer(member.key)] = std::nullopt;
      tell(unlocked(id, Address{}, metis(20'000), 0));
    }
  }
  void set_mpc(const Address& who) {
    chain.back().after.mpc = who;
    tell([who](auto fact, auto position) {
      fact.initMpcUpdated().setPosition(position);
      fact.getMpcUpdated().setAddress(data(who));
    });
  }
  void set_rate(const U256& rate) {
    const auto before = std::exchange(chain.back().after.rate, rate);
    tell([before, rate](auto fact, auto position) {
      fact.initRewardPerBlockUpdated().setPosition(position);
      fact.getRewardPerBlockUpdated().setPrevious(data(to_word(before)));
      fact.getRewardPerBlockUpdated().setValue(data(to_word(rate)));
    });
  }
  /// A transaction of the account that none of its submissions made.
  void use_nonce() {
    ++chain.back().after.account_nonce;
    drop_used();
  }
  std::string batch(const Address& sender, const PoolContract::Batch& wanted) {
    auto& pool = chain.back().after;
    if (auto why = pool.refusal(sender, wanted); !why.empty()) return why;
    pool.batch_id = wanted.id;
    pool.end_epoch = wanted.end;
    std::vector<TestCredit> credits;
    for (std::size_t i = 0; i < wanted.signers.size(); ++i) {
      const auto id = *pool.signers.at(wanted.signers[i]);
      pool.members.at(id).reward += wanted.blocks[i] * pool.rate;
      credits.push_back({id, wanted.blocks[i]});
    }
    tell(batch_submitted(wanted.id));
    tell(distributed(wanted.id, wanted.start, wanted.end, pool.rate, credits));
    return {};
  }

  // The endpoint

  L1Result<std::uint64_t> nonce(const Address&) override { return answer(now().account_nonce); }
  L1Result<U256> balance(const Address&) override { return answer(wealth); }
  L1Result<L1Fees> fees() override { return answer(L1Fees{base_fee, in_gwei(1)}); }
  L1Result<L1Trial> trial(const L1Intent& intent) override {
    const auto why = now().refusal(intent.from, batch_of(intent.data));
    return answer(L1Trial{why.empty(), why});
  }
  L1Result<std::uint64_t> estimate_gas(const L1Intent& intent) override {
    const auto why = now().refusal(intent.from, batch_of(intent.data));
    if (!why.empty()) return tl::unexpected(L1Fault{L1Fault::refused, why, {}});
    return answer(std::uint64_t{200'000});
  }
  L1Result<L1Sending> send_raw(BytesView raw) override {
    const auto txn = *decode_txn(raw);
    if (txn.nonce < now().account_nonce) return answer(L1Sending{L1Sending::nonce_too_low, ""});
    if (waiting.contains(txn.hash)) return answer(L1Sending{L1Sending::already_known, ""});
    if (wealth == 0) return answer(L1Sending{L1Sending::no_funds, ""});
    for (const auto& [hash, other] : waiting) {
      const auto before = *decode_txn(other);
      if (before.nonce != txn.nonce) continue;
      if (txn.max_fee * 10 < before.max_fee * 11 ||
          txn.max_priority_fee * 10 < before.max_priority_fee * 11) {
        return answer(L1Sending{L1Sending::underpriced, ""});
      }
      waiting.erase(hash);
      break;
    }
    waiting[txn.hash] = Bytes(raw.begin(), raw.end());
    return answer(L1Sending{L1Sending::taken, ""});  // it may have taken it, and not say so
  }
  L1Result<std::optional<L1Outcome>> outcome(const Hash32& txn) override {
    for (const auto& block : chain) {
      const auto found = block.txns.find(txn);
      if (found == block.txns.end()) continue;
      return answer(
          std::optional(L1Outcome{block.number, block.hash(), found->second, 200'000, base_fee}));
    }
    return answer(std::optional<L1Outcome>());
  }
  L1Result<std::string> why_reverted(const Hash32&, const L1Intent&, const L1Outcome&) override {
    return answer(std::string("it reverted"));
  }
  L1Result<bool> knows(const Hash32& txn) override {
    if (waiting.contains(txn)) return answer(true);
    for (const auto& block : chain) {
      if (block.txns.contains(txn)) return answer(true);
    }
    return answer(false);
  }
  L1Result<std::uint64_t> head() override { return answer(chain.back().number); }
  L1Result<std::optional<Hash32>> block_hash(std::uint64_t number) override {
    if (number > chain.back().number) return answer(std::optional<Hash32>());
    return answer(std::optional(chain.at(number - first_block).hash()));
  }
  void cancel() override {}

 private:
  template <class Value>
  L1Result<Value> answer(Value value) {
    if (faults != 0 && dice_.one_in(faults)) {
      return tl::unexpected(L1Fault{L1Fault::unreachable, "no answer", {}});
    }
    return value;
  }
  void tell(Scene::Event event) { chain.back().events.push_back(std::move(event)); }
  void drop_used() {
    std::erase_if(waiting, [&](const auto& entry) {
      return decode_txn(entry.second)->nonce < now().account_nonce;
    });
  }

  Dice& dice_;
  std::uint64_t salts_ = 0;
};

}  // namespace horae::test
