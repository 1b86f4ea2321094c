// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ISequencerInfo} from "./ISequencerInfo.sol";

/// LockingInfo holds the METIS and tells the story; LockingPool, its manager, decides.
interface ILockingInfo {
    event Locked(
        address indexed signer,
        uint256 indexed sequencerId,
        uint256 nonce,
        uint256 indexed activationBatch,
        uint256 amount,
        uint256 total,
        bytes signerPubkey
    );
    event Relocked(uint256 indexed sequencerId, uint256 amount, uint256 total);
    event Withdraw(uint256 indexed sequencerId, uint256 amount);
    event LockUpdate(uint256 indexed sequencerId, uint256 indexed nonce, uint256 indexed newAmount);
    event ClaimRewards(
        uint256 indexed sequencerId,
        address recipient,
        uint256 indexed amount,
        uint256 indexed totalAmount
    );
    event UnlockInit(
        address indexed user,
        uint256 indexed sequencerId,
        uint256 nonce,
        uint256 deactivationBatch,
        uint256 deactivationTime,
        uint256 unlockClaimTime,
        uint256 indexed amount
    );
    event Unlocked(
        address indexed user,
        uint256 indexed sequencerId,
        uint256 amount,
        uint256 total
    );
    event BatchSubmitReward(uint256 _newBatchId);
    event SignerChange(
        uint256 indexed sequencerId,
        uint256 nonce,
        address indexed oldSigner,
        address indexed newSigner,
        bytes signerPubkey
    );
    event SetMinLock(uint256 _newMinLock);
    event SetMaxLock(uint256 _newMaxLock);
    event SetRewardPayer(address _payer);

    /// Takes the first stake from the owner.
    function newSequencer(
        uint256 _id,
        address _owner,
        address _signer,
        uint256 _amount,
        uint256 _batchId,
        bytes calldata _signerPubkey
    ) external;

    /// `_locked` is the stake after the increase; `_incoming` comes from the owner, `_fromReward`
    /// is here already.
    function increaseLocked(
        uint256 _id,
        uint256 _nonce,
        address _owner,
        uint256 _locked,
        uint256 _incoming,
        uint256 _fromReward
    ) external;

    /// Pays a part of the stake back to the owner; `_locked` is what remains.
    function withdrawLocking(
        uint256 _id,
        address _owner,
        uint256 _nonce,
        uint256 _amount,
        uint256 _locked
    ) external;

    /// The exit begins: the reward is bridged, the stake stays until finalizeUnlock.
    function initializeUnlock(
        uint256 _id,
        uint256 _reward,
        uint32 _l2gas,
        ISequencerInfo.Sequencer calldata _seq
    ) external payable;

    /// The exit ends: the stake goes to the owner, a late reward to the recipient on L2.
    function finalizeUnlock(
        address _owner,
        uint256 _id,
        uint256 _amount,
        uint256 _reward,
        address _recipient,
        uint32 _l2gas
    ) external payable;

    function liquidateReward(
        uint256 _id,
        uint256 _amount,
        address _recipient,
        uint32 _l2gas
    ) external payable;

    /// Takes a batch's whole reward from the reward payer.
    function distributeReward(uint256 _batchId, uint256 _totalReward) external;

    function logSignerChange(
        uint256 _id,
        address _oldSigner,
        address _newSigner,
        uint256 _nonce,
        bytes calldata _signerPubkey
    ) external;
}
