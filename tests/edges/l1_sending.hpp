#pragma once

#include <boost/test/unit_test.hpp>
#include <iostream>

#include "core/eth/abi.hpp"
#include "edges/l1_send.hpp"
#include "tests/events/submissions/scene.hpp"
#include "tests/fixture/child_process.hpp"

// An anvil that mines when it is told to, with a contract that refuses when it is told to.
namespace horae::test {

namespace json = boost::json;

inline const std::string anvil_binary =
    HORAE_SOURCE_DIR "/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil";

inline U256 ether(std::uint64_t n) { return U256(n) * U256("1000000000000000000"); }

/// EVM code that counts in slot 1, or reverts with Error(string) while slot 0 is not zero.
inline Bytes door_code(std::string_view words) {
  auto code = *from_hex(
      "0x600054601057"      // jump if slot 0
      "600154600101600155"  // slot 1 += 1
      "005b");              // stop; 0x10:
  const auto push32 = [&](Bytes left_aligned, std::uint8_t at) {
    left_aligned.resize(32);
    code.push_back(0x7f);
    code.insert(code.end(), left_aligned.begin(), left_aligned.end());
    code.insert(code.end(), {0x60, at, 0x52});
  };
  const auto selector = abi_selector("Error(string)");
  push32({selector.begin(), selector.end()}, 0);
  code.insert(code.end(), {0x60, 0x20, 0x60, 0x04, 0x52});
  code.insert(code.end(), {0x60, static_cast<std::uint8_t>(words.size()), 0x60, 0x24, 0x52});
  push32({words.begin(), words.end()}, 0x44);
  code.insert(code.end(), {0x60, 0x64, 0x60, 0x00, 0xfd});
  return code;
}

class SendingChain {
 public:
  SendingChain() {
    ask("anvil_setCode", {to_hex(target()), to_hex(BytesView(door_code("the door is shut")))});
    fund(payer, ether(10));
    mine(1);
  }

  /// Whether there is an anvil; says so where not.
  static bool exists() {
    if (std::filesystem::exists(anvil_binary)) return true;
    std::cout << "skipped: there is no " << anvil_binary << std::endl;
    return false;
  }

  [[nodiscard]] Endpoint endpoint() const { return *Endpoint::parse(url_); }
  json::value ask(std::string_view method, json::array params = {}) {
    auto answer = rpc_.call(method, std::move(params));
    BOOST_REQUIRE_MESSAGE(answer,
                          std::string(method) + ": " + (answer ? "" : answer.error().message));
    return std::move(*answer);
  }
  void mine(std::uint64_t blocks = 1) { ask("anvil_mine", {to_quantity(blocks)}); }
  void fund(std::uint8_t key, const U256& wei) {
    ask("anvil_setBalance", {to_hex(account_of(key)), to_quantity(wei)});
  }
  void shut(bool closed) {
    ask("anvil_setStorageAt",
        {to_hex(target()), to_hex(Hash32{}), to_hex(to_word(closed ? 1 : 0))});
  }
  /// How often the contract was called.
  std::uint64_t calls() {
    const auto word = ask("eth_getStorageAt", {to_hex(target()), to_hex(to_word(1)), "latest"});
    return static_cast<std::uint64_t>(*u256_from_quantity(std::string_view(word.as_string())));
  }
  void base_fee(const U256& wei) {
    ask("anvil_setNextBlockBaseFeePerGas", {to_quantity(wei)});
    mine();
  }
  json::value block(std::string_view tag) { return ask("eth_getBlockByNumber", {tag, false}); }

 private:
  TempDirectory home_;
  ChildProcess process_{{anvil_binary, "--port", "0", "--no-mining", "--order", "fifo",
                         "--base-fee", "1000000000", "--gas-limit", "30000000", "--no-cors",
                         "--chain-id", std::to_string(l1_chain_id), "--accounts", "1",
                         "--cache-path", home_.path() / "cache"}};
  std::string url_ = "http://" + process_.wait_for("Listening on ");
  JsonRpcClient rpc_{*Endpoint::parse(url_)};
};

inline Bytes raw_transfer(std::uint8_t key, std::uint64_t nonce, const U256& max_fee,
                          const U256& priority, std::uint64_t gas_limit = 100'000) {
  Txn txn;
  txn.type = 2;
  txn.chain_id = l1_chain_id;
  txn.nonce = nonce;
  txn.gas_limit = gas_limit;
  txn.max_fee = max_fee;
  txn.max_priority_fee = priority;
  txn.to = target();
  return *sign_txn(txn, key_of(key));
}

}  // namespace horae::test
