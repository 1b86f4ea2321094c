#include "node/dev/contracts.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <optional>
#include <thread>

#include "core/crypto/secp256k1.hpp"
#include "core/files.hpp"
#include "core/hash.hpp"
#include "core/u256.hpp"
#include "node/dev/accounts.hpp"

namespace horae::dev {
namespace {

using Words = std::vector<Hash32>;

const U256 metis_unit("1000000000000000000");
const U256 ether("1000000000000000000");  // wei
const U256 supply = metis_unit * 10'000'000;
const U256 minted = metis_unit * 100'000;
const U256 locked = metis_unit * 20'000;  // minLock
// METIS on L2, where it is the native token.
constexpr std::string_view l2_token = "0xdeaddeaddeaddeaddeaddeaddeaddeaddead0000";

Hash32 word(const Address& address) {
  Hash32 out;
  std::copy(address.bytes.begin(), address.bytes.end(), out.bytes.begin() + 12);
  return out;
}

// ABI-encoded arguments: words, then one of type bytes where there is one.
Bytes arguments(const Words& words, const std::optional<Bytes>& last = {}) {
  Bytes out;
  for (const auto& one : words) append(out, one.view());
  if (last) {
    append(out, to_word(U256(32 * (words.size() + 1))).view());
    append(out, to_word(U256(last->size())).view());
    append(out, *last);
    out.resize((out.size() + 31) / 32 * 32);
  }
  return out;
}

Bytes call(std::string_view signature, const Words& words, const std::optional<Bytes>& last = {}) {
  const auto selector = keccak256(as_bytes(signature));
  Bytes out(selector.bytes.begin(), selector.bytes.begin() + 4);
  append(out, arguments(words, last));
  return out;
}

// Sends one transaction after the other. The first fault is kept, and nothing is done after it.
class Deployer {
 public:
  Deployer(JsonRpcClient& l1, const std::filesystem::path& artefacts)
      : l1_(l1), artefacts_(artefacts) {}

  Address create(const std::string& name, const Bytes& constructor_arguments) {
    if (fault_) return {};
    auto code = bytecode(name);
    if (!code) {
      fault_ = within(name, code.error()).value();
      return {};
    }
    append(*code, constructor_arguments);
    const auto receipt = mine(name, accounts()[governance].address, std::nullopt, *code);
    if (fault_) return {};
    block_ = u64_from_quantity(text(receipt, "blockNumber")).value_or(0);
    const auto address = fixed_from_hex<Address>(text(receipt, "contractAddress"));
    if (!address) fault_ = within(name, address.error()).value();
    return address.value_or(Address{});
  }

  void send(std::size_t from, const Address& to, std::string_view signature, const Words& words,
            const std::optional<Bytes>& last = {}) {
    if (!fault_) {
      mine(std::string(signature), accounts()[from].address, to, call(signature, words, last));
    }
  }

  /// Ether from one account to another.
  void give(std::size_t from, const Address& to, const U256& wei) {
    if (!fault_) mine("a transfer of ether", accounts()[from].address, to, {}, wei);
  }

  std::uint64_t view(const Address& to, std::string_view signature, const Words& words) {
    if (fault_) return 0;
    const auto answer = l1_.call(
        "eth_call", {{{"to", to_hex(to)}, {"data", to_hex(call(signature, words))}}, "latest"});
    const auto value = answer && answer->is_string() ? fixed_from_hex<Hash32>(answer->get_string())
                                                     : Result<Hash32>(fail("no answer"));
    if (!value) fault_ = within(signature, value.error()).value();
    return value ? static_cast<std::uint64_t>(from_word(*value)) : 0;
  }

  /// The block of the last creation.
  [[nodiscard]] std::uint64_t block() const { return block_; }
  [[nodiscard]] const std::optional<Fault>& fault() const { return fault_; }

 private:
  Result<Bytes> bytecode(const std::string& name) const {
    const auto file = artefacts_ / (name + ".json");
    const auto content = read_small_file(file);
    if (!content) return tl::unexpected(content.error());
    boost::system::error_code error;
    const auto json = boost::json::parse(*content, error);
    const auto* object = error ? nullptr : json.if_object();
    if (object == nullptr) return fail(file.string() + " is no JSON object");
    return from_hex(text(*object, "bytecode"));
  }

  static std::string text(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
  }

