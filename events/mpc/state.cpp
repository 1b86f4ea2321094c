#include "events/mpc/mpc.hpp"

#include "events/snapshot.hpp"

namespace horae {
namespace {

void write(schema::KeyCreated::Builder out, MpcPurpose purpose, const MpcKey& key) {
  out.setPurpose(purpose);
  out.setThreshold(key.threshold);
  out.setL1ChainId(key.l1_chain_id);
  out.setAddress(data(key.address));
  out.setPublicKey(data(key.public_key));
  auto members = out.initMembers(static_cast<unsigned>(key.members.size()));
  for (unsigned i = 0; i < members.size(); ++i) members.set(i, data(key.members[i]));
}

template <class List>
void write(List out, const SlotTable& table,
           const std::map<SlotName, std::set<Hash32>>* outcomes = nullptr) {
  unsigned i = 0;
  for (const auto& [slot, content] : table.contents) {
    auto bound = out[i++];
    write(bound.initSlot(), slot);
    bound.setContentHash(data(content));
    if (outcomes == nullptr) continue;
    const auto& digests = outcomes->at(slot);
    auto list = bound.initOutcomes(static_cast<unsigned>(digests.size()));
    unsigned j = 0;
    for (const auto& digest : digests) list.set(j++, data(digest));
  }
}

template <class List>
void write_oldest(List out, const SlotTable& table) {
  unsigned i = 0;
  for (const auto& [purpose, batch_id] : table.oldest) {
    auto oldest = out[i++];
    oldest.setPurpose(purpose);
    oldest.setBatchId(data(to_word(batch_id)));
  }
}

unsigned how_many(const auto& values) { return static_cast<unsigned>(values.size()); }

}  // namespace

MpcKey to_key(schema::KeyCreated::Reader created) {
  MpcKey key{fixed<Address>(created.getAddress()),
             fixed<PublicKey>(created.getPublicKey()),
             created.getL1ChainId(),
             created.getThreshold(),
             {}};
  for (const auto member : created.getMembers()) key.members.push_back(fixed<Address>(member));
  return key;
}

Message state_message(const Mpc& state) {
  return Msg<schema::MpcState>::build([&](auto out) {
    auto keys = out.initKeys(how_many(state.keys));
    unsigned i = 0;
    for (const auto& [purpose, key] : state.keys) write(keys[i++], purpose, key);
    write(out.initSigned(how_many(state.signed_slots.contents)), state.signed_slots,
          &state.outcomes);
    write_oldest(out.initOldest(how_many(state.signed_slots.oldest)), state.signed_slots);
  });
}

Message state_message(const MpcRounds& state) {
  return Msg<schema::RoundsState>::build([&](auto out) {
    out.setRounds(state.rounds);
    out.setTimedOut(state.timed_out);
    auto open = out.initOpen(how_many(state.open));
    unsigned i = 0;
    for (const auto& [round, opened] : state.open) open.setWithCaveats(i++, opened.read());
    write(out.initBound(how_many(state.bound.contents)), state.bound);
    write_oldest(out.initOldest(how_many(state.bound.oldest)), state.bound);
  });
}

Mpc restore(schema::MpcState::Reader state) {
  Mpc out;
  for (const auto created : state.getKeys()) {
    put_once(out.keys, created.getPurpose(), to_key(created));
  }
  for (const auto bound : state.getSigned()) {
    const auto slot = to_slot(bound.getSlot());
    put_once(out.signed_slots.contents, slot, fixed<Hash32>(bound.getContentHash()));
    auto& outcomes = out.outcomes[slot];
    for (const auto digest : bound.getOutcomes()) outcomes.insert(fixed<Hash32>(digest));
  }
  for (const auto each : state.getOldest()) {
    put_once(out.signed_slots.oldest, each.getPurpose(), read_u256(each.getBatchId()));
  }
  return out;
}

MpcRounds restore(schema::RoundsState::Reader state) {
  MpcRounds out;
  out.rounds = state.getRounds();
  out.timed_out = state.getTimedOut();
  for (const auto each : state.getOpen()) {
    put_once(out.open, each.getRound(), Msg<schema::RoundOpened>::copy_of(each));
  }
  for (const auto each : state.getBound()) {
    put_once(out.bound.contents, to_slot(each.getSlot()), fixed<Hash32>(each.getContentHash()));
  }
  for (const auto each : state.getOldest()) {
    put_once(out.bound.oldest, each.getPurpose(), read_u256(each.getBatchId()));
  }
  return out;
}

}  // namespace horae
