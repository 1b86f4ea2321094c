#include <algorithm>

#include "core/crypto/secp256k1.hpp"
#include "core/eth/log.hpp"
#include "core/rules/base_fee.hpp"
#include "events/blocks/epoch.hpp"

namespace horae {
namespace {

using schema::BlocksFact;

// Their hashes are part of the state.
constexpr std::uint32_t most_unattested = 4096;
// Longer than any chain lives, and far from what 64 bits hold.
constexpr std::uint64_t longest_epoch = std::uint64_t{1} << 40;

Decision decide_open(const Blocks& chain, schema::ChainOpened::Reader opened) {
  if (chain.open) {
    const bool same = chain.chain_id == opened.getChainId() &&
                      chain.genesis_hash == fixed<Hash32>(opened.getGenesisHash()) &&
                      chain.gas_limit == opened.getGasLimit() &&
                      chain.ordering_rule == opened.getOrderingRule();
    return same ? Decision{}
                : refuse(Reason::WRONG_CHAIN,
                         "this log has another chain, gas limit or ordering rule");
  }
  Decision out;
  out.facts.push_back(make_fact<BlocksFact>([&](auto fact) { fact.setChainOpened(opened); }));
  return out;
}

// None: no signature, or one of a form that another could be made of.
std::optional<Address> signed_by(const Hash32& digest, BytesView signature) {
  const auto parsed = Signature::from(signature);
  if (!parsed || !is_low_s(*parsed)) return std::nullopt;
  const auto key = recover(digest, *parsed);
  if (!key) return std::nullopt;
  return address_of(*key);
}

std::vector<Hash32> hashes_of(capnp::List<capnp::Data>::Reader list) {
  std::vector<Hash32> out;
  out.reserve(list.size());
  for (const auto hash : list) out.push_back(fixed<Hash32>(hash));
  return out;
}

// What is wrong with what the block says of itself, or nothing.
std::string contradiction(schema::BlockSealed::Reader block) {
  const auto header = block.getHeader();
  const auto txns = block.getTxns();
  const auto hashes = hashes_of(block.getHashes());
  if (txns.size() != hashes.size()) return "number of hashes";
  for (unsigned i = 0; i < txns.size(); ++i) {
    if (keccak256(view(txns[i])) != hashes[i]) return "hash of transaction " + std::to_string(i);
  }
  if (digest_of(hashes) != fixed<Hash32>(header.getTxnsDigest())) {
    return "digest of the transactions";
  }
  std::vector<Hash32> skipped;
  for (const auto skip : block.getSkipped()) skipped.push_back(fixed<Hash32>(skip.getHash()));
  if (digest_of(skipped) != fixed<Hash32>(header.getSkippedDigest())) {
    return "digest of the skipped";
  }
  return {};
}

// What the engine's payload lacks, or says otherwise than the header, or nothing.
std::string unfit_payload(schema::BlockSealed::Reader block) {
  if (!block.hasPayload()) return "no payload of the engine";
  const auto payload = block.getPayload();
  if (payload.getFeeRecipient().size() != Address::size) return "payload's fee recipient";
  if (payload.getPrevRandao().size() != Hash32::size) return "payload's prevRandao";
  if (payload.getBeaconRoot().size() != Hash32::size) return "payload's beacon root";
  if (payload.getLogsBloom().size() != LogsBloom::size) return "payload's logs bloom";
  if (payload_digest(payload) != fixed<Hash32>(block.getHeader().getPayloadDigest())) {
    return "digest of the payload";
  }
  return {};
}

// The first hash of a transaction that the signer did not sign, or nothing.
std::string unsigned_txn(schema::BlockSealed::Reader block, const Address& signer) {
  const auto hashes = block.getHashes();
  const auto signatures = block.getTxnSignatures();
  if (signatures.size() != hashes.size()) {
    return std::to_string(signatures.size()) + " signatures of " + std::to_string(hashes.size()) +
           " transactions";
  }
  for (unsigned i = 0; i < hashes.size(); ++i) {
    if (signed_by(fixed<Hash32>(hashes[i]), view(signatures[i])) != signer) {
      return "signature of transaction " + std::to_string(i);
    }
  }
  return {};
}

// What of it the chain does not bear out, or nothing.
std::string contradiction(const Blocks& chain, schema::BlockHeader::Reader header) {
  if (header.getChainId() != chain.chain_id) return "chain id";
  if (header.getGasLimit() != chain.gas_limit) return "gas limit";
  if (header.getGasUsed() > chain.gas_limit) return "gas used above the gas limit";
  if (header.getOrderingRule() != chain.ordering_rule) return "ordering rule";
  if (read_u256(header.getBaseFee()) != next_base_fee(chain)) return "base fee";
  if (header.getTimestamp() <= chain.head.timestamp) return "timestamp not after the parent's";
  return {};
}

// Where the block's L1 origin is no L1 head that a block may name now, in words.
std::string other_origin(schema::BlockHeader::Reader header, const SequencerStanding& standing) {
  const auto origin = header.getL1Origin();
  const std::pair named{origin.getNumber(), fixed<Hash32>(origin.getHash())};
  if (named == std::pair{*standing.confirmed_l1_head, standing.confirmed_l1_hash} ||
      std::ranges::find(standing.earlier_heads, named) != standing.earlier_heads.end()) {
    return {};
  }
  return "L1 origin " + std::to_string(origin.getNumber()) + " " +
         to_hex(fixed<Hash32>(origin.getHash())) + " is not the confirmed head " +
         std::to_string(*standing.confirmed_l1_head) + " " + to_hex(standing.confirmed_l1_hash);
}

// What L1 does not bear out, or nothing.
std::string unbounded(const Blocks& chain, schema::BlockHeader::Reader header,
                      const SequencerStanding& standing) {
  const auto origin = header.getL1Origin();
  if (origin.getNumber() < chain.head.l1_origin) {
    return "L1 origin " + std::to_string(origin.getNumber()) + " is older than the parent's, " +
           std::to_string(chain.head.l1_origin);
  }
  const auto time = header.getTimestamp();
  if (time > standing.confirmed_l1_time && time - standing.confirmed_l1_time > chain.l1_bound) {
    return "timestamp " + std::to_string(time) + " is more than " + std::to_string(chain.l1_bound) +
           " s after the confirmed L1 head's, " + std::to_string(standing.confirmed_l1_time);
  }
  return {};
}

bool is_next(const Blocks& chain, schema::BlockHeader::Reader header) {
  return header.getNumber() == chain.head.number + 1 &&
         fixed<Hash32>(header.getParentHash()) == chain.head.hash;
}

Judgement refusal(Reason reason, std::string detail) {
  return {reason, std::move(detail), false, std::nullopt};
}

// Whose turn it is not, in words: every block of an epoch is its leader's, and says so.
std::string out_of_turn(const Blocks& chain, schema::BlockHeader::Reader header) {
  if (!chain.turns) return {};
  const auto& running = chain.epoch;
  const auto sequencer = fixed<Address>(header.getSequencer());
  if (running.number == 0) return "no epoch has begun yet";
  if (header.getEpoch() == running.number && sequencer == running.signer) return {};
  return "of epoch " + std::to_string(header.getEpoch()) + " by " + to_hex(sequencer) + ", epoch " +
         std::to_string(running.number) + " runs, which " + to_hex(running.signer) + " leads";
}

// What is refused before anybody looks at the block's hashes and its signature.
Judgement judge_place(const Blocks& chain, schema::BlockHeader::Reader header,
                      const SequencerStanding& standing) {
  const auto number = std::to_string(header.getNumber());
  if (!chain.open) return refusal(Reason::NOT_OPEN, "the chain has no first block yet");
  // A block delivered twice is harmless.
  if (header.getNumber() == chain.head.number &&
      fixed<Hash32>(header.getBlockHash()) == chain.head.hash) {
    return {Reason::NONE, {}, true, std::nullopt};
  }
  if (!is_next(chain, header)) {
    return refusal(Reason::NOT_NEXT,
                   "block " + number + " on " + to_hex(fixed<Hash32>(header.getParentHash())) +
                       ", the head is block " + std::to_string(chain.head.number) + ", " +
                       to_hex(chain.head.hash));
  }
  if (const auto what = out_of_turn(chain, header); !what.empty()) {
    return refusal(Reason::NOT_LEADER, "block " + number + ": " + what);
  }
  if (is_refused(chain, header)) {
    return refusal(Reason::STALE_ORIGIN,
                   "block " + number +
                       " was refused before: its sequencer may have signed another "
                       "one since");
  }
  if (!standing.active) {
    return refusal(
        Reason::NOT_ACTIVE,
        "sequencer " + to_hex(fixed<Address>(header.getSequencer())) + " is " + standing.status);
  }
  if (const auto& asked = chain.attestation; asked && asked->unattested.size() >= asked->most) {
    return refusal(Reason::NOT_ATTESTED,
                   "block " + number + ": those since block " + std::to_string(asked->attested) +
                       " are not attested by two thirds of the power, and at most " +
                       std::to_string(asked->most) + " may be");
  }
  const bool names_any = chain.l1_bound == 0;
  if (!standing.confirmed_l1_head ||
      (names_any && header.getL1Origin().getNumber() > *standing.confirmed_l1_head)) {
    return refusal(Reason::WRONG_CONTENT,
                   "block " + number + ": L1 origin above what is confirmed");
  }
  if (const auto what = contradiction(chain, header); !what.empty()) {
    return refusal(Reason::WRONG_CONTENT, "block " + number + ": " + what);
  }
  if (names_any) return {};
  if (const auto what = other_origin(header, standing); !what.empty()) {
    return refusal(Reason::STALE_ORIGIN, "block " + number + ": " + what);
  }
  if (const auto what = unbounded(chain, header, standing); !what.empty()) {
    return refusal(Reason::WRONG_CONTENT, "block " + number + ": " + what);
  }
  return {};
}

// What the chain's SealRules ask of a block and it does not have, or nothing.
std::string unruled(const SealRules& rules, schema::BlockSealed::Reader block,
                    const BlockWord& word, std::uint64_t epoch) {
  const auto named = block.getHeader().getEpoch();
  if (named != epoch) {
    return "epoch " + std::to_string(named) + ", it is of epoch " + std::to_string(epoch);
  }
  if (!word.no_payload.empty()) return word.no_payload;
  if (rules.signs_txns) return word.unsigned_txn;
  return block.hasTxnSignatures() ? "signatures of transactions, which the chain does not ask for"
                                  : "";
}

Judgement judge_word(const Blocks& chain, schema::BlockSealed::Reader block,
                     const SequencerStanding& standing, const BlockWord& word) {
  const auto header = block.getHeader();
  const auto number = std::to_string(header.getNumber());
  const auto sequencer = fixed<Address>(header.getSequencer());
  if (!word.wrong.empty()) {
    return refusal(Reason::WRONG_CONTENT, "block " + number + ": " + word.wrong);
  }
  if (word.signer != sequencer) {
    return refusal(Reason::WRONG_SIGNER,
                   "block " + number + " is not signed by " + to_hex(sequencer));
  }
  if (chain.seal_rules) {
    const auto epoch = epoch_with(chain, header.getNumber(), standing.id, sequencer);
    if (const auto what = unruled(*chain.seal_rules, block, word, epoch); !what.empty()) {
      return refusal(Reason::WRONG_CONTENT, "block " + number + ": " + what);
    }
  }
  return {
      Reason::NONE, {}, false, epoch_begun_by(chain, header.getNumber(), standing.id, sequencer)};
}

Decision decide_seal(const Blocks& chain, schema::BlockSealed::Reader block,
                     const SequencerStanding& standing) {
  auto judged = judge_place(chain, block.getHeader(), standing);
  if (judged.refused == Reason::NONE && !judged.known) {
    judged = judge_word(chain, block, standing, word_of(block));
  }
  if (judged.refused != Reason::NONE) return refuse(judged.refused, std::move(judged.detail));
  if (judged.known) return {};
  Decision out;
  if (judged.epoch) out.facts.push_back(epoch_started(*judged.epoch));
  out.facts.push_back(make_fact<BlocksFact>([&](auto fact) { fact.setBlockSealed(block); }));
  return out;
}

Decision decide_epoch_length(const Blocks& chain, std::uint64_t blocks) {
  if (!chain.open) return refuse(Reason::NOT_OPEN, "the chain has no first block yet");
  if (blocks == 0 || blocks > longest_epoch) {
    return refuse(Reason::WRONG_CONTENT,
                  "an epoch has at least one block and at most " + std::to_string(longest_epoch));
  }
  if (chain.turns && blocks > longest_turn) {
    return refuse(Reason::WRONG_CONTENT,
                  "members take turns of at most " + std::to_string(longest_turn) + " blocks");
  }
  Decision out;
  if (blocks == chain.epoch_length) return out;
  out.facts.push_back(
      make_fact<BlocksFact>([&](auto fact) { fact.initEpochLengthSet().setBlocks(blocks); }));
  return out;
}

Decision decide_l1_bound(const Blocks& chain, std::uint64_t seconds) {
  if (!chain.open) return refuse(Reason::NOT_OPEN, "the chain has no first block yet");
  if (seconds == 0) return refuse(Reason::WRONG_CONTENT, "a bound of no seconds");
  Decision out;
  if (seconds == chain.l1_bound) return out;
  out.facts.push_back(
      make_fact<BlocksFact>([&](auto fact) { fact.initL1BoundSet().setSeconds(seconds); }));
  return out;
}

Decision decide_seal_rules(const Blocks& chain, schema::SealRulesSet::Reader rules) {
  if (!chain.open) return refuse(Reason::NOT_OPEN, "the chain has no first block yet");
  Decision out;
  if (chain.seal_rules && chain.seal_rules->signs_txns == rules.getSignsTxns()) return out;
  out.facts.push_back(make_fact<BlocksFact>([&](auto fact) { fact.setSealRulesSet(rules); }));
  return out;
}

Decision decide_attestation(const Blocks& chain, schema::AttestationSet::Reader set) {
  const auto most = set.getMost();
  if (!chain.open) return refuse(Reason::NOT_OPEN, "the chain has no first block yet");
  if (most == 0 || most > most_unattested) {
    return refuse(Reason::WRONG_CONTENT, "at least one block may stand unattested, and at most " +
                                             std::to_string(most_unattested));
  }
  // Else the same leader would make the revoked block again.
  if (set.getRevocable() && !chain.turns) {
    return refuse(Reason::WRONG_CONTENT,
                  "blocks may be revoked where members take turns, and no such rule is set");
  }
  // Else those that wait for attestation would be paid by neither rule.
  if (chain.attestation && chain.attestation->revocable_from != 0 && !set.getRevocable()) {
    return refuse(Reason::WRONG_CONTENT, "blocks that may be revoked stay so");
  }
  if (const auto& asked = chain.attestation;
      asked && asked->most == most && (asked->revocable_from != 0) == set.getRevocable()) {
    return {};
  }
  return decided(make_fact<BlocksFact>([&](auto fact) { fact.setAttestationSet(set); }));
}

Decision decide_turns(const Blocks& chain, schema::TurnsSet::Reader turns) {
  if (!chain.open) return refuse(Reason::NOT_OPEN, "the chain has no first block yet");
  if (turns.getRule() != schema::TurnRule::WEIGHTED_ROUND_ROBIN) {
    return refuse(Reason::WRONG_CONTENT, "no rule by which members take turns");
  }
  // Else a leader that makes nothing would have the next turn, too.
  if (turns.getSkipEpochs() == 0) {
    return refuse(Reason::WRONG_CONTENT,
                  "a leader that was replaced is passed over for at least one epoch");
  }
  if (chain.epoch_length == 0 || chain.epoch_length > longest_turn) {
    return refuse(Reason::WRONG_CONTENT, "members take turns of at least one block and at most " +
                                             std::to_string(longest_turn) + ", an epoch has " +
                                             std::to_string(chain.epoch_length));
  }
  if (!chain.seal_rules) {
    return refuse(Reason::WRONG_CONTENT,
                  "members take turns where each block says its epoch, and no such rule is set");
  }
  if (chain.turns && chain.turns->rule == turns.getRule() &&
      chain.turns->skip_epochs == turns.getSkipEpochs()) {
    return {};
  }
  return decided(make_fact<BlocksFact>([&](auto fact) { fact.setTurnsSet(turns); }));
}

}  // namespace

std::optional<Epoch> epoch_begun_by(const Blocks& chain, std::uint64_t number,
                                    const U256& sequencer_id, const Address& signer) {
  const auto& running = chain.epoch;
  if (chain.epoch_length == 0 || chain.turns) return std::nullopt;
  if (running.number != 0 && number <= running.end_block && running.sequencer_id == sequencer_id) {
    return std::nullopt;
  }
  Epoch out;
  out.number = running.number + 1;
  out.start_block = number;
  out.end_block = number + chain.epoch_length - 1;
  out.sequencer_id = sequencer_id;
  out.signer = signer;
  return out;
}

std::uint64_t epoch_with(const Blocks& chain, std::uint64_t number, const U256& sequencer_id,
                         const Address& signer) {
  const auto begun = epoch_begun_by(chain, number, sequencer_id, signer);
  return begun ? begun->number : chain.epoch.number;
}

BlockWord word_of(schema::BlockSealed::Reader block) {
  BlockWord out;
  out.wrong = contradiction(block);
  if (!out.wrong.empty()) return out;
  const auto header = Msg<schema::BlockHeader>::copy_of(block.getHeader());
  out.signer = signed_by(signing_digest(header), view(block.getSignature()));
  // Somebody else's block is refused for that alone.
  if (out.signer != fixed<Address>(block.getHeader().getSequencer())) return out;
  out.no_payload = unfit_payload(block);
  out.unsigned_txn = unsigned_txn(block, *out.signer);
  return out;
}

Judgement judge(const Blocks& chain, schema::BlockSealed::Reader block,
                const SequencerStanding& standing, const BlockWord& word) {
  auto out = judge_place(chain, block.getHeader(), standing);
  if (out.refused != Reason::NONE || out.known) return out;
  return judge_word(chain, block, standing, word);
}

Fact epoch_started(const Epoch& epoch, std::int32_t after) {
  return make_fact<BlocksFact>([&](auto fact) { write(fact.initEpochStarted(), epoch); }, after);
}

Reason refused_now(const Blocks& chain, schema::BlockHeader::Reader header,
                   const SequencerStanding& standing) {
  return judge_place(chain, header, standing).refused;
}

Decision seal_refused(const Blocks& chain, schema::BlockHeader::Reader header, BytesView signature,
                      Reason reason) {
  const bool remembered = reason == Reason::STALE_ORIGIN || reason == Reason::NOT_ACTIVE ||
                          reason == Reason::NOT_MEMBER;
  if (!remembered || !is_next(chain, header) || is_refused(chain, header)) return {};
  const auto digest = signing_digest(Msg<schema::BlockHeader>::copy_of(header));
  if (signed_by(digest, signature) != fixed<Address>(header.getSequencer())) return {};
  return decided(make_fact<BlocksFact>([&](auto fact) {
    auto refused = fact.initSealRefused();
    refused.setReason(reason);
    refused.setHeader(header);
    refused.setSignature(data(signature));
  }));
}

bool is_refused(const Blocks& chain, schema::BlockHeader::Reader header) {
  if (chain.refused.empty()) return false;
  const auto digest = signing_digest(Msg<schema::BlockHeader>::copy_of(header));
  return std::ranges::find(chain.refused, digest, &RefusedSeal::digest) != chain.refused.end();
}

std::optional<Hash32> unattested_hash(const Blocks& chain, std::uint64_t number) {
  if (!chain.attestation) return std::nullopt;
  for (const auto& [each, hash] : chain.attestation->unattested) {
    if (each == number) return hash;
  }
  return std::nullopt;
}

Decision attested_up_to(const Blocks& chain, std::uint64_t number, std::int32_t after) {
  const auto hash = unattested_hash(chain, number);
  if (!hash) return {};
  return decided(make_fact<BlocksFact>(
      [&](auto fact) {
        auto attested = fact.initBlocksAttested();
        attested.setNumber(number);
        attested.setHash(data(*hash));
      },
      after));
}

bool is_revocable(const Blocks& chain, std::uint64_t number) {
  const auto& asked = chain.attestation;
  return asked && asked->revocable_from != 0 && number >= asked->revocable_from &&
         number > asked->attested && number <= chain.head.number;
}

bool is_revoked(const std::vector<RevokedBlocks>& revoked, std::uint64_t number,
                std::uint64_t epoch) {
  return std::ranges::any_of(revoked, [&](const RevokedBlocks& each) {
    return each.first <= number && number <= each.last && epoch <= each.epoch;
  });
}

std::vector<EarnedBlock> earned_up_to(const Blocks& chain, std::uint64_t number) {
  std::vector<EarnedBlock> out;
  if (!chain.attestation) return out;
  for (const auto& point : chain.attestation->points) {
    const auto& head = point.head;
    if (!is_revocable(chain, head.number) || head.number > number) continue;
    const auto& epoch = epoch_of(chain, point.epoch);
    out.push_back({head.number, head.timestamp, epoch.number, epoch.sequencer_id});
  }
  return out;
}

Decision revoke_blocks(const Blocks& chain, const Verdict& verdict, std::int32_t after) {
  if (!chain.attestation || chain.attestation->points.size() < 2) return {};
  const auto& first = chain.attestation->points[1];
  if (first.head.number != chain.attestation->attested + 1) return {};
  const auto& epoch = epoch_of(chain, first.epoch);
  return decided(make_fact<BlocksFact>(
      [&](auto fact) {
        auto revoked = fact.initBlocksRevoked();
        revoked.setNumber(first.head.number);
        revoked.setLast(chain.head.number);
        revoked.setEpoch(epoch.number);
        revoked.setRunning(chain.epoch.number);
        revoked.setHash(data(first.head.hash));
        if (verdict.instead) revoked.setInstead(data(*verdict.instead));
        revoked.setSequencerId(data(to_word(epoch.sequencer_id)));
        revoked.setSigner(data(epoch.signer));
        auto list = revoked.initMembers(static_cast<unsigned>(verdict.members.size()));
        for (unsigned i = 0; i < list.size(); ++i) list.set(i, data(verdict.members[i]));
      },
      after));
}

std::uint64_t safe_block(const Blocks& chain) {
  return chain.attestation ? chain.attestation->attested : chain.head.number;
}

U256 next_base_fee(const Blocks& chain) {
  return next_base_fee({chain.head.base_fee, chain.head.gas_used, chain.gas_limit});
}

Hash32 signing_digest(const Msg<schema::BlockHeader>& header) {
  return sha256({as_bytes("horae block 1"), header.bytes()});
}

Hash32 payload_digest(schema::EnginePayload::Reader payload) {
  return sha256(Msg<schema::EnginePayload>::copy_of(payload).bytes());
}

Hash32 digest_of(const std::vector<Hash32>& hashes) {
  Bytes all;
  all.reserve(hashes.size() * Hash32::size);
  for (const auto& hash : hashes) all.insert(all.end(), hash.bytes.begin(), hash.bytes.end());
  return sha256(all);
}

Decision decide(const Blocks& chain, schema::BlocksCommand::Reader command,
                const SequencerStanding& standing) {
  using Command = schema::BlocksCommand;
  switch (command.which()) {
    case Command::NONE:
      return refuse(Reason::MALFORMED, "an empty command");
    case Command::OPEN:
      return decide_open(chain, command.getOpen());
    case Command::SEAL:
      return decide_seal(chain, command.getSeal(), standing);
    case Command::SET_EPOCH_LENGTH:
      return decide_epoch_length(chain, command.getSetEpochLength().getBlocks());
    case Command::SET_L1_BOUND:
      return decide_l1_bound(chain, command.getSetL1Bound().getSeconds());
    case Command::SET_SEAL_RULES:
      return decide_seal_rules(chain, command.getSetSealRules());
    case Command::SET_ATTESTATION:
      return decide_attestation(chain, command.getSetAttestation());
    case Command::SET_TURNS:
      return decide_turns(chain, command.getSetTurns());
  }
  stop("a blocks command written by a newer version");
}

}  // namespace horae
