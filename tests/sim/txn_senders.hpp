#pragma once

#include <map>
#include <set>

#include "actors/client.hpp"
#include "tests/fixture/engine.hpp"
#include "tests/fixture/secret.hpp"
#include "tests/sim/dice.hpp"

namespace horae::test {

/// Some who send transactions, one after the other, and again where no answer came.
class TxnSenders {
 public:
  TxnSenders() {
    for (std::uint8_t key = 10; key < 14; ++key) each_.push_back({key, {}, {}, {}});
  }

  /// One that was not acknowledged yet, or a new one where more may come. node: whose client that
  /// is.
  void submit(Dice& dice, std::uint8_t node, Client& client, ScriptedEngine& engine, bool more) {
    auto& sender = each_[dice.below(each_.size())];
    std::uint64_t nonce = 0;
    while (sender.acknowledged.contains(nonce) || sender.asked.contains(nonce)) ++nonce;
    if (nonce == sender.raws.size()) {
      if (!more || nonce > engine.nonce_of(known_key(sender.key).address) + 8) return;
      Transfer transfer;
      transfer.from = sender.key;
      transfer.nonce = nonce;
      transfer.tip = gwei(1 + dice.below(5));
      transfer.max_fee = gwei(3) + transfer.tip;
      sender.raws.push_back(raw_of(transfer));
    }
    sender.asked[nonce] = node;
    client.submit(sender.raws[nonce], 1, [&sender, nonce](const SubmitAnswer& said) {
      sender.asked.erase(nonce);
      // Of what was asked before and not answered, the last two say that it was let in.
      if (said.refused == Reason::NONE || said.refused == Reason::ALREADY_KNOWN ||
          said.refused == Reason::NONCE_TOO_LOW) {
        sender.acknowledged.insert(nonce);
      }
    });
  }
  /// A node that was asked is gone.
  void forget_asked(std::uint8_t node) {
    for (auto& sender : each_) {
      std::erase_if(sender.asked, [&](const auto& asked) { return asked.second == node; });
    }
  }
  /// Whether all that was ever sent is acknowledged, and in these.
  [[nodiscard]] bool all_in(const std::set<Hash32>& included) const {
    return std::ranges::all_of(each_, [&](const Each& sender) {
      return sender.acknowledged.size() == sender.raws.size() &&
             std::ranges::all_of(
                 sender.raws, [&](const Bytes& raw) { return included.contains(keccak256(raw)); });
    });
  }
  [[nodiscard]] std::string words() const {
    std::string out;
    for (const auto& sender : each_) {
      out += "\n  sender " + std::to_string(sender.key) + ": " +
             std::to_string(sender.acknowledged.size()) + " of " +
             std::to_string(sender.raws.size()) + " acknowledged";
    }
    return out;
  }

 private:
  struct Each {
    std::uint8_t key = 0;
    std::vector<Bytes> raws;  // by nonce
    std::set<std::uint64_t> acknowledged;
    std::map<std::uint64_t, std::uint8_t> asked;  // by nonce: which node
  };
  std::vector<Each> each_;
};

}  // namespace horae::test