  // What is mined and has not reverted: its receipt.
  boost::json::object mine(const std::string& what, const Address& from,
                           const std::optional<Address>& to, const Bytes& data,
                           const U256& value = 0) {
    boost::json::object txn{
        {"from", to_hex(from)}, {"data", to_hex(data)}, {"value", to_quantity(value)}};
    if (to) txn["to"] = to_hex(*to);
    const auto hash = l1_.call("eth_sendTransaction", {txn});
    if (!hash) {
      fault_ = within(what, hash.error().to_fault()).value();
      return {};
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < deadline) {
      const auto receipt = l1_.call("eth_getTransactionReceipt", {*hash});
      if (!receipt) {
        fault_ = within(what, receipt.error().to_fault()).value();
        return {};
      }
      if (const auto* mined = receipt->if_object()) {
        if (text(*mined, "status") != "0x1") fault_ = Fault{what + " reverted"};
        return *mined;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    fault_ = Fault{what + " is not mined"};
    return {};
  }

  JsonRpcClient& l1_;
  std::filesystem::path artefacts_;
  std::uint64_t block_ = 0;
  std::optional<Fault> fault_;
};

}  // namespace

Result<Contracts> deploy_contracts(JsonRpcClient& l1, const std::filesystem::path& artefacts,
                                   std::uint64_t l2_chain_id, std::uint64_t nodes) {
  const auto& everybody = accounts();
  const auto& governor = everybody[governance].address;
  const auto& signer = everybody[sequencer_signer].address;
  Deployer deployer(l1, artefacts);
  Contracts out;

  const auto proxy = [&](const Address& code, const Bytes& initialize) {
    return deployer.create("TransparentUpgradeableProxy",
                           arguments({word(code), word(out.proxy_admin)}, initialize));
  };
  out.metis = deployer.create("MetisToken", arguments({to_word(supply)}));
  out.bridge = deployer.create("DevBridge", {});
  out.proxy_admin = deployer.create("ProxyAdmin", {});
  const auto info_code = deployer.create("LockingInfo", {});
  out.locking_info =
      proxy(info_code, call("initialize(address,address,address,uint256)",
                            {word(out.bridge), word(out.metis),
                             word(*fixed_from_hex<Address>(l2_token)), to_word(l2_chain_id)}));
  out.deployment_block = deployer.block();
  const auto pool_code = deployer.create("LockingPool", {});
  out.locking_pool = proxy(pool_code, call("initialize(address)", {word(out.locking_info)}));

  deployer.send(governance, out.locking_info, "initManager(address)", {word(out.locking_pool)});
  deployer.send(governance, out.locking_info, "setRewardPayer(address)", {word(governor)});
  deployer.send(governance, out.metis, "approve(address,uint256)",
                {word(out.locking_info), to_word(supply)});
  deployer.send(governance, out.locking_pool, "updateMpc(address)",
                {word(everybody[reward_mpc].address)});
  for (std::size_t i = traffic_first; i < funded_count; ++i) {
    deployer.send(governance, out.metis, "mint(address,uint256)",
                  {word(everybody[i].address), to_word(minted)});
  }
  for (std::size_t i = funded_count; i < account_count; ++i) {
    deployer.give(governance, everybody[i].address, ether * 100);
  }
  const auto lock = [&](std::size_t owner, std::size_t signs) {
    const auto& address = everybody[owner].address;
    const auto pubkey = public_key(key_of(everybody[signs]));
    deployer.send(governance, out.locking_pool, "setWhitelist(address,bool)",
                  {word(address), to_word(1)});
    deployer.send(owner, out.metis, "approve(address,uint256)",
                  {word(out.locking_info), to_word(locked)});
    deployer.send(owner, out.locking_pool, "lockWithRewardRecipient(address,address,uint256,bytes)",
                  {word(everybody[signs].address), word(address), to_word(locked)},
                  Bytes(pubkey.bytes.begin(), pubkey.bytes.end()));
  };
  lock(sequencer_owner, sequencer_signer);
  for (std::uint64_t node = 2; node <= nodes; ++node) {
    lock(member_account(node), member_account(node));
  }
  out.sequencer_id = deployer.view(out.locking_pool, "seqSigners(address)", {word(signer)});
  if (deployer.fault()) return within("deploying the dev contracts", *deployer.fault());
  return out;
}

}  // namespace horae::dev
