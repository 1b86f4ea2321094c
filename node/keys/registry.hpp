#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.hpp"

// The dashboard's registry of sequencers: MetisProtocol/metis-sequencer-resources, one JSON array
// in sequencers/<chain id>/all.json.
namespace horae::registry {

struct Entry {
  std::string name;    // at most 24 characters
  std::string avatar;  // {BASEDIR}/assets/<file>.png or .svg
  std::string desc;    // at most 200 characters
  Address owner;       // whitelisted on LockingPool
  PublicKey pubkey;
  std::string url;  // https
};

/// What the registry's own check would refuse, in words; nothing where it would take the entry.
[[nodiscard]] std::vector<std::string> faults(const Entry& entry);

/// The entry as the registry's formatter would write it.
[[nodiscard]] std::string to_json(const Entry& entry);

/// What is wrong with a whole all.json: each entry by itself, names, owners and signers that stand
/// there twice, a signer that is not its public key's address. Each with its entry's index.
[[nodiscard]] std::vector<std::string> faults_of_file(std::string_view json);

}  // namespace horae::registry
