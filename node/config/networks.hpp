#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace horae::config {

/// What is known of a network beforehand: MetisProtocol/metis-sequencer-contracts, deployments/,
/// and for from_block the block of LockingInfo's proxy. A dev network has addresses of its own,
/// which `horae dev` writes into its file.
struct Network {
  std::string_view name;
  std::uint64_t l1_chain_id, l2_chain_id;
  std::string_view locking_pool, locking_info;
  std::uint64_t from_block;
};

constexpr std::array networks{
    Network{"andromeda", 1, 1'088, "0xD54c868362C2098E0E46F12E7D924C6A332952Dd",
            "0x0fe382b74C3894B65c10E5C12ae60Bbd8FAf5b48", 19'424'659},
    Network{"sepolia", 11'155'111, 59'902, "0x7591940125cC0344a65D60319d1ADcD463B2D4c3",
            "0x390A6fE63385522E87e248BC5200f7d3a02F994b", 5'453'477},
    Network{"dev", 31'337, 10'880, "", "", 0},
};

}  // namespace horae::config
