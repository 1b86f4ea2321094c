#include <algorithm>

#include "events/pool/absences.hpp"
#include "events/pool/attestations.hpp"
#include "events/pool/disputes.hpp"
#include "events/pool/members.hpp"
#include "events/pool/rule_changes.hpp"
#include "events/pool/stalls.hpp"

namespace horae {
namespace {

using schema::LockingCommand;
using schema::PoolFact;

constexpr std::uint64_t most_metis = 100'000;  // LockingPool's maxLock at its initialiser
constexpr std::size_t most_endpoint = 256;     // characters
// How often a member may change its mind of one place without further reason: L1 goes to and fro
// much less often before a block of it is confirmed.
constexpr std::uint32_t most_changes = 32;

Decision decide_found(const PoolAgreement& state, schema::PoolGenesis::Reader genesis) {
  if (auto why = why_no_genesis(genesis); !why.empty()) return refuse(Reason::WRONG_CONTENT, why);
  auto wanted = Msg<schema::PoolGenesis>::copy_of(genesis);
  if (state.has_genesis()) {
    if (std::ranges::equal(wanted.bytes(), state.genesis.bytes())) return {};
    return refuse(Reason::FORK, "the log begins with another genesis");
  }
  return decided(make_fact<PoolFact>([&](auto fact) { fact.setPoolFounded(wanted.read()); }));
}

// Whether more power stands behind this than behind what the sender stands by, itself left out. So
// it can be taken however often somebody changes its mind: with each time more stand together.
bool brings_together(const PoolAgreement& state, const Hash32& digest, const Address& sender) {
  std::uint64_t here = 0, there = 0;
  const auto& mine = state.reports.at(sender).digest;
  for (const auto& [signer, report] : state.reports) {
    const auto member = state.members.find(signer);
    if (signer == sender || member == state.members.end()) continue;
    if (report.digest == digest) there += member->second.power;
    if (report.digest == mine) here += member->second.power;
  }
  return there > here;
}

// The power of those who hold a block of this number to be final, among those who reported this.
std::uint64_t power_behind(const PoolAgreement& state, const Hash32& digest,
                           std::uint64_t finalized) {
  std::uint64_t out = 0;
  for (const auto& [signer, report] : state.reports) {
    if (report.digest != digest || report.finalized < finalized) continue;
    if (const auto member = state.members.find(signer); member != state.members.end()) {
      out += member->second.power;
    }
  }
  return out;
}

// state: with the report that is taken. The newest agreed head that enough hold to be final.
L1Point final_head(const PoolAgreement& state, const Hash32& digest,
                   LockingCommand::Reader command) {
  L1Point out;
  if (!command.isAdvance()) return out;
  const auto total = total_power(state.members);
  auto heads = state.heads;
  heads.push_back(to_point(command.getAdvance().getConfirmed()));
  for (const auto& head : heads) {
    if (is_quorum(power_behind(state, digest, head.number), total)) out = head;
  }
  return out;
}

Decision decide_report(const PoolAgreement& state, schema::L1Report::Reader report,
                       const PoolAsked& asked) {
  if (!state.members.contains(asked.sender)) return no_voice(asked.sender);
  const auto digest = fixed<Hash32>(report.getDigest());
  const auto place = report.getPlace();
  const bool late = place + 1 == state.place;
  if (place != state.place && !late) {
    return refuse(Reason::NOT_AGREED, "a report for place " + std::to_string(place) + ", " +
                                          std::to_string(state.place) + " is next");
  }
  if (late) {
    // What differs from what was agreed on is remembered; what is the same says nothing new.
    if (digest == state.last_digest || report.getBlock() != state.last_block) return {};
    if (const auto told = state.differing.find(asked.sender);
        told != state.differing.end() && told->second.last == place) {
      return {};
    }
    return decided(make_fact<PoolFact>([&](auto fact) {
      auto reported = fact.initL1Reported();
      reported.setMember(data(asked.sender));
      reported.setNumber(asked.number);
      reported.getReport().setPlace(place);
      reported.getReport().setDigest(data(digest));
      reported.getReport().setBlock(report.getBlock());
    }));
  }
  const auto offered = state.offered.find(digest);
  const bool known = offered != state.offered.end();
  if (!known && !report.hasCommand()) {
    return refuse(Reason::WRONG_CONTENT, "a report without its command, which the pool lacks");
  }
  const auto command = known ? offered->second.read() : report.getCommand();
  if (!known) {
    if (l1_digest(command) != digest) {
      return refuse(Reason::WRONG_CONTENT, "a report whose digest is not its command's");
    }
    if (lacks_something(command)) {
      return refuse(Reason::WRONG_CONTENT, "a report of which a part is not known");
    }
    // The locking domain changes by agreement alone: what it takes now it takes then.
    if (!asked.locking.ok()) return asked.locking;
    if (asked.locking.facts.empty()) return {};
  }
  const auto before = state.reports.find(asked.sender);
  const bool again = before != state.reports.end();
  if (again && asked.number != 0 && asked.number <= before->second.number) {
    return older_word(asked.sender);
  }
  // Which block it holds to be final counts with what it says of the next place.
  if (again && before->second.digest == digest) return {};
  const StandingReport mine{digest, report.getFinalized(), block_of(command),
                            again ? before->second.changes + 1 : 0, asked.number};
  if (mine.changes > most_changes && !brings_together(state, digest, asked.sender)) {
    return refuse(Reason::NOT_AGREED,
                  "a member that has changed its mind " + std::to_string(most_changes) +
                      " times of place " + std::to_string(place) +
                      ": it is heard again where it joins others with more power");
  }

  Decision out;
  out.facts.push_back(make_fact<PoolFact>([&](auto fact) {
    auto reported = fact.initL1Reported();
    reported.setMember(data(asked.sender));
    reported.setNumber(asked.number);
    auto told = reported.initReport();
    told.setPlace(place);
    told.setFinalized(mine.finalized);
    told.setBlock(mine.block);
    told.setDigest(data(digest));
    if (!known) told.setCommand(report.getCommand());
  }));
  auto after = state;
  after.reports[asked.sender] = mine;
  if (!is_quorum(power_behind(after, digest, 0), total_power(state.members))) return out;
  const auto finalized = final_head(after, digest, command);
  out.facts.push_back(make_fact<PoolFact>(
      [&](auto fact) {
        auto agreed = fact.initL1Agreed();
        agreed.setPlace(place);
        agreed.setDigest(data(digest));
        agreed.getFinalized().setNumber(finalized.number);
        agreed.getFinalized().setHash(data(finalized.hash));
        std::vector<Address> who;
        for (const auto& [signer, each] : after.reports) {
          if (each.digest == digest && state.members.contains(signer)) who.push_back(signer);
        }
        auto list = agreed.initMembers(static_cast<unsigned>(who.size()));
        for (unsigned i = 0; i < list.size(); ++i) list.set(i, data(who[i]));
      },
      0));
  return out;
}

Decision decide_ready(const PoolAgreement& state, schema::MemberReady::Reader ready,
                      const PoolAsked& asked) {
  const auto key = fixed<PublicKey>(ready.getPublicKey());
  const std::string endpoint = ready.getEndpoint().cStr();
  if (auto refused = heed_newest(state, asked); !refused.ok()) return refused;
  if (!is_key_of(key, asked.sender)) {
    return refuse(Reason::WRONG_CONTENT, "a public key that is not the sender's");
  }
  if (endpoint.size() > most_endpoint) {
    return refuse(Reason::TOO_LARGE,
                  "an endpoint of more than " + std::to_string(most_endpoint) + " characters");
  }
  const auto same = [&](const Members& list) {
    const auto found = list.find(asked.sender);
    return found != list.end() && found->second.endpoint == endpoint;
  };
  const bool lost = state.lost.contains(asked.sender);
  if (!lost && (same(state.members) || same(state.ready))) return {};
  if (!asked.active && !lost && !state.members.contains(asked.sender)) {
    return refuse(Reason::NOT_ACTIVE, to_hex(asked.sender) + " is not Active in the locking pool");
  }
  return decided(make_fact<PoolFact>([&](auto fact) {
    auto told = fact.initMemberReady();
    told.setSigner(data(asked.sender));
    told.setPublicKey(data(key));
    told.setEndpoint(endpoint.c_str());
    told.setNumber(asked.number);
  }));
}

bool knows_source(schema::LockingFact::Reader event) {
  if (event.isRelocked()) return event.getRelocked().getSource() != schema::SplitSource::UNKNOWN;
  if (event.isRewardDistributed()) {
    return event.getRewardDistributed().getSource() != schema::SplitSource::UNKNOWN;
  }
  return true;
}

}  // namespace

Hash32 l1_digest(LockingCommand::Reader command) {
  capnp::MallocMessageBuilder copy;
  copy.setRoot(command);
  auto root = copy.getRoot<LockingCommand>();
  if (root.isOpen()) root.getOpen().setAssumed(false);
  if (root.isAdvance()) root.getAdvance().disownFinalized();
  if (root.isObserve()) {
    for (auto event : root.getObserve().getEvents()) {
      if (event.isRelocked()) event.getRelocked().setSource(schema::SplitSource::UNKNOWN);
      if (event.isRewardDistributed()) {
        event.getRewardDistributed().setSource(schema::SplitSource::UNKNOWN);
      }
    }
  }
  const auto words = capnp::canonicalize(root.asReader());
  const auto bytes = words.asBytes();
  return sha256(BytesView(bytes.begin(), bytes.size()));
}

std::uint64_t block_of(LockingCommand::Reader command) {
  switch (command.which()) {
    case LockingCommand::NONE:
      return 0;
    case LockingCommand::OPEN:
      return command.getOpen().getBlock();
    case LockingCommand::OBSERVE:
      return command.getObserve().getBlock().getNumber();
    case LockingCommand::ADVANCE:
      return command.getAdvance().getConfirmed().getNumber();
    case LockingCommand::REVERT:
      return command.getRevert().getTo().getNumber();
  }
  stop("a command of the locking domain written by a newer version");
}

Msg<LockingCommand> with_finalized(LockingCommand::Reader command,
                                   const std::optional<L1Point>& known, const L1Point& agreed) {
  if (!command.isAdvance()) return Msg<LockingCommand>::copy_of(command);
  auto finalized = known.value_or(L1Point{});
  if (agreed.number > finalized.number) finalized = agreed;
  return Msg<LockingCommand>::build([&](auto root) {
    auto advance = root.initAdvance();
    advance.setConfirmed(command.getAdvance().getConfirmed());
    advance.setTimestamp(command.getAdvance().getTimestamp());
    advance.getFinalized().setNumber(finalized.number);
    advance.getFinalized().setHash(data(finalized.hash));
  });
}

bool lacks_something(LockingCommand::Reader command) {
  if (command.isOpen()) return command.getOpen().getTimestamp() == 0;
  if (command.isAdvance()) return command.getAdvance().getTimestamp() == 0;
  if (command.isRevert()) return command.getRevert().getTimestamp() == 0;
  if (!command.isObserve()) return false;
  for (const auto event : command.getObserve().getEvents()) {
    if (!knows_source(event)) return true;
  }
  return false;
}

Decision decide(const PoolAgreement& state, schema::PoolCommand::Reader command,
                const PoolAsked& asked) {
  using schema::PoolCommand;
  if (!command.isFound() && !command.isChangeRules() && !state.is_founded()) {
    return refuse(Reason::NOT_OPEN, "no pool was founded here");
  }
  switch (command.which()) {
    case PoolCommand::NONE:
      return refuse(Reason::MALFORMED, "a command of the pool without a content");
    case PoolCommand::FOUND:
      return decide_found(state, command.getFound());
    case PoolCommand::REPORT:
      return decide_report(state, command.getReport(), asked);
    case PoolCommand::BE_READY:
      return decide_ready(state, command.getBeReady(), asked);
    case PoolCommand::CHANGE_RULES:
      return decide_rules(state, command.getChangeRules(), asked);
    case PoolCommand::TELL_ABSENT:
      return decide_absence(state, command.getTellAbsent(), asked);
    case PoolCommand::ATTEST:
      return decide_attest(state, command.getAttest(), asked);
    case PoolCommand::REPORT_STALL:
      return decide_stall(state, command.getReportStall(), asked);
    case PoolCommand::YIELD_TURN:
      return decide_yield(state, command.getYieldTurn(), asked);
    case PoolCommand::REVOKE:
      return decide_revocation(state, command.getRevoke(), asked);
  }
  stop("a command of the pool written by a newer version");
}

Decision follow_members(const PoolAgreement& state, const Locking& locking, std::int32_t after) {
  if (!state.is_founded() || !locking.is_open()) return {};
  const auto founders = to_members(state.genesis.read().getMembers());
  Members wanted;
  const auto consider = [&](const Address& signer, Member member) {
    if (state.lost.contains(signer)) return;
    // The genesis' word holds while L1's is not known: again, where L1 took it back.
    const auto founder = founders.find(signer);
    member.power = founder == founders.end() ? 0 : founder->second.power;
    if (locking.current.signers.contains(signer)) {
      const auto* view = by_signer(locking, signer);
      const bool active = view != nullptr && view->status == SequencerStatus::active;
      const auto metis = active ? view->amount / U256("1000000000000000000") : U256(0);
      member.power = metis > most_metis ? most_metis : static_cast<std::uint64_t>(metis);
    }
    if (member.power > 0 && wanted.size() < PoolAgreement::most_members) {
      wanted.emplace(signer, std::move(member));
    }
  };
  for (const auto& [signer, member] : state.members) consider(signer, member);
  for (const auto& [signer, member] : state.ready) consider(signer, member);
  if (wanted.empty() || wanted == state.members) return {};
  return decided(make_fact<PoolFact>(
      [&](auto fact) {
        auto list = fact.initMembersChanged().initMembers(static_cast<unsigned>(wanted.size()));
        unsigned next = 0;
        for (const auto& [signer, member] : wanted) write(list[next++], signer, member);
      },
      after));
}

Decision input_proposed(const PoolProgress& state, const ProposedInput& wanted) {
  if (state.proposed) {
    return refuse(Reason::NOT_NEXT, "block " + std::to_string(state.proposed->block) +
                                        " was proposed, and consensus has not ordered it yet");
  }
  return decided(make_fact<PoolFact>([&](auto fact) {
    auto proposed = fact.initInputProposed();
    proposed.setBlock(wanted.block);
    proposed.setInput(data(wanted.input));
  }));
}

Decision input_settled(const PoolProgress& state) {
  if (!state.proposed) return refuse(Reason::NOT_NEXT, "no input waits to be settled");
  return decided(make_fact<PoolFact>([&](auto fact) {
    auto settled = fact.initInputSettled();
    settled.setBlock(state.proposed->block);
    settled.setKey(data(sha256(state.proposed->input)));
  }));
}

Decision block_applied(const PoolProgress& state, const AppliedHeight& next) {
  if (next.height <= state.applied.height) {
    return refuse(Reason::NOT_NEXT, "height " + std::to_string(next.height) + " after " +
                                        std::to_string(state.applied.height));
  }
  return decided(make_fact<PoolFact>([&](auto fact) {
    auto applied = fact.initConsensusBlockApplied();
    applied.setHeight(next.height);
    applied.setBlockHash(data(next.block_hash));
    applied.setAppHash(data(next.app_hash));
  }));
}

Decision block_signed(const PoolProgress& state, std::uint64_t height, BytesView signed_header) {
  if (height > state.applied.height) {
    return refuse(Reason::NOT_NEXT, "a header of height " + std::to_string(height) + ", and " +
                                        std::to_string(state.applied.height) + " is applied");
  }
  if (std::ranges::find(state.wanted, height, &WantedHeader::height) == state.wanted.end()) {
    return refuse(Reason::NOT_NEXT, "the header of height " + std::to_string(height) +
                                        " is not wanted, or not any more");
  }
  return decided(make_fact<PoolFact>([&](auto fact) {
    auto kept = fact.initConsensusBlockSigned();
    kept.setHeight(height);
    kept.setCommit(data(signed_header));
  }));
}

}  // namespace horae
