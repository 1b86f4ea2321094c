#include "events/shared.hpp"

namespace horae {
namespace {

void fold(DomainDigest& digest, Domain domain, std::uint16_t kind, BytesView payload) {
  const std::array<std::uint8_t, 3> tag = {static_cast<std::uint8_t>(domain),
                                           static_cast<std::uint8_t>(kind & 0xff),
                                           static_cast<std::uint8_t>(kind >> 8)};
  digest.digest = sha256({digest.digest.view(), tag, payload});
  ++digest.count;
}

Decision adopt(SharedState& state, Decision decision) {
  for (const auto& fact : decision.facts) apply(state, fact.domain, fact.payload);
  return decision;
}

}  // namespace

bool is_shared(Domain domain, std::uint16_t /*kind*/) {
  switch (domain) {
    case Domain::NONE:
    case Domain::NODE:
    case Domain::MEMPOOL:
      return false;
    case Domain::LOCKING:
    case Domain::BLOCKS:
      return true;
    case Domain::MPC:
    case Domain::SUBMISSIONS:
    case Domain::REWARDS:
    case Domain::PENALTIES:
      break;
  }
  stop("a fact of domain " + std::to_string(static_cast<unsigned>(domain)) +
       ": written by a newer version");
}

Decision settle(SharedState& state, schema::LockingCommand::Reader command) {
  return adopt(state, decide(state.locking, command));
}

Decision settle(SharedState& state, schema::BlocksCommand::Reader command) {
  const auto sequencer =
      command.isSeal() ? fixed<Address>(command.getSeal().getHeader().getSequencer()) : Address{};
  return adopt(state, decide(state.blocks, command, standing(state.locking, sequencer)));
}

void apply(SharedState& state, Domain domain, const Message& payload) {
  if (domain == Domain::LOCKING) {
    const auto fact = Msg<schema::LockingFact>::of(payload).read();
    apply(state.locking, fact);
    fold(state.locking_digest, domain, static_cast<std::uint16_t>(fact.which()), payload.bytes());
  } else if (domain == Domain::BLOCKS) {
    const auto fact = Msg<schema::BlocksFact>::of(payload).read();
    apply(state.blocks, fact);
    fold(state.blocks_digest, domain, static_cast<std::uint16_t>(fact.which()), payload.bytes());
  } else {
    stop("a fact of domain " + std::to_string(static_cast<unsigned>(domain)) +
         " in the shared state");
  }
}

SequencerStanding standing(const Locking& locking, const Address& sequencer) {
  SequencerStanding out;
  if (locking.confirmed_head) out.confirmed_l1_head = locking.confirmed_head->number;
  const auto* view = by_signer(locking, sequencer);
  if (view == nullptr) {
    out.status = "no signer in the locking pool";
  } else {
    out.status = std::string(status_name(view->status)) + " in the locking pool";
    out.active = view->status == SequencerStatus::active;
  }
  return out;
}

}  // namespace horae
