#include "node/doctor/keys.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "events/locking/locking.hpp"

namespace horae::doctor {
namespace {

const U256 retired = ~U256(0);

// Wei as a decimal number with up to four places.
std::string in_units(const U256& wei) {
  const U256 unit("1000000000000000000");
  const U256 places = wei % unit / U256("100000000000000");
  return fmt::format("{}.{:0>4}", to_decimal(U256(wei / unit)), to_decimal(places));
}

Finding enough(Check check, const Result<U256>& have, const Result<Need>& need, const char* unit,
               const char* what) {
  if (!need) check.expected = fmt::format("enough {}", unit);
  if (!need) return check.failed(need.error().what);
  check.expected =
      fmt::format("{} to {} {}, {}", in_units(need->least), in_units(need->ease), unit, what);
  if (!have) return check.failed(have.error().what);
  const auto found = fmt::format("{} {}", in_units(*have), unit);
  if (*have < need->least || *have == 0) return check.failed(found);
  return *have < need->ease ? check.warning(found) : check.ok(found);
}

std::string status_of(const SignerSeen& seen) {
  const auto who = to_hex(seen.signer);
  if (seen.id == 0) return who + " never locked";
  if (seen.id == retired) return who + " is a retired key";
  if (!seen.sequencer) return who + " is not told";
  const auto& status = seen.sequencer->status;
  return fmt::format(
      "{} signs for sequencer {}, {}", who, to_decimal(seen.id),
      status <= 3 ? status_name(static_cast<SequencerStatus>(static_cast<std::uint8_t>(status)))
                  : "of an unknown status");
}

}  // namespace

Finding judge_key_modes(const std::vector<ModeSeen>& files) {
  Check check{"keys.modes", "mode 0600, of whoever runs the node", ""};
  for (const auto& one : files) {
    check.todo =
        fmt::format("chmod 600 {0}, and chown it to whoever runs the node", one.path.string());
    if (!one.trouble.empty()) return check.failed(one.path.string() + ": " + one.trouble);
    if (!one.mode) {
      check.todo = "see where it is (keys.signers, keys.reward_mpc, keys.password_file)";
      return check.failed(one.path.string() + " is not there");
    }
    if ((*one.mode & 077) != 0 || !one.ours) {
      return check.failed(fmt::format("{}: mode {:04o}{}", one.path.string(), *one.mode,
                                      one.ours ? "" : ", of another user"));
    }
  }
  return check.ok(fmt::format("{} files, each its owner's alone", files.size()));
}

Finding judge_keys_open(const std::vector<KeySeen>& keys) {
  const Check check{"keys.open", "every keystore opens with the password",
                    "give the password that they were made with (keys.password_file); "
                    "`horae keys verify-backup` tries a copy"};
  for (const auto& key : keys) {
    if (!key.opened) return skipped(check.id, "no keys.password_file: a start asks the terminal");
    if (!*key.opened) return check.failed(key.opened->error().what);
  }
  return check.ok(fmt::format("{} keystores", keys.size()));
}

const SignerSeen* active_of(const std::vector<SignerSeen>& signers) {
  const auto found = std::ranges::find_if(signers, [](const SignerSeen& one) {
    return one.sequencer && one.sequencer->status == static_cast<unsigned>(SequencerStatus::active);
  });
  return found == signers.end() ? nullptr : &*found;
}

Finding judge_signer(const std::vector<SignerSeen>& signers) {
  const Check check{"keys.signer", "one of the signers is an Active sequencer's",
                    "lock METIS for it on LockingPool, or give the keystore of the signer that is "
                    "locked (keys.signers)"};
  if (const auto* active = active_of(signers)) return check.ok(status_of(*active));
  std::string all;
  for (const auto& one : signers) all += (all.empty() ? "" : "; ") + status_of(one);
  return check.failed(all);
}

Finding judge_whitelist(const Result<bool>& whitelisted, const Address& owner) {
  const Check check{"keys.whitelist", "the sequencer's owner is whitelisted",
                    "ask the pool's governance: without it the owner can neither withdraw nor "
                    "leave"};
  if (!whitelisted) return check.failed(whitelisted.error().what);
  return check.ok_if(*whitelisted, fmt::format("owner {} {}", to_hex(owner),
                                               *whitelisted ? "is whitelisted" : "is not"));
}

Finding judge_recipient(const ContractSequencer& sequencer) {
  const Check check{"keys.reward_recipient", "one is set",
                    "have the owner call setSequencerRewardRecipient: until then withdrawRewards, "
                    "unlock and forceUnlock revert (NoRewardRecipient)"};
  if (sequencer.reward_recipient.is_zero()) return check.warning("none");
  return check.ok(to_hex(sequencer.reward_recipient));
}

Finding judge_mpc(const Result<Address>& ours, const Result<Address>& pools) {
  const Check check{"keys.mpc",
                    pools ? "LockingPool's mpcAddress, " + to_hex(*pools)
                          : std::string("LockingPool's mpcAddress"),
                    "give the keystore of that address (keys.reward_mpc), or have the pool's "
                    "governance call updateMpc"};
  if (!ours) return check.failed(ours.error().what);
  if (!pools) return check.failed(pools.error().what);
  return check.ok_if(*ours == *pools, to_hex(*ours));
}

Finding judge_mpc_balance(const Result<U256>& wei, const Result<Need>& need) {
  return enough({"keys.mpc_balance", "", "send ether to the address of keys.reward_mpc"}, wei, need,
                "ETH", "or more: for one reward batch and for four");
}

Finding judge_allowance(const Result<U256>& allowance, const Result<Need>& need,
                        const std::string& payer) {
  return enough({"rewards.allowance", "",
                 "have the reward payer " + payer + " approve LockingInfo for more METIS"},
                allowance, need, "METIS", "or more: for the smallest and the largest reward batch");
}

Finding judge_payer_balance(const Result<U256>& balance, const Result<Need>& need,
                            const std::string& payer) {
  return enough({"rewards.balance", "", "send METIS to the reward payer " + payer}, balance, need,
                "METIS", "or more: for the smallest and the largest reward batch");
}

}  // namespace horae::doctor
