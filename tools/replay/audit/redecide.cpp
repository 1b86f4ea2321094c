#include "tools/replay/audit/redecide.hpp"

#include "events/locking/pool.hpp"
#include "events/penalties/evidence.hpp"

namespace horae::replay {
namespace {

using Facts = std::span<const LoggedFact>;
using Redecided = std::optional<Decision>;

// Rounds are opened for the newest compositions.
constexpr std::size_t kept_compositions = 64;

template <class FactSchema>
typename FactSchema::Reader read(const LoggedFact& fact) {
  return Msg<FactSchema>::read(fact.payload.bytes());
}

Redecided of_node(const World& before, schema::NodeFact::Reader fact) {
  using schema::NodeFact;
  switch (fact.which()) {
    case NodeFact::NONE:
      return std::nullopt;
    case NodeFact::LOG_OPENED: {
      NodeState opened;
      apply(opened, fact);
      return open_log(before.local.node, opened.identity);
    }
    case NodeFact::NODE_STARTED:
      return start_node(before.local.node, fact.getNodeStarted().getVersion().cStr());
    case NodeFact::STATE_HASHED: {
      // Whether the hashes are right is StateHashWatch's to say.
      const auto hashed = fact.getStateHashed();
      return hash_state(before.local.node, hashed.getSeq(), fixed<Hash32>(hashed.getShared()),
                        fixed<Hash32>(hashed.getLocal()), digests_of(hashed));
    }
  }
  stop("a node fact written by a newer version");
}

Decision of_events(const Locking& before, Facts facts) {
  std::vector<schema::LockingFact::Reader> events;
  for (const auto& fact : facts) {
    if (fact.domain != Domain::LOCKING) continue;
    const auto each = read<schema::LockingFact>(fact);
    if (is_event(each)) events.push_back(each);
  }
  const auto position = position_of(events.front());
  const auto last = before.last_known();
  const auto parent = last && last->number + 1 == position.getBlock() ? last->hash : Hash32{};
  const auto command = Msg<schema::LockingCommand>::build([&](auto root) {
    auto observe = root.initObserve();
    observe.setTimestamp(position.getTimestamp());
    observe.initBlock().setNumber(position.getBlock());
    observe.getBlock().setHash(position.getBlockHash());
    observe.setParentHash(data(parent));
    auto list = observe.initEvents(static_cast<unsigned>(events.size()));
    for (unsigned i = 0; i < list.size(); ++i) list.setWithCaveats(i, events[i]);
  });
  return decide(before, command.read());
}

Redecided of_locking(const World& before, Facts facts) {
  const auto& locking = before.shared.locking;
  const auto fact = read<schema::LockingFact>(facts.front());
  const auto take = [&](auto fill) {
    return decide(locking, Msg<schema::LockingCommand>::build(fill).read());
  };
  if (is_event(fact)) return of_events(locking, facts);
  if (fact.isPoolOpened()) return take([&](auto root) { root.setOpen(fact.getPoolOpened()); });
  if (fact.isL1Advanced()) return take([&](auto root) { root.setAdvance(fact.getL1Advanced()); });
  if (fact.isL1Reverted()) return take([&](auto root) { root.setRevert(fact.getL1Reverted()); });
  return std::nullopt;
}

// The fact that the rule makes of a block. It holds the block as it was asked for, and the form of
// a message is canonical: so it is the logged one, unless that says more beside the block.
Message sealed(const Message& logged) {
  static const auto empty =
      Msg<schema::BlocksFact>::build([](auto root) { root.initBlockSealed(); });
  static constexpr std::size_t root = 16;  // the pointer and the tag; the block follows
  if (std::ranges::equal(logged.bytes().first(root), empty.bytes().first(root))) return logged;
  return Msg<schema::BlocksFact>::build([&](auto fact) {
    fact.setBlockSealed(Msg<schema::BlocksFact>::read(logged.bytes()).getBlockSealed());
  });
}

Decision of_block(const World& before, const LoggedFact& fact) {
  const auto block = read<schema::BlocksFact>(fact).getBlockSealed();
  const auto sequencer = fixed<Address>(block.getHeader().getSequencer());
  const auto held = standing(before.shared, sequencer);
  if (!fact.word) {
    const auto command = Msg<schema::BlocksCommand>::build([&](auto root) { root.setSeal(block); });
    return decide(before.shared.blocks, command.read(), held);
  }
  auto judged = judge(before.shared.blocks, block, held, *fact.word);
  if (judged.refused != Reason::NONE)
    return horae::refuse(judged.refused, std::move(judged.detail));
  Decision out;
  if (judged.known) return out;
  if (judged.epoch) out.facts.push_back(epoch_started(*judged.epoch));
  out.facts.push_back(
      {Domain::BLOCKS, schema::BlocksFact::BLOCK_SEALED, -1, sealed(fact.payload), Hash32{}});
  return out;
}

Redecided of_blocks(const World& before, Facts facts) {
  using schema::BlocksFact;
  const auto fact = read<BlocksFact>(facts.front());
  const auto take = [&](auto fill) {
    return decide(before.shared.blocks, Msg<schema::BlocksCommand>::build(fill).read(), {});
  };
  switch (fact.which()) {
    case BlocksFact::NONE:
      return std::nullopt;
    case BlocksFact::CHAIN_OPENED:
      return take([&](auto root) { root.setOpen(fact.getChainOpened()); });
    case BlocksFact::EPOCH_LENGTH_SET:
      return take([&](auto root) { root.setSetEpochLength(fact.getEpochLengthSet()); });
    case BlocksFact::L1_BOUND_SET:
      return take([&](auto root) { root.setSetL1Bound(fact.getL1BoundSet()); });
    case BlocksFact::SEAL_RULES_SET:
      return take([&](auto root) { root.setSetSealRules(fact.getSealRulesSet()); });
    case BlocksFact::ATTESTATION_SET:
      return take([&](auto root) { root.setSetAttestation(fact.getAttestationSet()); });
    case BlocksFact::BLOCKS_ATTESTED:
    case BlocksFact::BLOCKS_REVOKED:
      return std::nullopt;
    case BlocksFact::TURNS_SET:
      return take([&](auto root) { root.setSetTurns(fact.getTurnsSet()); });
    case BlocksFact::SEAL_REFUSED: {
      const auto refused = fact.getSealRefused();
      return refused_seal(before.shared, refused.getHeader(), view(refused.getSignature()));
    }
    case BlocksFact::BLOCK_SEALED:
      return of_block(before, facts.front());
    case BlocksFact::EPOCH_STARTED: {
      if (facts.size() < 2 || facts[1].domain != Domain::BLOCKS) return std::nullopt;
      const auto next = read<BlocksFact>(facts[1]);
      if (!next.isBlockSealed()) return std::nullopt;
      return of_block(before, facts[1]);
    }
  }
  stop("a blocks fact written by a newer version");
}

// A report says of itself what it was; whether more than one third lacked was not asked of it.
Redecided of_pool(const World& before, schema::PoolFact::Reader fact) {
  using schema::PoolFact;
  const auto take = [&](const InputSource& from, auto fill) {
    const auto command = Msg<schema::PoolCommand>::build(fill);
    return decide(before.shared.pool, command.read(),
                  asked_of(before.shared, command.read(), from));
  };
  switch (fact.which()) {
    case PoolFact::NONE:
    case PoolFact::L1_AGREED:
    case PoolFact::MEMBERS_CHANGED:
    case PoolFact::RULES_AGREED:
    case PoolFact::RULES_CHANGED:
    case PoolFact::RULES_REFUSED:
    case PoolFact::MEMBER_LOST:
    case PoolFact::LEADER_REPLACED:
      return std::nullopt;
    case PoolFact::POOL_FOUNDED:
      return take(Address{}, [&](auto root) { root.setFound(fact.getPoolFounded()); });
    case PoolFact::L1_REPORTED: {
      const auto reported = fact.getL1Reported();
      return take({fixed<Address>(reported.getMember()), reported.getNumber()},
                  [&](auto root) { root.setReport(reported.getReport()); });
    }
    case PoolFact::RULES_WANTED: {
      const auto wanted = fact.getRulesWanted();
      return take({fixed<Address>(wanted.getMember()), wanted.getNumber()},
                  [&](auto root) { root.setChangeRules(wanted.getChange()); });
    }
    case PoolFact::BLOCK_ATTESTED: {
      const auto attested = fact.getBlockAttested();
      return take({fixed<Address>(attested.getMember()), attested.getInput()}, [&](auto root) {
        auto said = root.initAttest();
        said.setNumber(attested.getNumber());
        said.setHash(attested.getHash());
      });
    }
    case PoolFact::BLOCK_DISPUTED: {
      const auto disputed = fact.getBlockDisputed();
      return take({fixed<Address>(disputed.getMember()), disputed.getNumber()}, [&](auto root) {
        const auto sealed =
            unattested_hash(before.shared.blocks, disputed.getBlock()).value_or(Hash32{});
        if (disputed.getHash().size() != 0) {
          root.initAttest().setNumber(disputed.getBlock());
          root.getAttest().setHash(disputed.getHash());
          root.getAttest().setSealed(data(sealed));
          return;
        }
        root.initRevoke().setNumber(disputed.getBlock());
        root.getRevoke().setHash(data(sealed));
      });
    }
    case PoolFact::STALL_REPORTED: {
      const auto reported = fact.getStallReported();
      return take({fixed<Address>(reported.getMember()), reported.getNumber()}, [&](auto root) {
        auto said = root.initReportStall();
        said.setEpoch(reported.getEpoch());
        said.setBlock(reported.getBlock());
      });
    }
    case PoolFact::TURN_YIELDED: {
      const auto yielded = fact.getTurnYielded();
      return take(fixed<Address>(yielded.getSigner()),
                  [&](auto root) { root.initYieldTurn().setEpoch(yielded.getEpoch()); });
    }
    case PoolFact::ABSENCE_TOLD: {
      const auto told = fact.getAbsenceTold();
      return take({fixed<Address>(told.getMember()), told.getNumber()},
                  [&](auto root) { root.initTellAbsent().setSigners(told.getSigners()); });
    }
    case PoolFact::MEMBER_READY: {
      const auto told = fact.getMemberReady();
      return take({fixed<Address>(told.getSigner()), told.getNumber()}, [&](auto root) {
        auto ready = root.initBeReady();
        ready.setPublicKey(told.getPublicKey());
        ready.setEndpoint(told.getEndpoint());
      });
    }
    case PoolFact::CONSENSUS_BLOCK_APPLIED: {
      const auto applied = fact.getConsensusBlockApplied();
      return block_applied(before.local.progress,
                           {applied.getHeight(), fixed<Hash32>(applied.getBlockHash()),
                            fixed<Hash32>(applied.getAppHash())});
    }
    case PoolFact::INPUT_PROPOSED:
      return input_proposed(before.local.progress, {fact.getInputProposed().getBlock(),
                                                    copy(fact.getInputProposed().getInput())});
    case PoolFact::INPUT_SETTLED:
      return input_settled(before.local.progress);
    case PoolFact::CONSENSUS_BLOCK_SIGNED:
      // Whether the signatures are right is QuorumAudit's to say.
      return block_signed(before.local.progress, fact.getConsensusBlockSigned().getHeight(),
                          view(fact.getConsensusBlockSigned().getCommit()));
  }
  stop("a fact of the pool written by a newer version");
}

Decision nothing_composed(const SlotName& slot) {
  return horae::refuse(Reason::WRONG_CONTENT, "this log composed nothing for " + to_text(slot));
}

Decision of_round(const World& before, schema::RoundOpened::Reader opened,
                  const Composed& composed) {
  const auto slot = to_slot(opened.getSlot());
  const auto content = composed.find(slot);
  if (!content) return nothing_composed(slot);
  const auto command = Msg<schema::RoundsCommand>::build([&](auto root) {
    auto open = root.initOpen();
    open.setSlot(opened.getSlot());
    open.setContent(content->read());
    open.setAttempt(opened.getAttempt());
    open.setDeadlineMs(opened.getDeadlineMs());
  });
  return decide(before.local.rounds, command.read(), before.shared.mpc, content);
}

Redecided of_mpc(const World& before, schema::MpcFact::Reader fact, const Composed& composed) {
  using schema::MpcFact;
  const auto share = [&](const std::optional<Msg<schema::Content>>& expected, auto fill) {
    return decide(before.shared.mpc, Msg<schema::MpcCommand>::build(fill).read(), expected,
                  before.shared.locking.current.mpc);
  };
  const auto take = [&](auto fill) {
    return decide(before.local.rounds, Msg<schema::RoundsCommand>::build(fill).read(),
                  before.shared.mpc, std::nullopt);
  };
  switch (fact.which()) {
    case MpcFact::NONE:
      return std::nullopt;
    case MpcFact::KEY_CREATED:
      return share(std::nullopt, [&](auto root) { root.setCreateKey(fact.getKeyCreated()); });
    case MpcFact::KEY_SUCCEEDED:
      return share(std::nullopt, [&](auto root) { root.setSucceedKey(fact.getKeySucceeded()); });
    case MpcFact::SLOT_SIGNED:
      return share(content_of(before.shared, to_slot(fact.getSlotSigned().getSlot())),
                   [&](auto root) { root.setSign(fact.getSlotSigned()); });
    case MpcFact::ROUND_OPENED:
      return of_round(before, fact.getRoundOpened(), composed);
    case MpcFact::ROUND_FINISHED:
      return take([&](auto root) { root.setFinish(fact.getRoundFinished()); });
    case MpcFact::ROUND_TIMED_OUT:
      return take([&](auto root) { root.setTimeOut(fact.getRoundTimedOut()); });
  }
  stop("an MPC fact written by a newer version");
}

Redecided of_rewards(const World& before, schema::RewardsFact::Reader fact) {
  using schema::RewardsFact;
  const auto take = [&](auto fill) {
    return decide(before.shared.rewards, Msg<schema::RewardsCommand>::build(fill).read(),
                  pool_standing(before.shared.locking));
  };
  switch (fact.which()) {
    case RewardsFact::REWARDS_OPENED:
      return take([&](auto root) { root.setOpen(fact.getRewardsOpened()); });
    case RewardsFact::PERIOD_CLOSED: {
      const auto closed = fact.getPeriodClosed();
      return take([&](auto root) {
        auto close = root.initClose();
        close.setTimestamp(closed.getClosedAt());
        close.setL1Block(closed.getL1Block());
      });
    }
    case RewardsFact::PERIOD_REOPENED:
      return take([&](auto root) { root.setReopen(fact.getPeriodReopened()); });
    case RewardsFact::NONE:
    case RewardsFact::BLOCK_CREDITED:
    case RewardsFact::BATCH_PAID:
    case RewardsFact::BATCH_UNPAID:
      return std::nullopt;
  }
  stop("a rewards fact written by a newer version");
}

Decision of_accusation(const World& before, schema::Evidence::Reader evidence) {
  const auto shown = check(evidence);
  const auto command =
      Msg<schema::PenaltiesCommand>::build([&](auto root) { root.setAccuse(evidence); });
  auto by = shown ? accused(before.shared, *shown) : Accused{};
  by.excused = why_excused(before.shared, evidence);
  return decide(before.shared.faults, command.read(), by);
}

Decision of_fault(const World& before, schema::FaultProven::Reader fault) {
  if (fault.getKind() == schema::FaultKind::DUPLICATE_VOTE) {
    return duplicate_vote(before.shared, fixed<Address>(fault.getSigner()), fault.getBlock());
  }
  return of_accusation(before, fault.getEvidence());
}

Redecided of_penalties(const World& before, schema::PenaltiesFact::Reader fact) {
  using schema::PenaltiesFact;
  const auto observe = [&](auto fill) {
    return decide(before.local.observations, Msg<schema::ObservationsCommand>::build(fill).read());
  };
  switch (fact.which()) {
    case PenaltiesFact::FAULT_PARAMETERS_SET: {
      const auto command = Msg<schema::PenaltiesCommand>::build(
          [&](auto root) { root.setSetParameters(fact.getFaultParametersSet()); });
      return decide(before.shared.faults, command.read(), {});
    }
    case PenaltiesFact::FAULT_PROVEN:
      return of_fault(before, fact.getFaultProven());
    case PenaltiesFact::OBSERVATION_PARAMETERS_SET:
      return observe([&](auto root) { root.setSetParameters(fact.getObservationParametersSet()); });
    case PenaltiesFact::OBSERVED:
      return observe([&](auto root) { root.setObserve(fact.getObserved()); });
    case PenaltiesFact::NONE:
    case PenaltiesFact::CONSEQUENCE_DRAWN:
      return std::nullopt;
  }
  stop("a penalties fact written by a newer version");
}

// The reward accountant plans what this log composed, with the key that this log has for it.
Decision of_plan(const World& before, schema::SubmissionPlanned::Reader planned,
                 const Composed& composed) {
  const auto slot = to_slot(planned.getSlot());
  if (key_of(before.shared.mpc, slot) == nullptr) {
    return horae::refuse(Reason::WRONG_KEY, to_text(slot) + ": another key");
  }
  const auto content = composed.find(slot);
  if (!content) return nothing_composed(slot);
  const auto command = Msg<schema::SubmissionsCommand>::build([&](auto root) {
    root.initPlan().setSlot(planned.getSlot());
    root.getPlan().setContent(content->read());
  });
  return decide(before.local.submissions, command.read());
}

// A plan stands behind what it makes pointless; without one, somebody gave it up.
Decision of_end(const World& before, Facts facts, const Composed& composed) {
  const auto& last = facts.back();
  if (last.domain == Domain::SUBMISSIONS) {
    const auto fact = read<schema::SubmissionsFact>(last);
    if (fact.isPlanned()) return of_plan(before, fact.getPlanned(), composed);
  }
  const auto command = Msg<schema::SubmissionsCommand>::build([&](auto root) {
    root.setGiveUp(read<schema::SubmissionsFact>(facts.front()).getGivenUp());
  });
  return decide(before.local.submissions, command.read());
}

Redecided of_submissions(const World& before, Facts facts, const Composed& composed) {
  using schema::SubmissionsFact;
  const auto fact = read<SubmissionsFact>(facts.front());
  const auto take = [&](auto fill) {
    return decide(before.local.submissions, Msg<schema::SubmissionsCommand>::build(fill).read());
  };
  switch (fact.which()) {
    case SubmissionsFact::NONE:
      return std::nullopt;
    case SubmissionsFact::PARAMETERS_SET:
      return take([&](auto root) { root.setSetParameters(fact.getParametersSet()); });
    case SubmissionsFact::PLANNED:
      return of_plan(before, fact.getPlanned(), composed);
    case SubmissionsFact::GIVEN_UP:
      return of_end(before, facts, composed);
    case SubmissionsFact::SIGNED:
      return take([&](auto root) { root.setSign(fact.getSigned()); });
    case SubmissionsFact::REPLACED:
      return take([&](auto root) { root.setSign(fact.getReplaced()); });
    case SubmissionsFact::SENT:
      return take([&](auto root) { root.setSend(fact.getSent()); });
    case SubmissionsFact::STALLED:
      return take([&](auto root) { root.setStall(fact.getStalled()); });
    case SubmissionsFact::NONCE_TAKEN:
      return take([&](auto root) { root.setLoseNonce(fact.getNonceTaken()); });
    case SubmissionsFact::FORGOTTEN:
      return take([&](auto root) { root.setForget(fact.getForgotten()); });
    case SubmissionsFact::MINED:
      return take([&](auto root) { root.setMine(fact.getMined()); });
    case SubmissionsFact::REVERTED:
      return take([&](auto root) { root.setMine(fact.getReverted()); });
    case SubmissionsFact::ORPHANED:
      return take([&](auto root) { root.setOrphan(fact.getOrphaned()); });
    case SubmissionsFact::SETTLED:
      return take([&](auto root) { root.setSettle(fact.getSettled()); });
  }
  stop("a submissions fact written by a newer version");
}

// What a decision is made again from.
struct Case {
  const World& before;
  Facts facts;
  const Composed& composed;
};

// One for each domain whose decisions are made again. The mempool has none: its decisions rest on
// accounts that the log does not have.
Redecided again(NodeDomain, const Case& made) {
  return of_node(made.before, read<schema::NodeFact>(made.facts.front()));
}
Redecided again(LockingDomain, const Case& made) { return of_locking(made.before, made.facts); }
Redecided again(BlocksDomain, const Case& made) { return of_blocks(made.before, made.facts); }
Redecided again(MpcDomain, const Case& made) {
  return of_mpc(made.before, read<schema::MpcFact>(made.facts.front()), made.composed);
}
Redecided again(SubmissionsDomain, const Case& made) {
  return of_submissions(made.before, made.facts, made.composed);
}
Redecided again(RewardsDomain, const Case& made) {
  return of_rewards(made.before, read<schema::RewardsFact>(made.facts.front()));
}
Redecided again(PenaltiesDomain, const Case& made) {
  return of_penalties(made.before, read<schema::PenaltiesFact>(made.facts.front()));
}
Redecided again(PoolDomain, const Case& made) {
  return of_pool(made.before, read<schema::PoolFact>(made.facts.front()));
}

}  // namespace

void Composed::remember(const World& after) {
  if (!after.shared.rewards.closed) return;
  const auto closed = after.shared.rewards.closed->read();
  const SlotName slot{
      MpcPurpose::REWARD_SUBMIT, {}, read_u256(closed.getBatchId()), closed.getComposition()};
  if (auto content = content_of(after.shared, slot)) {
    contents_[{slot.batch_id, slot.composition}] = std::move(*content);
  }
  while (contents_.size() > kept_compositions) contents_.erase(contents_.begin());
}

std::optional<Msg<schema::Content>> Composed::find(const SlotName& slot) const {
  if (slot.purpose != MpcPurpose::REWARD_SUBMIT) return std::nullopt;
  const auto found = contents_.find({slot.batch_id, slot.composition});
  if (found == contents_.end()) return std::nullopt;
  return found->second;
}

std::optional<Decision> redecide(const World& before, Facts facts, const Composed& composed) {
  const Case made{before, facts, composed};
  return for_domain(
      facts.front().domain,
      [&](auto row) -> Redecided {
        if constexpr (requires { again(row, made); }) {
          return again(row, made);
        } else {
          return std::nullopt;
        }
      },
      []() -> Redecided { return std::nullopt; });
}

}  // namespace horae::replay
