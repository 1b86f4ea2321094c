#include "events/shared.hpp"

#include <algorithm>

#include "core/message_shape.hpp"
#include "events/pool/rule_changes.hpp"
#include "events/rewards/composition.hpp"
#include "events/turns.hpp"

namespace horae {
namespace {

// Applies what was decided, and what other domains say to it, to the end.
Decision adopt_rule(SharedState& state, Decision decision) {
  for (const auto& fact : decision.facts) apply(state, fact.domain, fact.payload);
  for (std::size_t i = 0; i < decision.facts.size(); ++i) {
    // A copy of the handle: what is said grows the list.
    const auto fact = decision.facts[i];
    auto said = reaction(state, fact.domain, fact.payload, static_cast<std::int32_t>(i));
    for (auto& answer : said.facts) {
      apply(state, answer.domain, answer.payload);
      decision.facts.push_back(std::move(answer));
    }
  }
  return decision;
}

// The same, and the epoch that is due by all of it.
Decision adopt(SharedState& state, Decision decision) {
  auto out = adopt_rule(state, std::move(decision));
  if (out.facts.empty()) return out;
  if (const auto epoch = epoch_due(state)) {
    auto begun = epoch_started(*epoch, 0);
    apply(state, begun.domain, begun.payload);
    out.facts.push_back(std::move(begun));
  }
  return out;
}

// What a command's own domain decides, with what the other ones say to it.
Decision decide_among(const SharedState& state, schema::LockingCommand::Reader command) {
  return decide(state.locking, command);
}
Decision decide_among(const SharedState& state, schema::BlocksCommand::Reader command) {
  if (command.isSetAttestation() && !state.pool.is_founded()) {
    return refuse(Reason::WRONG_CONTENT, "a node alone has nobody who attests its blocks");
  }
  if (command.isSetTurns() && !state.pool.is_founded()) {
    return refuse(Reason::WRONG_CONTENT, "a node alone has nobody to take turns with");
  }
  const auto sequencer =
      command.isSeal() ? fixed<Address>(command.getSeal().getHeader().getSequencer()) : Address{};
  return decide(state.blocks, command, standing(state, sequencer));
}
Decision decide_among(const SharedState& state, schema::RewardsCommand::Reader command) {
  return decide(state.rewards, command, pool_standing(state.locking));
}
Decision decide_among(const SharedState& state, schema::MpcCommand::Reader command) {
  std::optional<Msg<schema::Content>> expected;
  if (command.isSign()) expected = content_of(state, to_slot(command.getSign().getSlot()));
  return decide(state.mpc, command, expected, state.locking.current.mpc);
}
Decision decide_among(const SharedState& state, schema::PenaltiesCommand::Reader command) {
  Accused by;
  if (command.isAccuse()) {
    // Whom it accuses takes a signature or two; what it shows may take as many as a block has
    // transactions, and is looked at behind everything else.
    if (const auto claim = claimed(command.getAccuse())) by = accused(state, *claim);
    by.shown.reset();
    by.excused = why_excused(state, command.getAccuse());
  }
  return decide(state.faults, command, by);
}
Decision decide_among(const SharedState& state, schema::PenaltiesCommand::Reader command,
                      const ShownFault& shown) {
  auto by = accused(state, shown);
  by.excused = why_excused(state, command.getAccuse());
  return decide(state.faults, command, by);
}
Decision decide_among(const SharedState& state, schema::PoolCommand::Reader command,
                      const InputSource& from) {
  return decide(state.pool, command, asked_of(state, command, from));
}

// Only what has its schema's form comes before the rules: what they read fits, and has an end.
template <class Command, class... Context>
Decision decide_formed(const SharedState& state, Command command, const Context&... context) {
  if (const auto formed = well_formed(command); !formed) {
    return refuse(Reason::MALFORMED, formed.error().what);
  }
  return decide_among(state, command, context...);
}

template <class Command, class... Context>
Decision settle_formed(SharedState& state, Command command, const Context&... context) {
  return adopt(state, decide_formed(state, command, context...));
}

bool says_that_it_runs(schema::SharedCommand::Reader command) {
  return command.isPool() && command.getPool().isBeReady();
}

// What no member of a pool may say alone.
Decision refuse_in_pool(const SharedState& state, schema::SharedCommand::Reader command) {
  if (command.isLocking()) {
    return refuse(Reason::NOT_AGREED, "members report what they see of L1, and agree on it");
  }
  if (command.isBlocks() && command.getBlocks().isSeal()) {
    // Whose turn it is is said with the epoch, behind the block that was there before.
    if (state.blocks.turns) return {};
    const auto by = view(command.getBlocks().getSeal().getHeader().getSequencer());
    const auto leader = leader_of(state);
    if (std::ranges::equal(by, leader->view())) return {};
    return refuse(Reason::NOT_LEADER, to_hex(*leader) + " makes the blocks");
  }
  if (!configures(command)) return {};
  return refuse(
      Reason::BY_GENESIS,
      "the genesis sets the rules of a pool, and what its members agree on (changeRules)");
}

Decision decide_any(const SharedState& state, schema::SharedCommand::Reader command,
                    const InputSource& from) {
  using schema::SharedCommand;
  switch (command.which()) {
    case SharedCommand::NONE:
      return refuse(Reason::MALFORMED, "an input without a command");
    case SharedCommand::LOCKING:
      return decide_formed(state, command.getLocking());
    case SharedCommand::BLOCKS:
      return decide_formed(state, command.getBlocks());
    case SharedCommand::REWARDS:
      return decide_formed(state, command.getRewards());
    case SharedCommand::MPC:
      return decide_formed(state, command.getMpc());
    case SharedCommand::PENALTIES:
      return decide_formed(state, command.getPenalties());
    case SharedCommand::POOL:
      return decide_formed(state, command.getPool(), from);
  }
  stop("an input written by a newer version");
}

Decision settle_in_pool(SharedState& state, schema::SharedCommand::Reader command,
                        const InputSource& from) {
  if (!state.pool.members.contains(from.sender) && !says_that_it_runs(command)) {
    return refuse(Reason::NOT_MEMBER, to_hex(from.sender) + " has no voice in the pool");
  }
  if (auto refused = refuse_in_pool(state, command); !refused.ok()) return refused;
  return adopt(state, decide_any(state, command, from));
}

}  // namespace

Decision settle(SharedState& state, schema::LockingCommand::Reader command) {
  return settle_formed(state, command);
}
Decision settle(SharedState& state, schema::BlocksCommand::Reader command) {
  return settle_formed(state, command);
}
Decision settle(SharedState& state, schema::RewardsCommand::Reader command) {
  return settle_formed(state, command);
}
Decision settle(SharedState& state, schema::MpcCommand::Reader command) {
  return settle_formed(state, command);
}
Decision settle(SharedState& state, schema::PenaltiesCommand::Reader command) {
  return settle_formed(state, command);
}
Decision settle(SharedState& state, const Accusation& accusation) {
  return settle_formed(state, accusation.command(), accusation.shown());
}

Decision settle(SharedState& state, schema::PoolCommand::Reader command, const InputSource& from) {
  return settle_formed(state, command, from);
}

Decision settle(SharedState& state, schema::SharedCommand::Reader command,
                const InputSource& from) {
  if (!state.pool.is_founded()) return adopt(state, decide_any(state, command, from));
  auto out = settle_in_pool(state, command, from);
  if (out.ok() || !command.isBlocks() || !command.getBlocks().isSeal()) return out;
  const auto block = command.getBlocks().getSeal();
  if (!well_formed(command)) return out;
  out.facts =
      adopt(state, refused_seal(state, block.getHeader(), view(block.getSignature()))).facts;
  return out;
}

Decision refused_seal(const SharedState& state, schema::BlockHeader::Reader header,
                      BytesView signature) {
  const auto sequencer = fixed<Address>(header.getSequencer());
  if (sequencer != leader_of(state)) return {};
  const auto reason = state.pool.members.contains(sequencer)
                          ? refused_now(state.blocks, header, standing(state, sequencer))
                          : Reason::NOT_MEMBER;
  return seal_refused(state.blocks, header, signature, reason);
}

Decision duplicate_vote(const SharedState& state, const Address& signer, std::uint64_t height) {
  return agreed_fault(state.faults, accused(state, signer), signer,
                      {schema::FaultKind::DUPLICATE_VOTE, height, state.blocks.epoch.number,
                       std::nullopt, std::nullopt},
                      -1);
}

Decision settle_duplicate_vote(SharedState& state, const Address& signer, std::uint64_t height) {
  return adopt(state, duplicate_vote(state, signer, height));
}

Decision settle_rule(SharedState& state, schema::SharedCommand::Reader rule) {
  return adopt_rule(state, decide_any(state, rule, Address{}));
}

bool configures(schema::SharedCommand::Reader command) {
  if (command.isBlocks()) return !command.getBlocks().isSeal();
  return (command.isRewards() && command.getRewards().isOpen()) ||
         (command.isMpc() && command.getMpc().isCreateKey()) ||
         (command.isPenalties() && command.getPenalties().isSetParameters());
}

bool is_heard(const SharedState& state, schema::SharedCommand::Reader command,
              const Address& sender) {
  if (state.pool.members.contains(sender)) return true;
  if (says_that_it_runs(command) && state.pool.lost.contains(sender)) return true;
  return says_that_it_runs(command) && asked_of(state, command.getPool(), sender).active;
}

Result<std::vector<Decision>> found(SharedState& state, schema::PoolGenesis::Reader genesis) {
  std::vector<Decision> out;
  const auto founding =
      Msg<schema::PoolCommand>::build([&](auto command) { command.setFound(genesis); });
  out.push_back(settle(state, founding.read(), Address{}));
  for (const auto rule : genesis.getRules()) {
    if (!out.back().ok()) break;
    out.push_back(settle_rule(state, rule));
  }
  if (!out.back().ok()) return fail("the genesis is refused: " + out.back().detail);
  if (!state.blocks.open) return fail("the genesis is refused: none of its rules opens the chain");
  if (state.pool.is_founded() && state.blocks.l1_bound == 0) {
    return fail("the genesis is refused: none of its rules bounds the chain's time by L1's");
  }
  return out;
}

PoolAsked asked_of(const SharedState& state, schema::PoolCommand::Reader command,
                   const InputSource& from) {
  PoolAsked out;
  out.sender = from.sender;
  out.number = from.number;
  if (state.locking.confirmed_head) out.l1_head = state.locking.confirmed_head->number;
  const auto* view = by_signer(state.locking, from.sender);
  out.active = view != nullptr && view->status == SequencerStatus::active;
  if ((command.isAttest() || command.isRevoke()) && state.blocks.attestation) {
    const auto number =
        command.isAttest() ? command.getAttest().getNumber() : command.getRevoke().getNumber();
    out.head = state.blocks.head.number;
    out.attested = state.blocks.attestation->attested;
    out.sealed = unattested_hash(state.blocks, number);
    out.revocable = is_revocable(state.blocks, number);
  }
  if (command.isReportStall() || command.isYieldTurn()) out.turn = running_turn(state);
  if (command.isReport() && command.getReport().hasCommand()) {
    const auto reported =
        with_finalized(command.getReport().getCommand(), state.locking.finalized, {});
    out.locking = decide(state.locking, reported.read());
  }
  return out;
}

std::uint64_t most_block_bytes(const SharedState& state) {
  // An input has at most 1 MB (events/pool/input.hpp); the rest is for header, payload and the
  // words on what was skipped.
  constexpr std::uint64_t in_a_pool = 900'000;
  return state.pool.is_founded() ? in_a_pool : UINT64_MAX;
}

Hash32 app_hash(const DomainDigests& digests) {
  Bytes text;
  const auto put = [&](std::uint64_t number) {
    for (int byte = 7; byte >= 0; --byte) {
      text.push_back(static_cast<std::uint8_t>(number >> (8 * byte)));
    }
  };
  for (const auto& [domain, digest] : digests) {
    put(static_cast<std::uint64_t>(domain));
    put(digest.count);
    text.insert(text.end(), digest.digest.bytes.begin(), digest.digest.bytes.end());
  }
  return sha256(text);
}

void apply(SharedState& state, Domain domain, const Message& payload) {
  visit_fact(domain, payload.bytes(), [&](auto row, auto fact) {
    using Row = decltype(row);
    if constexpr (HasShared<Row>) {
      apply(state.*Row::Shared::state, fact);
      fold(state.digests[domain], domain, static_cast<std::uint16_t>(fact.which()),
           payload.bytes());
    } else {
      stop("a fact of domain " + std::to_string(static_cast<unsigned>(domain)) +
           " in the shared state");
    }
  });
}

SequencerStanding standing(const Locking& locking, const Address& sequencer) {
  SequencerStanding out;
  if (locking.confirmed_head) {
    out.confirmed_l1_head = locking.confirmed_head->number;
    out.confirmed_l1_hash = locking.confirmed_head->hash;
    out.confirmed_l1_time = locking.confirmed_time;
  }
  const auto* view = by_signer(locking, sequencer);
  if (view == nullptr) {
    out.status =
        locking.current.signers.contains(sequencer)
            ? "no signer in the locking pool any more: it was replaced, or its sequencer left"
            : "no signer in the locking pool";
  } else {
    out.status = std::string(status_name(view->status)) + " in the locking pool";
    out.active = view->status == SequencerStatus::active;
    out.id = view->id;
  }
  return out;
}

SequencerStanding standing(const SharedState& state, const Address& sequencer) {
  auto out = standing(state.locking, sequencer);
  for (const auto& head : state.pool.heads) out.earlier_heads.emplace_back(head.number, head.hash);
  return out;
}

Accused accused(const SharedState& state, const Address& signer) {
  Accused out;
  out.epoch = state.blocks.epoch.number;
  out.chain_id = state.blocks.chain_id;
  out.known_signer = state.locking.current.signers.contains(signer);
  if (const auto* view = by_signer(state.locking, signer)) out.sequencer_id = view->id;
  return out;
}

Accused accused(const SharedState& state, const ShownFault& shown) {
  auto out = accused(state, shown.signer);
  out.shown = shown;
  return out;
}

std::string why_excused(const SharedState& state, schema::Evidence::Reader evidence) {
  if (!evidence.isTwoBlocks()) return {};
  const auto first = evidence.getTwoBlocks().getFirst().getHeader();
  const auto second = evidence.getTwoBlocks().getSecond().getHeader();
  if (is_refused(state.blocks, first) || is_refused(state.blocks, second)) {
    return "the pool refused one of the two blocks before there was another: its sequencer had to "
           "sign anew";
  }
  if (state.blocks.turns && first.getEpoch() != second.getEpoch()) {
    return "the two blocks are of the epochs " + std::to_string(first.getEpoch()) + " and " +
           std::to_string(second.getEpoch()) +
           ": a leader signs anew what is not sealed in its turn";
  }
  return {};
}

std::optional<Msg<schema::Content>> content_of(const SharedState& state, const SlotName& slot) {
  if (slot.purpose != MpcPurpose::REWARD_SUBMIT || !state.rewards.closed) return std::nullopt;
  const auto period = state.rewards.closed->read();
  if (slot.batch_id != read_u256(period.getBatchId()) ||
      slot.composition != period.getComposition() || !state.locking.is_open()) {
    return std::nullopt;
  }
  return Msg<schema::Content>::build([&](auto content) {
    content.setTo(state.locking.opened.read().getLockingPool());
    content.setData(data(batch_call(period)));
    content.setValue(data(to_word(U256(0))));
  });
}

}  // namespace horae
