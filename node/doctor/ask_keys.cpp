#include <algorithm>

#include "core/crypto/keystore.hpp"
#include "core/crypto/secp256k1.hpp"
#include "core/eth/abi.hpp"
#include "core/files.hpp"
#include "events/locking/locking.hpp"
#include "node/doctor/keys.hpp"
#include "node/keys/ask_password.hpp"
#include "node/keys/key_file.hpp"

namespace horae::doctor {
namespace {

constexpr unsigned batch_gas = 400'000;  // eight sequencers took 352,000 through the proxies

Result<Address> address_named_in(const std::filesystem::path& file) {
  const auto text = read_small_file(file);
  if (!text) return tl::unexpected(text.error());
  const auto named = keystore::named_address(*text);
  if (!named) return within(file.string(), named.error());
  if (!*named) return fail(file.string() + " names no address; with a password it tells its own");
  return **named;
}

KeySeen look_at_key(const std::filesystem::path& file,
                    const std::optional<Result<Password>>& password) {
  KeySeen out{file, address_named_in(file), std::nullopt};
  if (!password) return out;
  out.opened.emplace();
  if (!*password) {
    out.opened = tl::unexpected(KeyFault({"keys.password_file: " + password->error().what},
                                         "see that the path is right (keys.password_file), and "
                                         "that the file's first line is the password"));
    return out;
  }
  const auto key = open_key_file(file, **password);
  if (key) {
    out.address = address_of(public_key(*key));
  } else {
    out.opened = tl::unexpected(key.error());
  }
  return out;
}

std::vector<ModeSeen> look_at_modes(const config::Config& config) {
  std::vector<ModeSeen> out;
  for (const auto& file : config.signers) out.push_back(mode_of(file));
  if (config.reward_mpc) out.push_back(mode_of(*config.reward_mpc));
  if (config.password_file) out.push_back(mode_of(*config.password_file));
  return out;
}

class Asking {
 public:
  Asking(const config::Config& config, L1Port& l1, L1SendPort& sender, const L1Seen& seen)
      : config_(config),
        l1_(l1),
        sender_(sender),
        seen_(seen),
        contracts_{config.locking_pool, config.locking_info} {}

  Findings signers(const std::vector<Address>& signers) {
    const auto known = look_at_signers(signers);
    Findings out{judge_signer(known)};
    if (!known) {
      out.push_back(skipped("keys.whitelist", "the signer is not known"));
      out.push_back(skipped("keys.reward_recipient", "the signer is not known"));
      return out;
    }
    const auto* active = active_of(*known);
    if (active == nullptr) {
      for (const CheckId id : {CheckId("keys.whitelist"), CheckId("keys.reward_recipient")}) {
        out.push_back(skipped(id, "no signer is an Active sequencer's"));
      }
      return out;
    }
    const auto& sequencer = *active->sequencer;
    const auto listed = told(read_whitelist(l1_, contracts_, seen_.head, {sequencer.owner}));
    out.push_back(judge_whitelist(listed.map([](const auto& all) { return bool(all.front()); }),
                                  sequencer.owner));
    out.push_back(judge_recipient(sequencer));
    return out;
  }

  Findings rewards(const Result<Address>& mpc) {
    const auto pools = seen_.parameters.map([](const auto& pool) { return pool.mpc; });
    Findings out{judge_mpc(mpc, pools)};
    const Result<U256> wei = mpc ? told(sender_.balance(*mpc)) : Result<U256>(fail("no address"));
    out.push_back(judge_mpc_balance(wei, cost_of_batch()));
    const auto payer =
        seen_.parameters ? to_hex(seen_.parameters->reward_payer) : std::string("of the pool");
    out.push_back(judge_allowance(of_token("allowance(address,address)", true), due(), payer));
    out.push_back(judge_payer_balance(of_token("balanceOf(address)", false), due(), payer));
    return out;
  }

