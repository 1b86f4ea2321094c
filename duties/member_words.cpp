#include "duties/member_words.hpp"

#include <algorithm>

#include "core/crypto/secp256k1.hpp"
#include "events/pool/members.hpp"
#include "events/pool/rule_changes.hpp"
#include "events/turns.hpp"

namespace horae {
namespace {

Msg<schema::SharedCommand> word_for(schema::RuleChange::Reader change) {
  return Msg<schema::SharedCommand>::build(
      [&](auto root) { root.initPool().setChangeRules(change); });
}

// sealed: as what it was executed, where it came out otherwise.
Msg<schema::SharedCommand> attest(const OwnBlock& block, const Hash32* sealed) {
  return Msg<schema::SharedCommand>::build([&](auto root) {
    auto word = root.initPool().initAttest();
    word.setNumber(block.number);
    word.setHash(data(block.hash));
    if (sealed != nullptr) word.setSealed(data(*sealed));
  });
}

}  // namespace

std::optional<Msg<schema::SharedCommand>> ready_word(const SharedState& state, const PublicKey& key,
                                                     const std::string& endpoint) {
  const auto me = address_of(key);
  const auto told = [&](const Members& list) {
    const auto found = list.find(me);
    return found != list.end() && found->second.endpoint == endpoint;
  };
  const bool lost = state.pool.lost.contains(me);
  if (!lost && (told(state.pool.members) || told(state.pool.ready))) return std::nullopt;
  auto word = Msg<schema::SharedCommand>::build([&](auto root) {
    auto ready = root.initPool().initBeReady();
    ready.setPublicKey(data(key));
    ready.setEndpoint(endpoint.c_str());
  });
  if (!is_heard(state, word.read(), me)) return std::nullopt;
  return word;
}

std::optional<Msg<schema::SharedCommand>> stall_word(const SharedState& state, const Address& me,
                                                     const Address& leader) {
  const auto turn = running_turn(state);
  if (!turn || turn->signer != leader || leader == me || !state.pool.members.contains(me)) {
    return std::nullopt;
  }
  const auto said = state.pool.stalls.find(me);
  if (said != state.pool.stalls.end() && said->second.epoch == turn->epoch &&
      said->second.block == turn->head) {
    return std::nullopt;
  }
  return Msg<schema::SharedCommand>::build([&](auto root) {
    auto word = root.initPool().initReportStall();
    word.setEpoch(turn->epoch);
    word.setBlock(turn->head);
  });
}

std::optional<Msg<schema::SharedCommand>> yield_word(const SharedState& state, const Address& me) {
  const auto turn = running_turn(state);
  if (!turn || turn->signer != me) return std::nullopt;
  return Msg<schema::SharedCommand>::build(
      [&](auto root) { root.initPool().initYieldTurn().setEpoch(turn->epoch); });
}

std::optional<Msg<schema::SharedCommand>> attested_word(const SharedState& state, const Address& me,
                                                        const OwnBlock& executed) {
  if (!state.pool.members.contains(me)) return std::nullopt;
  const auto said = state.pool.attested.find(me);
  if (said != state.pool.attested.end() && executed.number <= said->second) return std::nullopt;
  if (unattested_hash(state.blocks, executed.number) != executed.hash) return std::nullopt;
  const auto dispute = state.pool.disputes.find(me);
  const bool is_decided = dispute != state.pool.disputes.end() && !dispute->second.hash &&
                          is_revocable(state.blocks, dispute->second.block);
  if (is_decided && dispute->second.block <= executed.number) return std::nullopt;
  return attest(executed, nullptr);
}

std::optional<Msg<schema::SharedCommand>> disputed_word(const SharedState& state, const Address& me,
                                                        const OwnBlock& differs,
                                                        const Hash32& sealed) {
  if (!state.pool.members.contains(me) || !is_revocable(state.blocks, differs.number) ||
      unattested_hash(state.blocks, differs.number) != sealed || differs.hash == sealed) {
    return std::nullopt;
  }
  const auto said = state.pool.disputes.find(me);
  if (said != state.pool.disputes.end() && said->second.block == differs.number &&
      (!said->second.hash || said->second.hash == differs.hash)) {
    return std::nullopt;
  }
  return attest(differs, &sealed);
}

std::optional<Msg<schema::SharedCommand>> revoked_word(const SharedState& state, const Address& me,
                                                       std::uint64_t number) {
  const auto sealed = unattested_hash(state.blocks, number);
  if (!state.pool.members.contains(me) || !sealed || !is_revocable(state.blocks, number)) {
    return std::nullopt;
  }
  return Msg<schema::SharedCommand>::build([&](auto root) {
    auto word = root.initPool().initRevoke();
    word.setNumber(number);
    word.setHash(data(*sealed));
  });
}

std::optional<Msg<schema::SharedCommand>> away_word(const PoolAgreement& pool, const Address& me,
                                                    const std::set<Address>& away) {
  if (!pool.members.contains(me)) return std::nullopt;
  std::set<Address> with_voice;
  std::ranges::copy_if(away, std::inserter(with_voice, with_voice.end()),
                       [&](const Address& signer) { return pool.members.contains(signer); });
  const auto known = pool.absences.find(me);
  const bool same = known == pool.absences.end() ? with_voice.empty() : known->second == with_voice;
  if (same) return std::nullopt;
  return Msg<schema::SharedCommand>::build([&](auto root) {
    auto told = root.initPool().initTellAbsent();
    write_all(told.initSigners(static_cast<unsigned>(with_voice.size())), with_voice);
  });
}

std::optional<Msg<schema::SharedCommand>> change_word(
    const SharedState& state, const Address& me,
    const std::optional<Msg<schema::RuleChange>>& wanted) {
  const auto& pool = state.pool;
  if (!pool.members.contains(me)) return std::nullopt;
  const auto known = pool.wished.find(me);
  if (!wanted) {
    if (known == pool.wished.end()) return std::nullopt;
    return word_for({});
  }
  const auto change = wanted->read();
  const auto digest = change_digest(change);
  const bool said = known != pool.wished.end() && change_digest(known->second.read()) == digest;
  if (said || pool.coming.contains({change.getFromBlock(), digest})) return std::nullopt;
  if (is_past(state.locking, change)) return std::nullopt;
  return word_for(change);
}

bool is_past(const Locking& locking, schema::RuleChange::Reader change) {
  const auto& head = locking.confirmed_head;
  return head && change.getFromBlock() <= head->number;
}

}  // namespace horae
