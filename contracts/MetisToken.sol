// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// METIS on the dev network. Anyone may mint: the tokens are worth nothing there.
contract MetisToken is ERC20 {
    constructor(uint256 _supply) ERC20("Metis Token", "Metis") {
        _mint(msg.sender, _supply);
    }

    function mint(address _to, uint256 _amount) external {
        _mint(_to, _amount);
    }
}
