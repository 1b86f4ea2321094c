// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {
    OwnableUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/OwnableUpgradeable.sol";
import {
    PausableUpgradeable
} from "@openzeppelin/contracts-upgradeable/security/PausableUpgradeable.sol";

import {ILockingInfo} from "./ILockingInfo.sol";
import {ILockingPool} from "./ILockingPool.sol";
import {ISequencerInfo} from "./ISequencerInfo.sol";

/// The rules of the pool: who may lock, relock, withdraw, change keys, leave, and what a reward
/// batch credits. The order of the checks is that of Metis's contract, where its record shows it.
contract LockingPool is ILockingPool, ISequencerInfo, OwnableUpgradeable, PausableUpgradeable {
    /// In seqSigners: this key was given up or its sequencer is gone; it never signs again.
    uint256 private constant RETIRED = type(uint256).max;

    ILockingInfo public escrow;
    uint256 public exitDelayPeriod; // seconds
    uint256 public rewardPerBlock; // wei for an L2 block
    address public mpcAddress;
    BatchState public curBatchState;
    uint256 public signerUpdateThrottle; // batches between two changes of key
    uint256 public totalSequencers; // ever locked; also the last id
    mapping(address => bool) public whitelist;
    mapping(uint256 => Sequencer) public sequencers;
    mapping(address => uint256) public seqOwners;
    mapping(address => uint256) public seqSigners;
    mapping(Status => uint256) public seqStatuses;

    modifier whitelistRequired() {
        if (!whitelist[msg.sender]) {
            revert NotWhitelisted();
        }
        _;
    }

    function initialize(address _escrow) external initializer {
        __Ownable_init();
        __Pausable_init();
        escrow = ILockingInfo(_escrow);
        exitDelayPeriod = 21 days;
        rewardPerBlock = 761_000 gwei;
        signerUpdateThrottle = 1;
        curBatchState = BatchState({id: 1, number: block.number, startEpoch: 0, endEpoch: 0});
    }

    // What governance may do.

    function updateMpc(address _newMpc) external onlyOwner {
        mpcAddress = _newMpc;
        emit UpdateMpc(_newMpc);
    }

    function setPause(bool _yes) external onlyOwner {
        if (_yes) {
            _pause();
        } else {
            _unpause();
        }
    }

    /// Exits under way keep their time.
    function updateWithdrawDelayTimeValue(uint256 _time) external onlyOwner {
        require(_time > 0, "dalayTime==0");
        emit WithrawDelayTimeChange(_time, exitDelayPeriod);
        exitDelayPeriod = _time;
    }

    function updateBlockReward(uint256 _newReward) external onlyOwner {
        require(_newReward > 0, "invalid newReward");
        emit RewardUpdate(_newReward, rewardPerBlock);
        rewardPerBlock = _newReward;
    }

    function setSignerUpdateThrottle(uint256 _n) external onlyOwner {
        signerUpdateThrottle = _n;
        emit SetSignerUpdateThrottle(_n);
    }

    function setWhitelist(address _user, bool _yes) external onlyOwner {
        whitelist[_user] = _yes;
        emit SetWhitelist(_user, _yes);
    }

    /// Ends a sequencer's service against its owner's will; works while paused.
    function forceUnlock(uint256 _seqId, uint32 _l2Gas) external payable onlyOwner {
        _unlock(_active(_seqId), _seqId, _l2Gas);
    }

    // What a whitelisted owner may do.

    function lockFor(
        address _signer,
        uint256 _amount,
        bytes calldata _signerPubkey
    ) external whenNotPaused whitelistRequired {
        _lock(_signer, address(0), _amount, _signerPubkey);
    }

    function lockWithRewardRecipient(
        address _signer,
        address _rewardRecipient,
        uint256 _amount,
        bytes calldata _signerPubkey
    ) external whenNotPaused whitelistRequired {
        _lock(_signer, _rewardRecipient, _amount, _signerPubkey);
    }

    /// Locks more METIS, with `_lockReward` also the whole reward.
    function relock(
        uint256 _seqId,
        uint256 _amount,
        bool _lockReward
    ) external whenNotPaused whitelistRequired {
        Sequencer storage seq = _owned(_seqId);
        uint256 fromReward = 0;
        if (_lockReward) {
            fromReward = seq.reward;
            seq.reward = 0;
        }
        uint256 locked = seq.amount + _amount + fromReward;
        uint256 nonce = seq.nonce + 1;
        seq.amount = locked;
        seq.nonce = nonce;
        escrow.increaseLocked(_seqId, nonce, msg.sender, locked, _amount, fromReward);
    }

    /// Takes a part of the stake back, once in a reward batch and not in the joining one.
    function withdraw(uint256 _seqId, uint256 _amount) external whenNotPaused whitelistRequired {
        Sequencer storage seq = _owned(_seqId);
        uint256 batch = curBatchState.id;
        require(batch > seq.updatedBatch, "withdraw throttle");
        uint256 locked = seq.amount - _amount;
        uint256 nonce = seq.nonce + 1;
        seq.amount = locked;
        seq.nonce = nonce;
        seq.updatedBatch = batch;
        escrow.withdrawLocking(_seqId, msg.sender, nonce, _amount, locked);
    }

    /// Sends the reward to L2. With nothing to send it does nothing, and a fee sent along is lost.
    function withdrawRewards(
        uint256 _seqId,
        uint32 _l2Gas
    ) external payable whenNotPaused whitelistRequired {
        Sequencer storage seq = _owned(_seqId);
        address recipient = _recipient(seq);
        uint256 reward = seq.reward;
        if (reward > 0) {
            seq.reward = 0;
            escrow.liquidateReward{value: msg.value}(_seqId, reward, recipient, _l2Gas);
        }
    }

    function unlock(
        uint256 _seqId,
        uint32 _l2Gas
    ) external payable whenNotPaused whitelistRequired {
        _unlock(_owned(_seqId), _seqId, _l2Gas);
    }

    function unlockClaim(
        uint256 _seqId,
        uint32 _l2Gas
    ) external payable whenNotPaused whitelistRequired {
        Sequencer storage seq = sequencers[_seqId];
        if (seq.owner != msg.sender) {
            revert NotSeqOwner();
        }
        address recipient = _recipient(seq);
        require(
            seq.status == Status.Inactive && block.timestamp >= seq.unlockClaimTime,
            "Not allowed to cliam"
        );
        uint256 amount = seq.amount;
        uint256 reward = seq.reward;
        seq.amount = 0;
        seq.reward = 0;
        seq.nonce++;
        _setStatus(seq, Status.Unlocked);
        seqSigners[seq.signer] = RETIRED;
        delete seqOwners[msg.sender];
        escrow.finalizeUnlock{value: msg.value}(
            msg.sender,
            _seqId,
            amount,
            reward,
            recipient,
            _l2Gas
        );
    }

    function setSequencerRewardRecipient(
        uint256 _seqId,
        address _recipientOnL2
    ) external whitelistRequired {
        if (_recipientOnL2 == address(0)) {
            revert NullAddress();
        }
        Sequencer storage seq = sequencers[_seqId];
        if (seq.owner != msg.sender) {
            revert NotSeqOwner();
        }
        if (seq.status != Status.Active) {
            revert SeqNotActive();
        }
        seq.rewardRecipient = _recipientOnL2;
        emit SequencerRewardRecipientChanged(_seqId, _recipientOnL2);
    }

    // What an owner may do even off the whitelist.

    /// Hands the sequencer over, stake and reward with it.
    function setSequencerOwner(uint256 _seqId, address _owner) external {
        if (_owner == address(0)) {
            revert NullAddress();
        }
        Sequencer storage seq = _owned(_seqId);
        if (!whitelist[_owner]) {
            revert NotWhitelisted();
        }
        if (seqOwners[_owner] != 0) {
            revert OwnedSequencer();
        }
        delete seqOwners[msg.sender];
        seqOwners[_owner] = _seqId;
        seq.owner = _owner;
        emit SequencerOwnerChanged(_seqId, _owner);
    }

    // What a signer may do.

    function updateSigner(uint256 _seqId, bytes calldata _signerPubkey) external whenNotPaused {
        Sequencer storage seq = _active(_seqId);
        if (seq.signer != msg.sender) {
            revert NotSeqSigner();
        }
        uint256 batch = curBatchState.id;
        require(batch >= seq.updatedBatch + signerUpdateThrottle, "signer updating throttle");
        address newSigner = _signerOf(_signerPubkey);
        if (seqSigners[newSigner] != 0) {
            revert SignerExisted();
        }
        uint256 nonce = seq.nonce + 1;
        seq.nonce = nonce;
        seq.updatedBatch = batch;
        seq.signer = newSigner;
        seq.pubkey = _signerPubkey;
        seqSigners[msg.sender] = RETIRED;
        seqSigners[newSigner] = _seqId;
        escrow.logSignerChange(_seqId, msg.sender, newSigner, nonce, _signerPubkey);
    }

    // What the MPC may do.

    /// Credits each signer with its blocks of the epochs `_startEpoch` to `_endEpoch`. One signer
    /// that is unknown or retired makes the whole batch revert. Works while paused.
    function batchSubmitRewards(
        uint256 _batchId,
        uint256 _startEpoch,
        uint256 _endEpoch,
        address[] calldata _seqs,
        uint256[] calldata _blocks
    ) external {
        require(msg.sender == mpcAddress, "not MPC");
        require(_seqs.length == _blocks.length && _seqs.length > 0, "mismatch length");
        require(_batchId == curBatchState.id + 1, "invalid batch id");
        require(_startEpoch == curBatchState.endEpoch + 1, "invalid startEpoch");
        require(_startEpoch < _endEpoch, "invalid endEpoch");
        curBatchState = BatchState(_batchId, block.number, _startEpoch, _endEpoch);

        uint256 rpb = rewardPerBlock;
        uint256 totalReward = 0;
        for (uint256 i = 0; i < _seqs.length; i++) {
            Sequencer storage seq = sequencers[seqSigners[_seqs[i]]];
            if (seq.status == Status.Unavailabe) {
                revert NoSuchSeq();
            }
            uint256 reward = _blocks[i] * rpb;
            seq.reward += reward;
            totalReward += reward;
        }
        escrow.distributeReward(_batchId, totalReward);
        emit DistributeReward(_batchId, _startEpoch, _endEpoch, totalReward, rpb);
    }

    // What anyone may read, beside the public variables.

    function currentBatch() external view returns (uint256) {
        return curBatchState.id;
    }

    // Two names kept from older versions of Metis's contract.
    // solhint-disable func-name-mixedcase

    function WITHDRAWAL_DELAY() external view returns (uint256) {
        return exitDelayPeriod;
    }

    function BLOCK_REWARD() external view returns (uint256) {
        return rewardPerBlock;
    }

    // solhint-enable func-name-mixedcase

    function _lock(
        address _signer,
        address _rewardRecipient,
        uint256 _amount,
        bytes calldata _signerPubkey
    ) private {
        if (seqOwners[msg.sender] != 0) {
            revert OwnedSequencer();
        }
        require(_signerOf(_signerPubkey) == _signer, "pubkey and address mismatch");
        if (seqSigners[_signer] != 0) {
            revert SignerExisted();
        }
        uint256 id = ++totalSequencers;
        uint256 batch = curBatchState.id;
        Sequencer storage seq = sequencers[id];
        seq.amount = _amount;
        seq.activationBatch = batch;
        seq.updatedBatch = batch;
        seq.nonce = 1;
        seq.owner = msg.sender;
        seq.signer = _signer;
        seq.pubkey = _signerPubkey;
        seq.rewardRecipient = _rewardRecipient;
        seq.status = Status.Active;
        seqStatuses[Status.Active]++;
        seqOwners[msg.sender] = id;
        seqSigners[_signer] = id;
        escrow.newSequencer(id, msg.sender, _signer, _amount, batch, _signerPubkey);
        emit SequencerOwnerChanged(id, msg.sender);
        emit SequencerRewardRecipientChanged(id, _rewardRecipient);
    }

    function _unlock(Sequencer storage seq, uint256 _seqId, uint32 _l2Gas) private {
        _recipient(seq);
        uint256 reward = seq.reward;
        seq.reward = 0;
        seq.nonce++;
        seq.deactivationBatch = curBatchState.id;
        seq.deactivationTime = block.timestamp;
        seq.unlockClaimTime = block.timestamp + exitDelayPeriod;
        _setStatus(seq, Status.Inactive);
        escrow.initializeUnlock{value: msg.value}(_seqId, reward, _l2Gas, seq);
    }

    function _setStatus(Sequencer storage seq, Status _status) private {
        seqStatuses[seq.status]--;
        seqStatuses[_status]++;
        seq.status = _status;
    }

    function _active(uint256 _seqId) private view returns (Sequencer storage seq) {
        seq = sequencers[_seqId];
        if (seq.status != Status.Active) {
            revert SeqNotActive();
        }
    }

    function _owned(uint256 _seqId) private view returns (Sequencer storage seq) {
        seq = _active(_seqId);
        if (seq.owner != msg.sender) {
            revert NotSeqOwner();
        }
    }

    function _recipient(Sequencer storage seq) private view returns (address recipient) {
        recipient = seq.rewardRecipient;
        if (recipient == address(0)) {
            revert NoRewardRecipient();
        }
    }

    /// The address of an uncompressed public key without its 04.
    function _signerOf(bytes calldata _pubkey) private pure returns (address signer) {
        require(_pubkey.length == 64, "invalid pubkey");
        signer = address(uint160(uint256(keccak256(_pubkey))));
        require(signer != address(0), "empty address");
    }
}
