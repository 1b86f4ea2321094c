#pragma once

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iostream>
#include <sstream>

#include "core/eth/abi.hpp"
#include "core/hash.hpp"
#include "edges/json_rpc.hpp"
#include "events/locking/decode.hpp"
#include "tests/fixture/child_process.hpp"

// An anvil with the dev contracts, which a test makes live, forget and go back.
namespace horae::test {

namespace json = boost::json;

inline const std::string anvil =
    HORAE_SOURCE_DIR "/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil";
inline const std::string artefacts = HORAE_BINARY_DIR "/contracts/";

/// Skips the program where there is no anvil or no compiled contract, saying so.
struct NeedsAnvil {
  NeedsAnvil() {
    for (const auto& path : {anvil, artefacts + "LockingPool.json"}) {
      if (std::filesystem::exists(path)) continue;
      std::cout << "skipped: there is no " << path << std::endl;
      std::_Exit(77);
    }
  }
};

/// METIS in wei.
inline U256 wei(std::uint64_t metis) { return U256(metis) * U256("1000000000000000000"); }

class AnvilChain {
 public:
  AnvilChain()
      : process_({anvil, "--port", "0", "--no-mining", "--auto-impersonate", "--order", "fifo",
                  "--gas-limit", "1000000000", "--base-fee", "0", "--gas-price", "0", "--no-cors",
                  "--accounts", "1", "--cache-path", home_.path() / "cache"}),
        url_("http://" + process_.wait_for("Listening on ")),
        rpc_(*Endpoint::parse(url_)) {}

  [[nodiscard]] const std::string& url() const { return url_; }

  json::value ask(std::string_view method, json::array params = {}) {
    auto answer = rpc_.call(method, std::move(params));
    BOOST_REQUIRE_MESSAGE(answer,
                          std::string(method) + ": " + (answer ? "" : answer.error().message));
    return std::move(*answer);
  }
  void mine(std::uint64_t blocks) { ask("anvil_mine", {to_quantity(blocks)}); }
  std::uint64_t head() {
    return *u64_from_quantity(std::string_view(ask("eth_blockNumber").as_string()));
  }

  /// Mines a transaction, which must succeed, in a block of its own; the address of a creation.
  Address act(const Address& from, std::optional<Address> to, const Bytes& input) {
    json::object txn{{"from", to_hex(from)},
                     {"data", to_hex(BytesView(input))},
                     {"gas", "0x989680"},
                     {"gasPrice", "0x0"}};
    if (to) txn["to"] = to_hex(*to);
    sent_.push_back(txn);
    const auto hash = ask("eth_sendTransaction", {txn});
    ask("evm_mine");
    const auto receipt = ask("eth_getTransactionReceipt", {hash});
    BOOST_REQUIRE(receipt.is_object());
    BOOST_REQUIRE_MESSAGE((receipt.at("status") == "0x1"), "a transaction reverted");
    if (to) return *to;
    return *fixed_from_hex<Address>(std::string_view(receipt.at("contractAddress").as_string()));
  }

  /// The same life again, all of it in one block.
  void squeeze() {
    ask("anvil_rollback", {head()});
    for (const auto& txn : sent_) ask("eth_sendTransaction", {txn});
    ask("evm_mine");
  }

  // The pool

  static Address account(std::uint8_t n) {
    Address out;
    out.bytes.fill(n);
    return out;
  }
  static inline const Address governance = account(0xaa);

  void deploy() {
    token = create("MetisToken", AbiWriter().number(wei(10'000'000)).take());
    const auto bridge = create("DevBridge", {});
    const auto admin = create("ProxyAdmin", {});
    contracts.info = proxy("LockingInfo", admin,
                           AbiWriter()
                               .address(bridge)
                               .address(token)
                               .address(account(0xbb))
                               .number(10880)
                               .call("initialize(address,address,address,uint256)"));
    contracts.pool = proxy("LockingPool", admin,
                           AbiWriter().address(contracts.info).call("initialize(address)"));
    govern(contracts.info, AbiWriter().address(contracts.pool).call("initManager(address)"));
  }
  void govern(const Address& to, const Bytes& input) { act(governance, to, input); }

  /// Owner and key n lock so much.
  void lock(std::uint8_t n, const U256& amount) {
    const auto owner = account(n);
    govern(contracts.pool,
           AbiWriter().address(owner).boolean(true).call("setWhitelist(address,bool)"));
    govern(token, AbiWriter().address(owner).number(amount).call("mint(address,uint256)"));
    act(owner, token,
        AbiWriter().address(contracts.info).number(amount).call("approve(address,uint256)"));
    act(owner, contracts.pool,
        AbiWriter()
            .address(signer(n))
            .address(account(0xcc))
            .number(amount)
            .bytes(Bytes(64, n))
            .call("lockWithRewardRecipient(address,address,uint256,bytes)"));
  }
  static Address signer(std::uint8_t n) {
    return *Address::from(keccak256(Bytes(64, n)).view().last(Address::size));
  }

  PoolContracts contracts;
  Address token;

 private:
  Address create(const std::string& name, const Bytes& arguments) {
    std::stringstream text;
    text << std::ifstream(artefacts + name + ".json").rdbuf();
    auto code = *from_hex(std::string_view(json::parse(text.str()).at("bytecode").as_string()));
    code.insert(code.end(), arguments.begin(), arguments.end());
    return act(governance, {}, code);
  }
  Address proxy(const std::string& name, const Address& admin, const Bytes& start) {
    return create("TransparentUpgradeableProxy",
                  AbiWriter().address(create(name, {})).address(admin).bytes(start).take());
  }

  TempDirectory home_;
  ChildProcess process_;
  std::string url_;
  JsonRpcClient rpc_;
  std::vector<json::object> sent_;
};

}  // namespace horae::test
