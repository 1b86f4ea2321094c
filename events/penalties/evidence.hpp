#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "core/rules/penalty.hpp"
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
/// it. Bytes from a stranger may be given, once parsed. Evidence carries nothing that the
/// signatures do not cover, so that no altered byte of it shows anything. wrongRoots is not for
/// this function: it takes an engine.
[[nodiscard]] Result<ShownFault> check(schema::Evidence::Reader evidence);

/// What evidence says that it shows, with nothing checked but the signatures of its headers: one or
/// two recoveries, where check may need as many as a block has transactions.
[[nodiscard]] Result<ShownFault> claimed(schema::Evidence::Reader evidence);

/// Evidence that was checked, on its way before the rules, which need not check it again.
class Accusation {
 public:
  /// Refuses what check refuses.
  [[nodiscard]] static Result<Accusation> of(const Msg<schema::Evidence>& evidence);

  [[nodiscard]] schema::PenaltiesCommand::Reader command() const { return command_.read(); }
  [[nodiscard]] const ShownFault& shown() const { return shown_; }

 private:
  Accusation(Msg<schema::PenaltiesCommand> command, ShownFault shown)
      : command_(std::move(command)), shown_(std::move(shown)) {}

  Msg<schema::PenaltiesCommand> command_;
  ShownFault shown_;
};

/// Whether sequencer signed this header; the signer's address.
[[nodiscard]] Result<Address> signer_of(schema::BlockHeader::Reader header, BytesView signature);

/// A block whose signature and list of transactions were checked.
struct SignedBlock {
  std::uint64_t chain_id = 0;
  std::uint64_t number = 0;
  Address signer;
  std::vector<Hash32> hashes;  // of the transactions, by their own bytes
};
/// Refuses a signature that is not the sequencer's, transactions and a payload that are not those
/// it signed, and anything besides. What check does of every single block, and all that can be said
/// of wrongRoots without an engine.
[[nodiscard]] Result<SignedBlock> signed_block(schema::BlockSealed::Reader block);

/// Whether the evidence holds nothing but what its kind needs: no field, and no bit between the
/// fields, that could be altered without notice. Part of check; wrongRoots needs it by itself.
[[nodiscard]] bool is_plain(schema::Evidence::Reader evidence);

/// Looks at a sealed block for a broken order or a sandwich (which says more, where it is both);
/// nothing where it kept to its rule.
[[nodiscard]] std::optional<Msg<schema::Evidence>> evidence_in(schema::BlockSealed::Reader block);
/// Two headers of one height, if they are evidence.
[[nodiscard]] std::optional<Msg<schema::Evidence>> evidence_of_two(
    schema::BlockSealed::Reader first, schema::BlockSealed::Reader second);
/// What says that this block does not come out as signed when it is executed.
[[nodiscard]] Msg<schema::Evidence> evidence_of_roots(schema::BlockSealed::Reader block);
/// The accusation that brings evidence before the rules.
[[nodiscard]] Msg<schema::PenaltiesCommand> accusation(const Msg<schema::Evidence>& evidence);

/// An evidence file: the magic "HEVID\0\0\1" and the canonical message.
[[nodiscard]] Bytes encode_evidence(const Msg<schema::Evidence>& evidence);
/// Refuses whatever encode_evidence did not make, and more than a message may have.
[[nodiscard]] Result<Msg<schema::Evidence>> decode_evidence(BytesView file);

/// The schema's name of a kind: what reports and JSON say.
[[nodiscard]] std::string fault_name(schema::FaultKind kind);

}  // namespace horae
