#pragma once

#include "core/bytes.hpp"
#include "node/doctor/l1.hpp"
#include "node/doctor/log.hpp"
#include "node/keys/key_file.hpp"

// The node's keys, and what they are good for on L1.
namespace horae::doctor {

/// A keystore.
struct KeySeen {
  std::filesystem::path file;
  Result<Address> address;  // of the opened key, or as an unopened file names it
  // Nothing: no password file was given.
  std::optional<tl::expected<void, KeyFault>> opened;
};

/// Of the first of keys.signers, which speaks for the node in a pool: as its file names it, or as
/// it opens with the password's file.
[[nodiscard]] Result<Address> voice_of(const config::Config& config);

[[nodiscard]] Finding judge_key_modes(const std::vector<ModeSeen>& files);
[[nodiscard]] Finding judge_keys_open(const std::vector<KeySeen>& keys);

/// A signer as the pool has it.
struct SignerSeen {
  Address signer;
  U256 id;  // 0: none; 2^256 - 1: a retired key
  std::optional<ContractSequencer> sequencer;
  std::optional<Retired> retired;  // nothing: it is none, or its end is not found in the log
};
[[nodiscard]] Finding judge_signer(const Result<std::vector<SignerSeen>>& signers);
/// The one that seals: the first that is Active.
[[nodiscard]] const SignerSeen* active_of(const std::vector<SignerSeen>& signers);
[[nodiscard]] Finding judge_whitelist(const Result<bool>& whitelisted, const Address& owner);
[[nodiscard]] Finding judge_recipient(const ContractSequencer& sequencer);

[[nodiscard]] Finding judge_mpc(const Result<Address>& ours, const Result<Address>& pools);
/// What there must be, and from where on nobody need care.
struct Need {
  U256 least, ease;
};
/// Of the MPC address; need: what submitting reward batches costs now.
[[nodiscard]] Finding judge_mpc_balance(const Result<U256>& wei, const Result<Need>& need);
/// What LockingInfo may take from the reward payer, and what is there; need: what the smallest and
/// the largest reward batch pay. All in wei of METIS.
[[nodiscard]] Finding judge_allowance(const Result<U256>& allowance, const Result<Need>& need,
                                      const std::string& payer);
[[nodiscard]] Finding judge_payer_balance(const Result<U256>& balance, const Result<Need>& need,
                                          const std::string& payer);

/// l1: nothing where L1 does not answer.
[[nodiscard]] Findings examine_keys(const config::Config& config, L1Port& l1, L1SendPort& sender,
                                    const std::optional<L1Seen>& seen);

}  // namespace horae::doctor
