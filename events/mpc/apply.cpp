#include "events/mpc/mpc.hpp"

#include <algorithm>

namespace horae {
namespace {

using schema::MpcFact;

void bind_or_stop(SlotTable& table, const SlotName& slot, const Hash32& content) {
  if (const auto why = table.refusal(slot, content)) stop("a slot bound once more: " + *why);
  table.bind(slot, content);
}

}  // namespace

bool is_shared(MpcFact::Which kind) {
  switch (kind) {
    case MpcFact::KEY_CREATED:
    case MpcFact::KEY_SUCCEEDED:
    case MpcFact::SLOT_SIGNED:
      return true;
    case MpcFact::NONE:
    case MpcFact::ROUND_OPENED:
    case MpcFact::ROUND_FINISHED:
    case MpcFact::ROUND_TIMED_OUT:
      return false;
  }
  stop("an MPC fact written by a newer version");
}

Hash32 outcome_hash(schema::SlotSigned::Reader outcome) {
  return sha256(Msg<schema::SlotSigned>::copy_of(outcome).bytes());
}

void apply(Mpc& state, MpcFact::Reader fact) {
  switch (fact.which()) {
    case MpcFact::NONE:
      break;
    case MpcFact::KEY_CREATED: {
      const auto created = fact.getKeyCreated();
      if (!state.keys.emplace(created.getPurpose(), to_key(created)).second) {
        stop("a second key for " + purpose_name(created.getPurpose()));
      }
      return;
    }
    case MpcFact::KEY_SUCCEEDED: {
      const auto successor = fact.getKeySucceeded();
      const auto known = state.keys.find(successor.getPurpose());
      if (known == state.keys.end()) {
        stop("a key that follows none for " + purpose_name(successor.getPurpose()));
      }
      known->second = to_key(successor);
      return;
    }
    case MpcFact::SLOT_SIGNED: {
      const auto outcome = fact.getSlotSigned();
      const auto slot = to_slot(outcome.getSlot());
      if (key_of(state, slot) == nullptr) stop("SlotSigned with a key that was not created");
      bind_or_stop(state.signed_slots, slot,
                   content_hash(Msg<schema::Content>::copy_of(outcome.getContent())));
      state.outcomes[slot].insert(outcome_hash(outcome));
      std::erase_if(state.outcomes, [&](const auto& entry) {
        return !state.signed_slots.contents.contains(entry.first);
      });
      return;
    }
    case MpcFact::ROUND_OPENED:
    case MpcFact::ROUND_FINISHED:
    case MpcFact::ROUND_TIMED_OUT:
      stop("a round of one node among what all share");
  }
  stop("an MPC fact written by a newer version");
}

void apply(MpcRounds& state, MpcFact::Reader fact) {
  switch (fact.which()) {
    case MpcFact::NONE:
      break;
    case MpcFact::KEY_CREATED:
    case MpcFact::KEY_SUCCEEDED:
    case MpcFact::SLOT_SIGNED:
      stop("what all share among one node's rounds");
    case MpcFact::ROUND_OPENED: {
      const auto opened = fact.getRoundOpened();
      if (opened.getRound() != state.rounds + 1) {
        stop("RoundOpened " + std::to_string(opened.getRound()) + " after round " +
             std::to_string(state.rounds));
      }
      bind_or_stop(state.bound, to_slot(opened.getSlot()), fixed<Hash32>(opened.getContentHash()));
      state.rounds = opened.getRound();
      state.open.emplace(opened.getRound(), Msg<schema::RoundOpened>::copy_of(opened));
      return;
    }
    case MpcFact::ROUND_FINISHED: {
      if (state.open.erase(fact.getRoundFinished().getRound()) == 0) {
        stop("RoundFinished of a round that is not open");
      }
      return;
    }
    case MpcFact::ROUND_TIMED_OUT: {
      if (state.open.erase(fact.getRoundTimedOut().getRound()) == 0) {
        stop("RoundTimedOut of a round that is not open");
      }
      ++state.timed_out;
      return;
    }
  }
  stop("an MPC fact written by a newer version");
}

}  // namespace horae