 private:
  Result<std::vector<SignerSeen>> look_at_signers(const std::vector<Address>& signers) {
    const auto ids = told(read_signers(l1_, contracts_, seen_.head, signers));
    if (!ids) return tl::unexpected(ids.error());
    std::vector<SignerSeen> out;
    for (std::size_t i = 0; i < signers.size(); ++i) {
      out.push_back({signers[i], (*ids)[i], std::nullopt, std::nullopt});
      const auto& id = out.back().id;
      if (id == retired_signer()) out.back().retired = look_for_end(config_, signers[i]);
      if (id == 0 || id == retired_signer()) continue;
      const auto sequencer = told(read_sequencers(l1_, contracts_, seen_.head, {id}));
      if (!sequencer) return tl::unexpected(sequencer.error());
      // A former signer's number still leads to its sequencer, which signs with another key.
      if (sequencer->front().signer == signers[i]) out.back().sequencer = sequencer->front();
    }
    return out;
  }

  // At twice the base fee, as one that must come through.
  Result<Need> cost_of_batch() {
    const auto fees = told(sender_.fees());
    if (!fees) return tl::unexpected(fees.error());
    const U256 one = (fees->base_fee * 2 + fees->priority_fee) * batch_gas;
    return Need{one, one * 4};
  }

  // At today's reward: of two epochs, which a batch must have, and of a period in which each block
  // time has its block.
  Result<Need> due() {
    if (!seen_.parameters) return tl::unexpected(seen_.parameters.error());
    const auto& a_block = seen_.parameters->reward_per_block;
    const U256 least = a_block * 2 * config_.epoch_length;
    const U256 most = a_block * (config_.reward_period_s / config_.block_time_s);
    return Need{least, std::max(least, most)};
  }

  Result<U256> of_token(std::string_view signature, bool allowance) {
    if (!seen_.parameters) return tl::unexpected(seen_.parameters.error());
    if (!seen_.addresses) return tl::unexpected(seen_.addresses.error());
    AbiWriter input;
    input.address(seen_.parameters->reward_payer);
    if (allowance) input.address(contracts_.info);
    const auto answer =
        told(l1_.calls(seen_.head, {{seen_.addresses->l1_token, input.call(signature)}}));
    if (!answer) return tl::unexpected(answer.error());
    return AbiReader(answer->front()).number(0);
  }

  const config::Config& config_;
  L1Port& l1_;
  L1SendPort& sender_;
  const L1Seen& seen_;
  ViewContracts contracts_;
};

void add(Findings& to, Findings more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void skip(Findings& out, const char* why, std::initializer_list<CheckId> ids) {
  for (const CheckId id : ids) out.push_back(skipped(id, why));
}

}  // namespace

Result<Address> voice_of(const config::Config& config) {
  const auto& file = config.signers.at(0);
  auto named = address_named_in(file);
  if (named || !config.password_file) return named;
  return look_at_key(file, secret_from_file(*config.password_file)).address;
}

Findings examine_keys(const config::Config& config, L1Port& l1, L1SendPort& sender,
                      const std::optional<L1Seen>& seen) {
  std::optional<Result<Password>> password;
  if (config.password_file) password = secret_from_file(*config.password_file);
  std::vector<KeySeen> keys;
  std::vector<Address> signers;
  std::string unnamed;
  for (const auto& file : config.signers) {
    keys.push_back(look_at_key(file, password));
    if (const auto& address = keys.back().address) {
      signers.push_back(*address);
    } else {
      unnamed = address.error().what;
    }
  }
  if (config.reward_mpc) keys.push_back(look_at_key(*config.reward_mpc, password));

  Findings out{judge_key_modes(look_at_modes(config)), judge_keys_open(keys)};
  const std::initializer_list<CheckId> of_signer{"keys.signer", "keys.whitelist",
                                                 "keys.reward_recipient"};
  const std::initializer_list<CheckId> of_rewards{"keys.mpc", "keys.mpc_balance",
                                                  "rewards.allowance", "rewards.balance"};
  if (!seen) {
    skip(out, "L1's contracts cannot be asked", of_signer);
    skip(out, "L1's contracts cannot be asked", of_rewards);
    return out;
  }
  Asking asking(config, l1, sender, *seen);
  if (signers.empty()) {
    skip(out, unnamed.c_str(), of_signer);
  } else {
    add(out, asking.signers(signers));
  }
  if (config.reward_mpc) {
    add(out, asking.rewards(keys.back().address));
  } else {
    skip(out, "no keys.reward_mpc: this node submits no reward batches", of_rewards);
  }
  return out;
}

}  // namespace horae::doctor
