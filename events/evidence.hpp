#pragma once

#include <vector>

#include "core/bytes.hpp"
#include "events/decision.hpp"
#include "schemas/penalties.capnp.h"

// Evidence of a fault: what it says and whether it shows it, from nothing but its own bytes.
namespace horae {

/// What evidence shows.
struct ShownFault {
  schema::FaultKind kind = schema::FaultKind::NONE;
  std::uint64_t chain_id = 0;
  std::uint64_t block = 0;  // L2 height
  Address signer;
  std::string detail;  // in words
};

/// Checks the signatures and the fault itself; a fault in words where the evidence does not show
/// it. wrongRoots is not for this function: it takes an engine.
[[nodiscard]] Result<ShownFault> check(schema::Evidence::Reader evidence);

/// Whether sequencer signed this header; the signer's address.
[[nodiscard]] Result<Address> signer_of(schema::BlockHeader::Reader header, BytesView signature);

/// Looks at a sealed block for a broken order or a sandwich; nothing where it kept to its rule.
[[nodiscard]] std::optional<Msg<schema::Evidence>> evidence_in(schema::BlockSealed::Reader block);
/// Two headers of one height, if they are evidence.
[[nodiscard]] std::optional<Msg<schema::Evidence>> evidence_of_two(
    schema::BlockSealed::Reader first, schema::BlockSealed::Reader second);

/// An evidence file: the magic "HEVID\0\0\1" and the canonical message.
[[nodiscard]] Bytes encode_evidence(const Msg<schema::Evidence>& evidence);
[[nodiscard]] Result<Msg<schema::Evidence>> decode_evidence(BytesView file);

}  // namespace horae
