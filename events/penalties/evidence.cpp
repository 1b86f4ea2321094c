#include "events/penalties/evidence.hpp"

#include <algorithm>

#include "core/crypto/secp256k1.hpp"
#include "core/eth/txn.hpp"
#include "events/blocks/blocks.hpp"

namespace horae {
namespace {

using schema::FaultKind;

constexpr std::array<std::uint8_t, 8> evidence_magic = {'H', 'E', 'V', 'I', 'D', 0, 0, 1};

// Evidence may come from anybody: no length is taken for granted (fixed<> would stop the process).
template <class Fixed>
Result<Fixed> read_fixed(capnp::Data::Reader reader, const char* what) {
  auto out = Fixed::from(view(reader));
  if (!out) return within(what, out.error());
  return *out;
}

Result<std::vector<PlacedTxn>> placed(schema::BlockSealed::Reader block) {
  std::vector<PlacedTxn> out;
  out.reserve(block.getTxns().size());
  for (const auto raw : block.getTxns()) {
    const auto where = "transaction " + std::to_string(out.size());
    const auto txn = decode_txn(view(raw));
    if (!txn) return fail(where + ": " + txn.error().what);
    const auto sender = recover_sender(*txn);
    if (!sender) return within(where, sender.error());
    out.push_back(
        {*sender, txn->nonce, txn->gas_limit, txn->max_fee, txn->max_priority_fee, txn->hash});
  }
  return out;
}

// The block as its rule sees it.
struct RuledBlock {
  SignedBlock block;
  std::vector<PlacedTxn> txns;
  BlockLimits limits;
};

Result<RuledBlock> ruled(schema::BlockSealed::Reader block) {
  const auto header = block.getHeader();
  if (header.getOrderingRule() != schema::OrderingRule::PRIORITY_FEE_THEN_ARRIVAL) {
    return fail("a block under another ordering rule than \"" + std::string(priority_then_arrival) +
                "\"");
  }
  auto known = signed_block(block);
  if (!known) return tl::unexpected(known.error());
  const auto base_fee = read_fixed<Hash32>(header.getBaseFee(), "base fee");
  if (!base_fee) return tl::unexpected(base_fee.error());
  auto txns = placed(block);
  if (!txns) return tl::unexpected(txns.error());
  return RuledBlock{
      std::move(*known), std::move(*txns), {from_word(*base_fee), header.getGasLimit(), SIZE_MAX}};
}

// In words, where the block's order is not its rule's.
std::optional<std::string> broken_order(const RuledBlock& block) {
  const auto wanted = order_within(block.txns, block.limits);
  for (std::size_t place = 0; place < block.txns.size(); ++place) {
    if (place < wanted.size() && wanted[place] == place) continue;
    return "transaction " + std::to_string(place) + " of " + std::to_string(block.txns.size()) +
           ": the ordering rule gives " +
           (place < wanted.size() ? to_hex(block.txns[wanted[place]].hash)
                                  : std::string("the end of the block")) +
           ", the block has " + to_hex(block.txns[place].hash);
  }
  return std::nullopt;
}

std::string sandwich_words(const RuledBlock& block, const SandwichPlaces& at) {
  const auto txn = [&](std::size_t place) {
    return std::to_string(place) + " (" + to_hex(block.txns[place].hash) + ")";
  };
  return "transactions " + txn(at.front) + " and " + txn(at.back) + " of " +
         to_hex(block.txns[at.front].sender) + " around " + txn(at.victim) + " of " +
         to_hex(block.txns[at.victim].sender) + ", out of the ordering rule";
}

ShownFault shown(FaultKind kind, const SignedBlock& block, std::string detail) {
  return {kind, block.chain_id, block.number, block.signer, std::move(detail)};
}

// What the signature covers, and nothing else.
void copy_signed(schema::BlockSealed::Reader from, schema::BlockSealed::Builder to) {
  to.setHeader(from.getHeader());
  to.setTxns(from.getTxns());
  to.setSignature(from.getSignature());
  if (from.hasPayload()) to.setPayload(from.getPayload());
}
Msg<schema::BlockSealed> signed_part(schema::BlockSealed::Reader block) {
  return Msg<schema::BlockSealed>::build([&](auto out) { copy_signed(block, out); });
}

// Whether the engine's payload is the one that the header names; blocks of before have neither.
Result<void> has_signed_payload(schema::BlockSealed::Reader block) {
  const auto header = block.getHeader();
  if (!block.hasPayload() && !header.hasPayloadDigest()) return {};
  const auto digest = read_fixed<Hash32>(header.getPayloadDigest(), "digest of the payload");
  if (!digest) return tl::unexpected(digest.error());
  if (payload_digest(block.getPayload()) != *digest)
    return fail("another payload than that signed");
  return {};
}

// The evidence put together again from what this program knows of it.
Msg<schema::Evidence> rebuilt(schema::Evidence::Reader evidence) {
  using Kind = schema::Evidence;
  return Msg<schema::Evidence>::build([&](schema::Evidence::Builder out) {
    switch (evidence.which()) {
      case Kind::NONE:
        return;
      case Kind::TWO_BLOCKS: {
        const auto from = evidence.getTwoBlocks();
        auto two = out.initTwoBlocks();
        two.initFirst().setHeader(from.getFirst().getHeader());
        two.getFirst().setSignature(from.getFirst().getSignature());
        two.initSecond().setHeader(from.getSecond().getHeader());
        two.getSecond().setSignature(from.getSecond().getSignature());
        return;
      }
      case Kind::BROKEN_ORDER:
        return copy_signed(evidence.getBrokenOrder().getBlock(), out.initBrokenOrder().initBlock());
      case Kind::SANDWICH: {
        const auto from = evidence.getSandwich();
        auto sandwich = out.initSandwich();
        sandwich.setFront(from.getFront());
        sandwich.setVictim(from.getVictim());
        sandwich.setBack(from.getBack());
        return copy_signed(from.getBlock(), sandwich.initBlock());
      }
      case Kind::WRONG_ROOTS:
        return copy_signed(evidence.getWrongRoots().getBlock(), out.initWrongRoots().initBlock());
      case Kind::L1_REPORTS:
        return out.setL1Reports(evidence.getL1Reports());
      case Kind::AGREED:
        return out.setAgreed(evidence.getAgreed());
    }
  });
}

Result<ShownFault> check_two(schema::TwoBlocks::Reader two) {
  const auto first = two.getFirst().getHeader(), second = two.getSecond().getHeader();
  if (first.getChainId() != second.getChainId()) return fail("two chains");
  if (first.getNumber() != second.getNumber()) {
    return fail("block " + std::to_string(first.getNumber()) + " and block " +
                std::to_string(second.getNumber()) + ": two heights");
  }
  const auto one = signer_of(first, view(two.getFirst().getSignature()));
  if (!one) return within("the first block", one.error());
  const auto other = signer_of(second, view(two.getSecond().getSignature()));
  if (!other) return within("the second block", other.error());
  if (*one != *other) return fail("two signers: " + to_hex(*one) + " and " + to_hex(*other));
  const auto one_bytes = Msg<schema::BlockHeader>::copy_of(first);
  const auto other_bytes = Msg<schema::BlockHeader>::copy_of(second);
  if (std::ranges::equal(one_bytes.bytes(), other_bytes.bytes())) return fail("one header twice");
  return ShownFault{FaultKind::TWO_BLOCKS, first.getChainId(), first.getNumber(), *one,
                    "block hashes " + to_hex(view(first.getBlockHash())) + " and " +
                        to_hex(view(second.getBlockHash()))};
}

Result<ShownFault> check_order(schema::BrokenOrder::Reader evidence) {
  const auto block = ruled(evidence.getBlock());
  if (!block) return tl::unexpected(block.error());
  auto words = broken_order(*block);
  if (!words) return fail("the block keeps to its ordering rule");
  return shown(FaultKind::BROKEN_ORDER, block->block, std::move(*words));
}

Result<ShownFault> check_sandwich(schema::Sandwich::Reader evidence) {
  const auto block = ruled(evidence.getBlock());
  if (!block) return tl::unexpected(block.error());
  const SandwichPlaces at{evidence.getFront(), evidence.getVictim(), evidence.getBack()};
  if (!is_sandwich(block->txns, block->limits.base_fee, at)) {
    return fail("transactions " + std::to_string(at.front) + ", " + std::to_string(at.victim) +
                ", " + std::to_string(at.back) + ": no sandwich out of the ordering rule");
  }
  return shown(FaultKind::SANDWICH, block->block, sandwich_words(*block, at));
}

Result<ShownFault> check_kind(schema::Evidence::Reader evidence) {
  using Kind = schema::Evidence;
  switch (evidence.which()) {
    case Kind::NONE:
      return fail("no evidence");
    case Kind::TWO_BLOCKS:
      return check_two(evidence.getTwoBlocks());
    case Kind::BROKEN_ORDER:
      return check_order(evidence.getBrokenOrder());
    case Kind::SANDWICH:
      return check_sandwich(evidence.getSandwich());
    case Kind::WRONG_ROOTS:
      return fail(
          "wrong roots are shown by an engine that executes the block, and by nothing else");
    case Kind::L1_REPORTS:
      return fail("what a member reported of L1 is shown by the pool's own log, and nothing else");
    case Kind::AGREED:
      return fail("what members agreed on is shown by the pool's own log, and nothing else");
  }
  return fail("evidence written by a newer version");
}

}  // namespace

Result<Address> signer_of(schema::BlockHeader::Reader header, BytesView signature) {
  const auto sequencer = read_fixed<Address>(header.getSequencer(), "sequencer");
  if (!sequencer) return tl::unexpected(sequencer.error());
  const auto signed_by = Signature::from(signature);
  if (!signed_by) return within("signature", signed_by.error());
  if (!is_low_s(*signed_by)) return fail("signature: a high s");
  const auto key = recover(signing_digest(Msg<schema::BlockHeader>::copy_of(header)), *signed_by);
  if (!key) return within("signature", key.error());
  if (address_of(*key) != *sequencer) {
    return fail("signature: not of " + to_hex(*sequencer) + ", but of " + to_hex(address_of(*key)));
  }
  return *sequencer;
}

Result<SignedBlock> signed_block(schema::BlockSealed::Reader block) {
  if (block.getHashes().size() + block.getSenders().size() + block.getSkipped().size() +
          block.getTxnSignatures().size() >
      0) {
    return fail("more than header, transactions, payload and signature");
  }
  const auto header = block.getHeader();
  const auto signer = signer_of(header, view(block.getSignature()));
  if (!signer) return tl::unexpected(signer.error());
  SignedBlock out{header.getChainId(), header.getNumber(), *signer, {}};
  out.hashes.reserve(block.getTxns().size());
  for (const auto raw : block.getTxns()) out.hashes.push_back(keccak256(view(raw)));
  const auto digest = read_fixed<Hash32>(header.getTxnsDigest(), "digest of the transactions");
  if (!digest) return tl::unexpected(digest.error());
  if (digest_of(out.hashes) != *digest) return fail("other transactions than those signed");
  if (const auto same = has_signed_payload(block); !same) return tl::unexpected(same.error());
  return out;
}

Result<ShownFault> check(schema::Evidence::Reader evidence) {
  auto out = check_kind(evidence);
  if (out && !is_plain(evidence)) return fail("more than evidence of its kind holds");
  return out;
}

Result<ShownFault> claimed(schema::Evidence::Reader evidence) {
  const auto by = [](FaultKind kind, schema::BlockSealed::Reader block) -> Result<ShownFault> {
    const auto header = block.getHeader();
    const auto signer = signer_of(header, view(block.getSignature()));
    if (!signer) return tl::unexpected(signer.error());
    return ShownFault{kind, header.getChainId(), header.getNumber(), *signer, {}};
  };
  if (evidence.isBrokenOrder()) {
    return by(FaultKind::BROKEN_ORDER, evidence.getBrokenOrder().getBlock());
  }
  if (evidence.isSandwich()) return by(FaultKind::SANDWICH, evidence.getSandwich().getBlock());
  return check_kind(evidence);  // two signatures, or a refusal
}

Result<Accusation> Accusation::of(const Msg<schema::Evidence>& evidence) {
  auto shown = check(evidence.read());
  if (!shown) return tl::unexpected(shown.error());
  return Accusation(accusation(evidence), std::move(*shown));
}

bool is_plain(schema::Evidence::Reader evidence) {
  const auto plain = rebuilt(evidence);
  const auto given = Msg<schema::Evidence>::copy_of(evidence);
  return std::ranges::equal(plain.bytes(), given.bytes());
}

std::optional<Msg<schema::Evidence>> evidence_in(schema::BlockSealed::Reader block) {
  const auto part = signed_part(block);
  const auto rules = ruled(part.read());
  if (!rules) return std::nullopt;
  if (const auto at = find_sandwich(rules->txns, rules->limits.base_fee)) {
    return Msg<schema::Evidence>::build([&](auto out) {
      auto sandwich = out.initSandwich();
      sandwich.setFront(static_cast<std::uint32_t>(at->front));
      sandwich.setVictim(static_cast<std::uint32_t>(at->victim));
      sandwich.setBack(static_cast<std::uint32_t>(at->back));
      sandwich.setBlock(part.read());
    });
  }
  if (!broken_order(*rules)) return std::nullopt;
  return Msg<schema::Evidence>::build(
      [&](auto out) { out.initBrokenOrder().setBlock(part.read()); });
}

std::optional<Msg<schema::Evidence>> evidence_of_two(schema::BlockSealed::Reader first,
                                                     schema::BlockSealed::Reader second) {
  auto out = Msg<schema::Evidence>::build([&](auto evidence) {
    auto two = evidence.initTwoBlocks();
    two.initFirst().setHeader(first.getHeader());
    two.getFirst().setSignature(first.getSignature());
    two.initSecond().setHeader(second.getHeader());
    two.getSecond().setSignature(second.getSignature());
  });
  if (!check(out.read())) return std::nullopt;
  return out;
}

Msg<schema::Evidence> evidence_of_roots(schema::BlockSealed::Reader block) {
  return Msg<schema::Evidence>::build(
      [&](auto out) { copy_signed(block, out.initWrongRoots().initBlock()); });
}

Msg<schema::PenaltiesCommand> accusation(const Msg<schema::Evidence>& evidence) {
  return Msg<schema::PenaltiesCommand>::build(
      [&](auto command) { command.setAccuse(evidence.read()); });
}

Bytes encode_evidence(const Msg<schema::Evidence>& evidence) {
  const auto bytes = evidence.bytes();
  Bytes out(evidence_magic.size() + bytes.size());
  std::ranges::copy(bytes, std::ranges::copy(evidence_magic, out.begin()).out);
  return out;
}

Result<Msg<schema::Evidence>> decode_evidence(BytesView file) {
  if (file.size() < evidence_magic.size() ||
      !std::ranges::equal(file.first(evidence_magic.size()), evidence_magic)) {
    return fail("no evidence file: it does not begin with HEVID and version 1");
  }
  return Msg<schema::Evidence>::parse(file.subspan(evidence_magic.size()));
}

std::string fault_name(FaultKind kind) {
  switch (kind) {
    case FaultKind::NONE:
      return "none";
    case FaultKind::TWO_BLOCKS:
      return "twoBlocks";
    case FaultKind::BROKEN_ORDER:
      return "brokenOrder";
    case FaultKind::SANDWICH:
      return "sandwich";
    case FaultKind::WRONG_ROOTS:
      return "wrongRoots";
    case FaultKind::L1_REPORTS:
      return "l1Reports";
    case FaultKind::LEADER_REPLACED:
      return "leaderReplaced";
    case FaultKind::WRONG_ATTESTATION:
      return "wrongAttestation";
    case FaultKind::DUPLICATE_VOTE:
      return "duplicateVote";
  }
  return "a kind written by a newer version";
}

}  // namespace horae
