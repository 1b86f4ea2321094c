// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// The pool's own events, beside those of ISequencerInfo.
interface ILockingPool {
    event DistributeReward(
        uint256 indexed batchId,
        uint256 startEpoch,
        uint256 endEpoch,
        uint256 amount,
        uint256 rpb
    );
    event RewardUpdate(uint256 newReward, uint256 oldReward);
    event UpdateMpc(address _newMpc);
    event WithrawDelayTimeChange(uint256 _cur, uint256 _prev);
}
