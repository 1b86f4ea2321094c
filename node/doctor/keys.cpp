#include "node/doctor/keys.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/shell_word.hpp"
#include "events/locking/locking.hpp"

namespace horae::doctor {
namespace {

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

std::string end_of(const std::optional<Retired>& retired) {
  if (!retired) return "it was replaced, or its sequencer left";
  const auto where = fmt::format(" at L1 block {}", retired->l1_block);
  const auto whose = "sequencer " + to_decimal(retired->sequencer_id);
  return retired->by ? to_hex(*retired->by) + " replaced it as the signer of " + whose + where
                     : whose + ", whose exit began" + where + ", left";
}

// What is to be done where none is Active, by the one that has come farthest: it signs for a
// sequencer, it did so once, or it never locked.
std::string todo_of(const std::vector<SignerSeen>& signers) {
  const auto in_pool = std::ranges::find_if(
      signers, [](const SignerSeen& one) { return one.sequencer.has_value(); });
  if (in_pool != signers.end()) {
    return "a sequencer that has begun to leave does not come back: after its unlockClaim lock "
           "METIS with a new key (`horae keys new`), or give the keystore of a signer that is "
           "Active (keys.signers)";
  }
  const auto retired =
      std::ranges::find(signers, retired_signer(), [](const SignerSeen& one) { return one.id; });
  if (retired != signers.end()) {
    const auto& end = retired->retired;
    if (end && end->by) return "give the keystore of " + to_hex(*end->by) + " (keys.signers)";
    const std::string anew =
        "a retired key never signs again: lock METIS with a new one (`horae keys new`)";
    return end ? anew : "give the keystore of the key that replaced it (keys.signers); " + anew;
  }
  return "lock METIS for it on LockingPool, or give the keystore of the signer that is locked "
         "(keys.signers)";
}

std::string status_of(const SignerSeen& seen) {
  const auto who = to_hex(seen.signer);
  if (seen.id == 0) return who + " never locked";
  if (seen.id == retired_signer()) return who + " is a retired key: " + end_of(seen.retired);
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
    check.todo = fmt::format("chmod 600 {}, and chown it to whoever runs the node",
                             shell_word(one.path.string()));
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
  Check check{"keys.open", "every keystore opens with the password (keys.password_file)", ""};
  for (const auto& key : keys) {
    if (!key.opened) return skipped(check.id, "no keys.password_file: a start asks the terminal");
    if (*key.opened) continue;
    const auto& fault = key.opened->error();
    check.todo = fault.todo.empty() ? "see that the path is right, and that the file is its user's "
                                      "alone (keys.signers, keys.reward_mpc)"
                                    : fault.todo;
    return check.failed(fault.what);
  }
  return check.ok(fmt::format("{} keystores", keys.size()));
}

const SignerSeen* active_of(const std::vector<SignerSeen>& signers) {
  const auto found = std::ranges::find_if(signers, [](const SignerSeen& one) {
    return one.sequencer && one.sequencer->status == static_cast<unsigned>(SequencerStatus::active);
  });
  return found == signers.end() ? nullptr : &*found;
}

Finding judge_signer(const Result<std::vector<SignerSeen>>& signers) {
  Check check{"keys.signer", "one of the signers is an Active sequencer's", "see what L1 says"};
  if (!signers) return check.failed(signers.error().what);
  if (const auto* active = active_of(*signers)) return check.ok(status_of(*active));
  check.todo = todo_of(*signers);
  std::string all;
  for (const auto& one : *signers) all += (all.empty() ? "" : "; ") + status_of(one);
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
