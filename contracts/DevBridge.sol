// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IL1ERC20Bridge} from "./IL1ERC20Bridge.sol";

/// Stands in for the L1 bridge on the dev network: takes the tokens and the fee, keeps both, and
/// records who would have been paid on L2. Like the bridge of Metis's own tests it wants a fee.
contract DevBridge is IL1ERC20Bridge {
    using SafeERC20 for IERC20;

    /// Paid out so far: L2 chain id => L2 token => recipient => wei.
    mapping(uint256 => mapping(address => mapping(address => uint256))) public l2Balances;

    event ERC20DepositInitiated(
        address indexed _l1Token,
        address indexed _l2Token,
        address indexed _from,
        address _to,
        uint256 _amount,
        bytes _data
    );

    function depositERC20ToByChainId(
        uint256 _chainId,
        address _l1Token,
        address _l2Token,
        address _to,
        uint256 _amount,
        uint32,
        bytes calldata _data
    ) external payable {
        require(msg.value > 0, "bridge fee required");
        IERC20(_l1Token).safeTransferFrom(msg.sender, address(this), _amount);
        l2Balances[_chainId][_l2Token][_to] += _amount;
        emit ERC20DepositInitiated(_l1Token, _l2Token, msg.sender, _to, _amount, _data);
    }
}
