#include "events/pool/members.hpp"
#include "events/pool/rule_changes.hpp"
#include "events/snapshot.hpp"

namespace horae {
namespace {

void write_members(capnp::List<schema::PoolMember>::Builder out, const Members& members) {
  unsigned next = 0;
  for (const auto& [signer, member] : members) write(out[next++], signer, member);
}

// A list that nobody has anything for is not there: so are logs of schema 7, which had none of
// them.
template <class Map, class Make, class Write>
void write_some(const Map& entries, Make make, Write write_one) {
  if (entries.empty()) return;
  auto list = make(static_cast<unsigned>(entries.size()));
  unsigned next = 0;
  for (const auto& [key, value] : entries) write_one(list[next++], key, value);
}

// What members said besides of the rules to come and of one another.
void write_words(schema::PoolAgreement::Builder out, const PoolAgreement& state) {
  out.setRulesVersion(state.rules_version);
  write_some(
      state.heard, [&](unsigned count) { return out.initHeard(count); },
      [](schema::HeardSender::Builder one, const Address& sender, std::uint64_t number) {
        one.setSender(data(sender));
        one.setNumber(number);
      });
  write_some(
      state.wished, [&](unsigned count) { return out.initWished(count); },
      [](schema::StandingWish::Builder one, const Address& member,
         const Msg<schema::RuleChange>& change) {
        one.setMember(data(member));
        one.setChange(change.read());
      });
  write_some(
      state.absences, [&](unsigned count) { return out.initAbsences(count); },
      [](schema::StandingAbsence::Builder one, const Address& member,
         const std::set<Address>& signers) {
        one.setMember(data(member));
        write_all(one.initSigners(static_cast<unsigned>(signers.size())), signers);
      });
  if (!state.coming.empty()) {
    auto coming = out.initComing(static_cast<unsigned>(state.coming.size()));
    unsigned next = 0;
    for (const auto& [at, change] : state.coming) coming.setWithCaveats(next++, change.read());
  }
  write_some(
      state.attested, [&](unsigned count) { return out.initAttested(count); },
      [](schema::StandingAttestation::Builder one, const Address& member, std::uint64_t number) {
        one.setNumber(number);
        one.setMember(data(member));
      });
  write_some(
      state.stalls, [&](unsigned count) { return out.initStalls(count); },
      [](schema::StandingStall::Builder one, const Address& member, const Stall& stall) {
        one.setEpoch(stall.epoch);
        one.setBlock(stall.block);
        one.setMember(data(member));
      });
  write_some(
      state.disputes, [&](unsigned count) { return out.initDisputes(count); },
      [](schema::StandingDispute::Builder one, const Address& member, const Dispute& dispute) {
        one.setBlock(dispute.block);
        one.setMember(data(member));
        if (dispute.hash) one.setHash(data(*dispute.hash));
      });
  write_some(
      state.contradictions, [&](unsigned count) { return out.initContradictions(count); },
      [](schema::Contradiction::Builder one, const Address& member, const Contradiction& said) {
        one.setBlock(said.block);
        one.setTimes(said.times);
        one.setMember(data(member));
      });
  write_some(
      state.skipped, [&](unsigned count) { return out.initSkipped(count); },
      [](schema::SkippedTurn::Builder one, const U256& id, std::uint64_t until_epoch) {
        one.setUntilEpoch(until_epoch);
        one.setSequencerId(data(to_word(id)));
      });
  out.setReplacedEpoch(state.replaced_epoch);
  out.setYieldedEpoch(state.yielded_epoch);
  if (!state.lost.empty()) {
    write_all(out.initLost(static_cast<unsigned>(state.lost.size())), state.lost);
  }
}

void restore_words(PoolAgreement& out, schema::PoolAgreement::Reader state) {
  out.rules_version = state.getRulesVersion();
  for (const auto each : state.getHeard()) {
    put_once(out.heard, fixed<Address>(each.getSender()), each.getNumber());
  }
  for (const auto each : state.getWished()) {
    put_once(out.wished, fixed<Address>(each.getMember()),
             Msg<schema::RuleChange>::copy_of(each.getChange()));
  }
  for (const auto change : state.getComing()) {
    put_once(out.coming, std::pair{change.getFromBlock(), change_digest(change)},
             Msg<schema::RuleChange>::copy_of(change));
  }
  for (const auto each : state.getAbsences()) {
    std::set<Address> signers;
    for (const auto signer : each.getSigners()) signers.insert(fixed<Address>(signer));
    put_once(out.absences, fixed<Address>(each.getMember()), std::move(signers));
  }
  for (const auto each : state.getAttested()) {
    put_once(out.attested, fixed<Address>(each.getMember()), each.getNumber());
  }
  for (const auto each : state.getStalls()) {
    put_once(out.stalls, fixed<Address>(each.getMember()), Stall{each.getEpoch(), each.getBlock()});
  }
  for (const auto each : state.getDisputes()) {
    put_once(out.disputes, fixed<Address>(each.getMember()),
             Dispute{each.getBlock(), each.getHash().size() == 0
                                          ? std::nullopt
                                          : std::optional(fixed<Hash32>(each.getHash()))});
  }
  for (const auto each : state.getContradictions()) {
    put_once(out.contradictions, fixed<Address>(each.getMember()),
             Contradiction{each.getBlock(), each.getTimes()});
  }
  for (const auto each : state.getSkipped()) {
    put_once(out.skipped, read_u256(each.getSequencerId()), each.getUntilEpoch());
  }
  out.replaced_epoch = state.getReplacedEpoch();
  out.yielded_epoch = state.getYieldedEpoch();
  for (const auto signer : state.getLost()) out.lost.insert(fixed<Address>(signer));
}

}  // namespace

Message state_message(const PoolAgreement& state) {
  return Msg<schema::PoolAgreement>::build([&](auto out) {
    out.setPlace(state.place);
    if (state.has_genesis()) out.setGenesis(state.genesis.read());
    write_members(out.initMembers(static_cast<unsigned>(state.members.size())), state.members);
    unsigned next = 0;
    auto ready = out.initReady(static_cast<unsigned>(state.ready.size()));
    for (const auto& [signer, member] : state.ready) {
      ready[next].setSigner(data(signer));
      ready[next].setPublicKey(data(member.key));
      ready[next++].setEndpoint(member.endpoint.c_str());
    }
    auto reports = out.initReports(static_cast<unsigned>(state.reports.size()));
    next = 0;
    for (const auto& [signer, report] : state.reports) {
      reports[next].setFinalized(report.finalized);
      reports[next].setMember(data(signer));
      reports[next].setBlock(report.block);
      reports[next].setChanges(report.changes);
      reports[next].setNumber(report.number);
      reports[next++].setDigest(data(report.digest));
    }
    auto offered = out.initOffered(static_cast<unsigned>(state.offered.size()));
    next = 0;
    for (const auto& [digest, command] : state.offered) {
      offered[next].setDigest(data(digest));
      offered[next++].setCommand(command.read());
    }
    auto heads = out.initHeads(static_cast<unsigned>(state.heads.size()));
    for (unsigned i = 0; i < heads.size(); ++i) {
      heads[i].setNumber(state.heads[i].number);
      heads[i].setHash(data(state.heads[i].hash));
    }
    auto differing = out.initDiffering(static_cast<unsigned>(state.differing.size()));
    next = 0;
    for (const auto& [signer, each] : state.differing) {
      differing[next].setPlaces(each.places);
      differing[next].setSince(each.since);
      differing[next].setLast(each.last);
      differing[next++].setSigner(data(signer));
    }
    out.setLastDigest(data(state.last_digest));
    out.setLastBlock(state.last_block);
    write_words(out, state);
  });
}

Message state_message(const PoolProgress& state) {
  return Msg<schema::PoolProgress>::build([&](auto out) {
    out.setHeight(state.applied.height);
    out.setBlockHash(data(state.applied.block_hash));
    out.setAppHash(data(state.applied.app_hash));
    auto wanted = out.initWanted(static_cast<unsigned>(state.wanted.size()));
    for (unsigned i = 0; i < wanted.size(); ++i) {
      wanted[i].setHeight(state.wanted[i].height);
      wanted[i].setAppHash(data(state.wanted[i].app_hash));
    }
    if (!state.proposed) return;
    auto proposed = out.initProposed();
    proposed.setBlock(state.proposed->block);
    proposed.setInput(data(state.proposed->input));
  });
}

PoolAgreement restore(schema::PoolAgreement::Reader state) {
  PoolAgreement out;
  out.place = state.getPlace();
  if (state.hasGenesis()) out.genesis = Msg<schema::PoolGenesis>::copy_of(state.getGenesis());
  out.members = to_members(state.getMembers());
  for (const auto ready : state.getReady()) {
    put_once(out.ready, fixed<Address>(ready.getSigner()),
             Member{fixed<PublicKey>(ready.getPublicKey()), 0, ready.getEndpoint().cStr()});
  }
  for (const auto report : state.getReports()) {
    put_once(out.reports, fixed<Address>(report.getMember()),
             StandingReport{fixed<Hash32>(report.getDigest()), report.getFinalized(),
                            report.getBlock(), report.getChanges(), report.getNumber()});
  }
  for (const auto offered : state.getOffered()) {
    put_once(out.offered, fixed<Hash32>(offered.getDigest()),
             Msg<schema::LockingCommand>::copy_of(offered.getCommand()));
  }
  for (const auto head : state.getHeads()) out.heads.push_back(to_point(head));
  for (const auto each : state.getDiffering()) {
    put_once(out.differing, fixed<Address>(each.getSigner()),
             DifferingMember{each.getPlaces(), each.getSince(), each.getLast()});
  }
  out.last_digest = fixed<Hash32>(state.getLastDigest());
  out.last_block = state.getLastBlock();
  restore_words(out, state);
  return out;
}

PoolProgress restore(schema::PoolProgress::Reader state) {
  PoolProgress out;
  out.applied = {state.getHeight(), fixed<Hash32>(state.getBlockHash()),
                 fixed<Hash32>(state.getAppHash())};
  for (const auto header : state.getWanted()) {
    out.wanted.push_back({header.getHeight(), fixed<Hash32>(header.getAppHash())});
  }
  if (state.hasProposed()) {
    out.proposed =
        ProposedInput{state.getProposed().getBlock(), copy(state.getProposed().getInput())};
  }
  return out;
}

}  // namespace horae
