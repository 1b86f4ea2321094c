// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// A contract that owns a sequencer: whatever it is told, it calls.
contract ForwardingWallet {
    function forward(address _to, uint256 _value, bytes calldata _data) external payable {
        (bool ok, ) = _to.call{value: _value}(_data);
        require(ok, "forwarded call failed");
    }
}
