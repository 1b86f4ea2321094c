#include <array>

#include "node/cli/words.hpp"

namespace horae::logging {
namespace {

constexpr auto of_pool = "LockingPool reverts";
constexpr auto of_info = "LockingInfo reverts";
constexpr auto of_token = "METIS reverts (OpenZeppelin's ERC20)";
constexpr auto of_openzeppelin = "LockingPool or LockingInfo reverts (OpenZeppelin)";

constexpr auto batch_of_node =
    "The node submits again by itself once its log has what L1 has; where it does not, see who "
    "else "
    "submits batches.";

constexpr std::array revert_table{
    Word{"OwnedSequencer", of_pool,
         "The owner has a sequencer already, and one owner has one at most.",
         "Lock with another owner, or more METIS for the sequencer that is there (relock)."},
    Word{"SignerExisted", of_pool,
         "The signer's key signs for a sequencer, or once did: a key serves once, for ever.",
         "Make a new key (horae keys new) and give its public key."},
    Word{"NoSuchSeq", of_pool,
         "A signer that the reward batch names is of no sequencer: it never locked, it was "
         "replaced, or it left. The whole batch reverts.",
         "The batch must leave it out; the node composes it anew by what its log knows."},
    Word{"NullAddress", of_pool, "The zero address was given.", "Give the address that is meant."},
    Word{"SeqNotActive", of_pool,
         "The sequencer is not Active: it was never locked, or its exit has begun.",
         "See the sequencer's id; what has left is ended by unlockClaim alone."},
    Word{"NotSeqOwner", of_pool, "The transaction is not from the sequencer's owner.",
         "Send it from the owner; horae_sequencers shows who that is."},
    Word{"NotSeqSigner", of_pool,
         "The transaction is not from the sequencer's signer, who alone may name the next one.",
         "Send it from the key that signs now; horae_sequencers shows which that is."},
    Word{"NoRewardRecipient", of_pool,
         "The sequencer has no reward recipient. Until one is set, neither rewards nor the stake "
         "can be taken out, and governance cannot end its service either.",
         "Have the owner call setSequencerRewardRecipient."},
    Word{"NotWhitelisted", of_pool, "The sender, or the new owner, is not on the whitelist.",
         "Ask the pool's governance for it (setWhitelist)."},
    Word{"dalayTime==0", of_pool, "Governance may not set a time of 0 for exits.", ""},
    Word{"invalid newReward", of_pool, "Governance may not set a reward of 0.", ""},
    Word{
        "withdraw throttle", of_pool,
        "A part of the stake may be taken back once in a reward batch, and not in the one in which "
        "the sequencer joined or changed its key.",
        "Wait for the next reward batch."},
    Word{"Not allowed to cliam", of_pool,
         "The exit has not begun, is over, or its time has not passed (21 days).",
         "Wait until unlockClaimTime, which horae_sequencers shows; before that, unlock."},
    Word{"signer updating throttle", of_pool,
         "The sequencer joined, changed its key or took stake back too few reward batches ago.",
         "Wait for the next reward batch."},
    Word{"not MPC", of_pool,
         "A reward batch must come from LockingPool's mpcAddress, and came from another key.",
         "Give the keystore of that address (keys.reward_mpc), or have governance call "
         "updateMpc."},
    Word{"mismatch length", of_pool, "A reward batch is empty, or its two lists differ in length.",
         "The node makes no such batch: see who submitted it."},
    Word{"invalid batch id", of_pool,
         "The reward batch does not follow the last one: another was submitted before it.",
         batch_of_node},
    Word{"invalid startEpoch", of_pool,
         "The reward batch does not begin where the last one ended: another was submitted before "
         "it.",
         batch_of_node},
    Word{"invalid endEpoch", of_pool, "A reward batch must have two epochs at least.",
         "Wait: the node submits when it has them."},
    Word{"pubkey and address mismatch", of_pool,
         "The signer that was given is not the address of the public key.",
         "Take both from `horae keys show-pubkey FILE`."},
    Word{"invalid pubkey", of_pool, "The public key does not have 64 bytes.",
         "Give it uncompressed and without the leading 04, as `horae keys show-pubkey FILE` "
         "prints it."},
    Word{"empty address", of_pool, "The public key's address is zero.", "Give another key."},
    Word{"BFT restriction", of_pool,
         "A version of Metis's contract: no sequencer may leave while too many others are "
         "leaving.",
         "Wait until their exits are over, or ask the pool's governance."},

    Word{"Not manager", of_info, "Only LockingPool may call this.", "Call LockingPool instead."},
    Word{"manager has been initialized", of_info, "LockingPool was named already, once for all.",
         ""},
    Word{"_minLock=0", of_info, "Governance may not set a least stake of 0.", ""},
    Word{"maxLock<minLock", of_info, "The most that may be locked would be below the least.", ""},
    Word{"invalid amount", of_info,
         "The stake would be below minLock or above maxLock (20,000 and 100,000 METIS at first), "
         "or nothing would be withdrawn.",
         "Choose an amount that keeps within both; doctor and horae-replay state show them."},
    Word{"locked>maxLock", of_info, "The stake would become more than maxLock.", "Lock less."},
    Word{"No new locked added", of_info, "Neither METIS nor reward would be added.",
         "Give an amount, or lock the reward where there is one."},

    Word{"ERC20: insufficient allowance", of_token,
         "LockingInfo may not take as much METIS from the owner (locking) or the reward payer "
         "(reward batches) as it must.",
         "Have it approve LockingInfo, not LockingPool, for more METIS."},
    Word{"ERC20: transfer amount exceeds balance", of_token,
         "The owner (locking) or the reward payer (reward batches) has less METIS than is taken.",
         "Send METIS to it."},
    Word{"SafeERC20: low-level call failed", of_openzeppelin,
         "The token refused the transfer without a word.",
         "See the balance and the allowance for LockingInfo of whoever pays."},
    Word{"bridge fee required", "the dev network's bridge reverts",
         "What pays a reward out needs ether along for the bridge.", "Send 1 wei with it."},
    Word{"Pausable: paused", of_openzeppelin,
         "The pool is paused: nobody can lock, withdraw or leave.",
         "Wait, or ask the pool's governance."},
    Word{"Ownable: caller is not the owner", of_openzeppelin, "Only the pool's governance may.",
         "Ask the pool's governance."},
    Word{"Initializable: contract is already initialized", of_openzeppelin,
         "The contract was set up already, once for all.", ""},
};

}  // namespace

std::span<const Word> reverts() { return revert_table; }

}  // namespace horae::logging
