#pragma once

#include "duties/l1_views.hpp"

// Whether two addresses are those of one deployment of LockingPool and LockingInfo, and where its
// life begins: to be asked before a log is opened, whose first record has both for ever.
//
// How: each of the two contracts answers views that the other does not have, and names the other.
// The first block is found by halving over eth_getCode, in about 25 rounds of two questions on a
// chain of 20 million blocks.
//
// Limits: an endpoint that keeps no old state cannot tell the first block. One that shows no code
// where the state is gone would tell a wrong one: what was found counts only where a log of the
// proxies, whose constructors emit Upgraded, stands in that very block.
namespace horae {

/// What is wrong with the addresses; nothing where nothing is.
struct AddressTrouble {
  bool no_code = false;  // at one of them
  std::string what;
};

/// What the two addresses are called where they were given: settings, or flags.
struct AddressNames {
  std::string pool, info;
};

[[nodiscard]] L1Result<std::optional<AddressTrouble>> check_addresses(
    L1Port& l1, const ViewContracts& contracts, const AddressNames& names, const L1Header& head);

/// Where the first of the two proxies got its code.
struct Deployment {
  std::optional<std::uint64_t> block;
  std::string unknown;         // why, where there is no block
  bool before_wanted = false;  // which is known even where the block is not
};

/// wanted: the block that it is believed to be. At the head both proxies have code.
[[nodiscard]] L1Result<Deployment> find_deployment(L1Port& l1, const ViewContracts& contracts,
                                                   std::uint64_t wanted, const L1Header& head);

}  // namespace horae
