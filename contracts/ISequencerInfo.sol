// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// What a sequencer of the pool is, and what can go wrong with it. Names and spellings are those of
/// Metis's contracts: whoever reads these reads the real ones.
interface ISequencerInfo {
    enum Status {
        Unavailabe, // no such sequencer
        Inactive, // leaving: unlocked, stake not yet claimed
        Active,
        Unlocked // gone: stake claimed
    }

    struct Sequencer {
        uint256 amount; // locked stake, wei
        uint256 reward; // credited and neither paid out nor relocked, wei
        uint256 activationBatch;
        uint256 updatedBatch; // batch of the last withdrawal or change of key
        uint256 deactivationBatch;
        uint256 deactivationTime;
        uint256 unlockClaimTime;
        uint256 nonce; // changes on record, 1 at the lock
        address owner;
        address signer;
        bytes pubkey; // 64 bytes, not necessarily a point of the curve
        address rewardRecipient; // on L2; zero: not yet set
        Status status;
    }

    struct BatchState {
        uint256 id;
        uint256 number; // L1 block in which the batch was submitted
        uint256 startEpoch;
        uint256 endEpoch;
    }

    event SequencerRewardRecipientChanged(uint256 _seqId, address _recipient);
    event SequencerOwnerChanged(uint256 _seqId, address _owner);
    event SetSignerUpdateThrottle(uint256 _n);
    event SetWhitelist(address _user, bool _yes);

    error OwnedSequencer();
    error SignerExisted();
    error NoSuchSeq();
    error NullAddress();
    error SeqNotActive();
    error NotSeqOwner();
    error NotSeqSigner();
    error NoRewardRecipient();
    error NotWhitelisted();
}
