// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// The one call that LockingInfo makes to the L1 bridge.
interface IL1ERC20Bridge {
    function depositERC20ToByChainId(
        uint256 _chainId,
        address _l1Token,
        address _l2Token,
        address _to,
        uint256 _amount,
        uint32 _l2Gas,
        bytes calldata _data
    ) external payable;
}
