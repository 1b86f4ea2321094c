// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {
    OwnableUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/OwnableUpgradeable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IL1ERC20Bridge} from "./IL1ERC20Bridge.sol";
import {ILockingInfo} from "./ILockingInfo.sol";
import {ISequencerInfo} from "./ISequencerInfo.sol";

/// Holds stakes and rewards and emits the events a node follows. Every change of a sequencer comes
/// from its manager, the LockingPool.
contract LockingInfo is ILockingInfo, OwnableUpgradeable {
    using SafeERC20 for IERC20;

    address public bridge;
    address public l1Token;
    address public l2Token;
    uint256 public l2ChainId;
    uint256 public minLock;
    uint256 public maxLock;
    uint256 public totalLocked;
    uint256 public totalRewardsLiquidated;
    address public manager;
    address public rewardPayer;

    modifier onlyManager() {
        require(msg.sender == manager, "Not manager");
        _;
    }

    function initialize(
        address _bridge,
        address _l1Token,
        address _l2Token,
        uint256 _l2ChainId
    ) external initializer {
        __Ownable_init();
        bridge = _bridge;
        l1Token = _l1Token;
        l2Token = _l2Token;
        l2ChainId = _l2ChainId;
        minLock = 20_000 ether;
        maxLock = 100_000 ether;
    }

    /// Names the LockingPool, once and for all.
    function initManager(address _manager) external onlyOwner {
        require(manager == address(0), "manager has been initialized");
        manager = _manager;
    }

    /// May exceed maxLock, as on Metis's own contract.
    function setMinLock(uint256 _minLock) external onlyOwner {
        require(_minLock > 0, "_minLock=0");
        minLock = _minLock;
        emit SetMinLock(_minLock);
    }

    function setMaxLock(uint256 _maxLock) external onlyOwner {
        require(_maxLock >= minLock, "maxLock<minLock");
        maxLock = _maxLock;
        emit SetMaxLock(_maxLock);
    }

    function setRewardPayer(address _payer) external onlyOwner {
        rewardPayer = _payer;
        emit SetRewardPayer(_payer);
    }

    function newSequencer(
        uint256 _id,
        address _owner,
        address _signer,
        uint256 _amount,
        uint256 _batchId,
        bytes calldata _signerPubkey
    ) external onlyManager {
        require(_amount >= minLock && _amount <= maxLock, "invalid amount");
        uint256 total = totalLocked + _amount;
        totalLocked = total;
        IERC20(l1Token).safeTransferFrom(_owner, address(this), _amount);
        emit Locked(_signer, _id, 1, _batchId, _amount, total, _signerPubkey);
    }

    function increaseLocked(
        uint256 _id,
        uint256 _nonce,
        address _owner,
        uint256 _locked,
        uint256 _incoming,
        uint256 _fromReward
    ) external onlyManager {
        require(_locked <= maxLock, "locked>maxLock");
        uint256 added = _incoming + _fromReward;
        require(added > 0, "No new locked added");
        uint256 total = totalLocked + added;
        totalLocked = total;
        // Also of 0, as Metis's: the Transfer says which part of Relocked.amount is new stake.
        IERC20(l1Token).safeTransferFrom(_owner, address(this), _incoming);
        emit Relocked(_id, added, total);
        emit LockUpdate(_id, _nonce, _locked);
    }

    function withdrawLocking(
        uint256 _id,
        address _owner,
        uint256 _nonce,
        uint256 _amount,
        uint256 _locked
    ) external onlyManager {
        require(_amount > 0 && _locked >= minLock, "invalid amount");
        totalLocked -= _amount;
        IERC20(l1Token).safeTransfer(_owner, _amount);
        emit Withdraw(_id, _amount);
        emit LockUpdate(_id, _nonce, _locked);
    }

    function initializeUnlock(
        uint256 _id,
        uint256 _reward,
        uint32 _l2gas,
        ISequencerInfo.Sequencer calldata _seq
    ) external payable onlyManager {
        // ClaimRewards comes with every exit, even of nothing.
        _payReward(_id, _reward, _seq.rewardRecipient, _l2gas);
        emit UnlockInit(
            _seq.signer,
            _id,
            _seq.nonce,
            _seq.deactivationBatch,
            _seq.deactivationTime,
            _seq.unlockClaimTime,
            _reward
        );
    }

    function finalizeUnlock(
        address _owner,
        uint256 _id,
        uint256 _amount,
        uint256 _reward,
        address _recipient,
        uint32 _l2gas
    ) external payable onlyManager {
        uint256 total = totalLocked - _amount;
        totalLocked = total;
        IERC20(l1Token).safeTransfer(_owner, _amount);
        if (_reward > 0) {
            _payReward(_id, _reward, _recipient, _l2gas);
        }
        emit Unlocked(_owner, _id, _amount, total);
    }

    function liquidateReward(
        uint256 _id,
        uint256 _amount,
        address _recipient,
        uint32 _l2gas
    ) external payable onlyManager {
        _payReward(_id, _amount, _recipient, _l2gas);
    }

    function distributeReward(uint256 _batchId, uint256 _totalReward) external onlyManager {
        IERC20(l1Token).safeTransferFrom(rewardPayer, address(this), _totalReward);
        emit BatchSubmitReward(_batchId);
    }

    function logSignerChange(
        uint256 _id,
        address _oldSigner,
        address _newSigner,
        uint256 _nonce,
        bytes calldata _signerPubkey
    ) external onlyManager {
        emit SignerChange(_id, _nonce, _oldSigner, _newSigner, _signerPubkey);
    }

    /// Without a reward nothing is bridged, and what ETH came along stays here for good, as it does
    /// in Metis's own contract.
    function _payReward(
        uint256 _id,
        uint256 _amount,
        address _recipient,
        uint32 _l2gas
    ) private {
        uint256 total = totalRewardsLiquidated + _amount;
        totalRewardsLiquidated = total;
        if (_amount > 0) {
            address token = l1Token;
            IERC20(token).forceApprove(bridge, _amount);
            IL1ERC20Bridge(bridge).depositERC20ToByChainId{value: msg.value}(
                l2ChainId,
                token,
                l2Token,
                _recipient,
                _amount,
                _l2gas,
                ""
            );
        }
        emit ClaimRewards(_id, _recipient, _amount, total);
    }
}
