#include "events/mpc/mpc.hpp"

#include <algorithm>

#include "core/crypto/secp256k1.hpp"

namespace horae {
namespace {

using schema::MpcFact;

// What has no right length, or nothing: a command is refused for it, where a fact would be damaged.
std::string misshapen(schema::Slot::Reader slot) {
  if (slot.getKey().size() != Address::size) return "the slot's key is no address";
  if (slot.getBatchId().size() != Hash32::size) return "the slot's batch id is no 32 bytes";
  return {};
}

std::string misshapen(schema::Content::Reader content, schema::Attempt::Reader attempt) {
  if (content.getTo().size() != Address::size) return "the content is to no address";
  if (content.getValue().size() != Hash32::size) return "the content's value is no 32 bytes";
  if (attempt.getMaxFee().size() != Hash32::size ||
      attempt.getMaxPriorityFee().size() != Hash32::size) {
    return "the attempt's fees are no 32 bytes";
  }
  return {};
}

// Of commands that carry slot, content and attempt: the first thing that is wrong, or nothing.
template <class Request>
std::optional<Decision> misshapen_request(Request request) {
  auto what = misshapen(request.getSlot());
  if (what.empty()) what = misshapen(request.getContent(), request.getAttempt());
  if (what.empty()) return std::nullopt;
  return refuse(Reason::MALFORMED, what);
}

Decision wrong_key(const SlotName& slot) {
  return refuse(Reason::WRONG_KEY,
                to_hex(slot.key) + " is not the key for " + purpose_name(slot.purpose));
}

std::optional<Decision> not_expected(const SlotName& slot, const Msg<schema::Content>& content,
                                     const std::optional<Msg<schema::Content>>& expected) {
  if (!expected) {
    return refuse(Reason::WRONG_CONTENT, "this log composes nothing for " + to_text(slot));
  }
  if (!std::ranges::equal(content.bytes(), expected->bytes())) {
    return refuse(Reason::WRONG_CONTENT, "this log composes another content for " + to_text(slot) +
                                             ", SHA-256 " + to_hex(content_hash(*expected)) +
                                             " and not " + to_hex(content_hash(content)));
  }
  return std::nullopt;
}

std::optional<Decision> not_signed_by(const Address& key, const Hash32& digest,
                                      capnp::Data::Reader bytes) {
  const auto signature = Signature::from(view(bytes));
  if (!signature) return refuse(Reason::BAD_SIGNATURE, "the signature: " + signature.error().what);
  if (!is_low_s(*signature)) return refuse(Reason::BAD_SIGNATURE, "a signature with a high s");
  const auto signer = recover(digest, *signature);
  if (!signer) return refuse(Reason::BAD_SIGNATURE, "the signature: " + signer.error().what);
  if (address_of(*signer) != key) {
    return refuse(Reason::WRONG_SIGNER,
                  "signed by " + to_hex(address_of(*signer)) + " and not by " + to_hex(key));
  }
  return std::nullopt;
}

std::string misshapen(schema::KeyCreated::Reader created) {
  if (created.getAddress().size() != Address::size) return "the key's address is none";
  if (created.getPublicKey().size() != PublicKey::size) return "the public key is no 64 bytes";
  for (const auto member : created.getMembers()) {
    if (member.size() != Address::size) return "a member is no address";
  }
  return {};
}

// Why no purpose can have this key, if nothing else is in its way.
std::optional<Decision> unusable(const Mpc& state, const MpcKey& key) {
  if (address_of(key.public_key) != key.address) {
    return refuse(Reason::WRONG_KEY, to_hex(key.address) + " is not the public key's address");
  }
  if (key.l1_chain_id == 0) return refuse(Reason::WRONG_CHAIN, "a key for no L1 chain");
  if (!std::ranges::is_sorted(key.members, std::ranges::less_equal())) {
    return refuse(Reason::MALFORMED, "the members do not ascend");
  }
  if (key.threshold < 1 || key.threshold > key.members.size()) {
    return refuse(Reason::MALFORMED, "a threshold of " + std::to_string(key.threshold) + " with " +
                                         std::to_string(key.members.size()) + " members");
  }
  for (const auto& [purpose, other] : state.keys) {
    if (other.address == key.address) {
      return refuse(Reason::WRONG_KEY,
                    to_hex(key.address) + " is the key for " + purpose_name(purpose));
    }
  }
  return std::nullopt;
}

Decision decide_create(const Mpc& state, schema::KeyCreated::Reader created) {
  if (const auto what = misshapen(created); !what.empty()) return refuse(Reason::MALFORMED, what);
  const auto key = to_key(created);
  if (const auto known = state.keys.find(created.getPurpose()); known != state.keys.end()) {
    return known->second == key ? Decision{}
                                : refuse(Reason::WRONG_KEY, purpose_name(created.getPurpose()) +
                                                                " has another key, " +
                                                                to_hex(known->second.address));
  }
  if (auto refused = unusable(state, key)) return std::move(*refused);
  Decision out;
  out.facts.push_back(make_fact<MpcFact>([&](auto fact) { fact.setKeyCreated(created); }));
  return out;
}

Decision decide_succeed(const Mpc& state, schema::KeyCreated::Reader successor,
                        const Address& pool_mpc) {
  if (const auto what = misshapen(successor); !what.empty()) return refuse(Reason::MALFORMED, what);
  const auto purpose = successor.getPurpose();
  const auto key = to_key(successor);
  const auto known = state.keys.find(purpose);
  if (known == state.keys.end()) {
    return refuse(Reason::WRONG_KEY, purpose_name(purpose) + " has no key that one could follow");
  }
  if (known->second == key) return {};
  if (purpose != schema::MpcPurpose::REWARD_SUBMIT) {
    return refuse(Reason::NOT_DUE,
                  "no contract says that the key for " + purpose_name(purpose) + " has changed");
  }
  if (key.address != pool_mpc) {
    return refuse(Reason::NOT_DUE, "LockingPool takes reward batches from " + to_hex(pool_mpc) +
                                       ", not from " + to_hex(key.address) +
                                       ": no UpdateMpc has named it yet");
  }
  if (auto refused = unusable(state, key)) return std::move(*refused);
  Decision out;
  out.facts.push_back(make_fact<MpcFact>([&](auto fact) { fact.setKeySucceeded(successor); }));
  return out;
}

Decision decide_sign(const Mpc& state, schema::SlotSigned::Reader outcome,
                     const std::optional<Msg<schema::Content>>& expected) {
  if (auto refused = misshapen_request(outcome)) return std::move(*refused);
  const auto slot = to_slot(outcome.getSlot());
  const auto* key = key_of(state, slot);
  if (key == nullptr) return wrong_key(slot);
  const auto content = Msg<schema::Content>::copy_of(outcome.getContent());
  if (const auto why = state.signed_slots.refusal(slot, content_hash(content))) {
    return refuse(Reason::SLOT_TAKEN, *why);
  }
  if (auto refused = not_expected(slot, content, expected)) return std::move(*refused);
  const auto digest =
      signing_hash(to_txn(key->l1_chain_id, outcome.getContent(), outcome.getAttempt()));
  if (auto refused = not_signed_by(key->address, digest, outcome.getSignature())) {
    return std::move(*refused);
  }
  if (const auto known = state.outcomes.find(slot); known != state.outcomes.end()) {
    // The same signature delivered twice is harmless.
    if (known->second.contains(outcome_hash(outcome))) return {};
    if (known->second.size() >= Mpc::most_outcomes) {
      return refuse(Reason::TOO_LARGE, to_text(slot) + " has " +
                                           std::to_string(known->second.size()) +
                                           " signatures already: no more are kept");
    }
  }
  Decision out;
  out.facts.push_back(make_fact<MpcFact>([&](auto fact) { fact.setSlotSigned(outcome); }));
  return out;
}

// What no chain would ever take must not be signed.
std::string unusable(schema::Attempt::Reader attempt) {
  if (attempt.getNonce() == UINT64_MAX) return "nonce: no account gets there";
  if (attempt.getGasLimit() == 0) return "a gas limit of nothing";
  if (read_u256(attempt.getMaxPriorityFee()) > read_u256(attempt.getMaxFee())) {
    return "priority fee above maximum fee";
  }
  return {};
}

Decision decide_open(const MpcRounds& state, schema::OpenRound::Reader request, const Mpc& keys,
                     const std::optional<Msg<schema::Content>>& expected) {
  if (auto refused = misshapen_request(request)) return std::move(*refused);
  if (const auto what = unusable(request.getAttempt()); !what.empty()) {
    return refuse(Reason::MALFORMED, "the attempt: " + what);
  }
  const auto slot = to_slot(request.getSlot());
  const auto* key = key_of(keys, slot);
  if (key == nullptr) return wrong_key(slot);
  const auto content = Msg<schema::Content>::copy_of(request.getContent());
  const auto hash = content_hash(content);
  for (const auto* table : {&state.bound, &keys.signed_slots}) {
    if (const auto why = table->refusal(slot, hash)) return refuse(Reason::SLOT_TAKEN, *why);
  }
  if (auto refused = not_expected(slot, content, expected)) return std::move(*refused);
  const auto digest =
      signing_hash(to_txn(key->l1_chain_id, request.getContent(), request.getAttempt()));
  for (const auto& [round, opened] : state.open) {
    if (to_slot(opened.read().getSlot()) != slot) continue;
    // The same round asked for twice is harmless.
    if (fixed<Hash32>(opened.read().getDigest()) == digest) return {};
    return refuse(Reason::BUSY, "round " + std::to_string(round) + " of " + to_text(slot) +
                                    " is under way with another attempt");
  }
  Decision out;
  out.facts.push_back(make_fact<MpcFact>([&](auto fact) {
    auto opened = fact.initRoundOpened();
    opened.setRound(state.rounds + 1);
    opened.setDeadlineMs(request.getDeadlineMs());
    opened.setSlot(request.getSlot());
    opened.setAttempt(request.getAttempt());
    opened.setContentHash(data(hash));
    opened.setDigest(data(digest));
  }));
  return out;
}

Decision not_open(std::uint64_t round) {
  return refuse(Reason::NOT_OPEN, "round " + std::to_string(round) + " is not open");
}

Decision decide_finish(const MpcRounds& state, schema::RoundFinished::Reader finished) {
  const auto opened = state.open.find(finished.getRound());
  if (opened == state.open.end()) return not_open(finished.getRound());
  const auto round = opened->second.read();
  if (auto refused = not_signed_by(to_slot(round.getSlot()).key, fixed<Hash32>(round.getDigest()),
                                   finished.getSignature())) {
    return std::move(*refused);
  }
  Decision out;
  out.facts.push_back(make_fact<MpcFact>([&](auto fact) { fact.setRoundFinished(finished); }));
  return out;
}

Decision decide_time_out(const MpcRounds& state, schema::RoundTimedOut::Reader timed_out) {
  if (!state.open.contains(timed_out.getRound())) return not_open(timed_out.getRound());
  for (const auto member : timed_out.getMissing()) {
    if (member.size() != Address::size) return refuse(Reason::MALFORMED, "a member is no address");
  }
  Decision out;
  out.facts.push_back(make_fact<MpcFact>([&](auto fact) { fact.setRoundTimedOut(timed_out); }));
  return out;
}

}  // namespace

const MpcKey* key_of(const Mpc& state, const SlotName& slot) {
  const auto key = state.keys.find(slot.purpose);
  return key != state.keys.end() && key->second.address == slot.key ? &key->second : nullptr;
}

Decision decide(const Mpc& state, schema::MpcCommand::Reader command,
                const std::optional<Msg<schema::Content>>& expected, const Address& pool_mpc) {
  using Command = schema::MpcCommand;
  switch (command.which()) {
    case Command::NONE:
      return refuse(Reason::MALFORMED, "an empty command");
    case Command::CREATE_KEY:
      return decide_create(state, command.getCreateKey());
    case Command::SIGN:
      return decide_sign(state, command.getSign(), expected);
    case Command::SUCCEED_KEY:
      return decide_succeed(state, command.getSucceedKey(), pool_mpc);
  }
  stop("an MPC command written by a newer version");
}

Decision decide(const MpcRounds& state, schema::RoundsCommand::Reader command, const Mpc& keys,
                const std::optional<Msg<schema::Content>>& expected) {
  using Command = schema::RoundsCommand;
  switch (command.which()) {
    case Command::NONE:
      return refuse(Reason::MALFORMED, "an empty command");
    case Command::OPEN:
      return decide_open(state, command.getOpen(), keys, expected);
    case Command::FINISH:
      return decide_finish(state, command.getFinish());
    case Command::TIME_OUT:
      return decide_time_out(state, command.getTimeOut());
  }
  stop("a rounds command written by a newer version");
}

Mpc part_of(const Mpc& state, const SlotName& slot) {
  Mpc out;
  const auto copy = [](const auto& from, auto& to, const auto& name) {
    if (const auto found = from.find(name); found != from.end()) to.insert(*found);
  };
  copy(state.keys, out.keys, slot.purpose);
  copy(state.signed_slots.contents, out.signed_slots.contents, slot);
  copy(state.signed_slots.oldest, out.signed_slots.oldest, slot.purpose);
  copy(state.outcomes, out.outcomes, slot);
  return out;
}

}  // namespace horae
