#include "node/pool/make_genesis.hpp"

#include "events/pool/members.hpp"
#include "events/shared.hpp"
#include "node/start/rules.hpp"

namespace horae {
namespace {

std::vector<Msg<schema::SharedCommand>> first_commands(const GenesisWanted& wanted) {
  std::vector<Msg<schema::SharedCommand>> out;
  const auto blocks = [&](const Msg<schema::BlocksCommand>& command) {
    out.push_back(Msg<schema::SharedCommand>::build(
        [&](auto root) { root.setBlocks(command.read()); }));
  };
  blocks(chain_rules(wanted.sequence, wanted.l2_genesis));
  blocks(epoch_rules(wanted.sequence));
  blocks(l1_rules(wanted.sequence));
  blocks(seal_rules(wanted.sequence));
  out.push_back(Msg<schema::SharedCommand>::build(
      [&](auto root) { root.setRewards(reward_rules(wanted.sequence).read()); }));
  out.push_back(Msg<schema::SharedCommand>::build(
      [&](auto root) { root.setPenalties(fault_rules().read()); }));
  if (const auto& key = wanted.sequence.reward_mpc_key) {
    out.push_back(Msg<schema::SharedCommand>::build(
        [&](auto root) { root.setMpc(reward_key(*key, wanted.l1_chain_id).read()); }));
  }
  return out;
}

}  // namespace

Result<Msg<schema::PoolGenesis>> make_genesis(const GenesisWanted& wanted) {
  const auto rules = first_commands(wanted);
  auto genesis = Msg<schema::PoolGenesis>::build([&](auto out) {
    out.setL1ChainId(wanted.l1_chain_id);
    out.setL2ChainId(wanted.sequence.chain_id);
    out.setFromBlock(wanted.follow.from_block);
    out.setConfirmations(wanted.follow.confirmations.value_or(0));
    out.setFinalizedOnly(!wanted.follow.confirmations);
    out.setL1Step(wanted.l1_step);
    out.setName(wanted.name.c_str());
    out.setLockingPool(data(wanted.follow.locking_pool));
    out.setLockingInfo(data(wanted.follow.locking_info));
    out.setLeader(data(wanted.leader));
    auto members = out.initMembers(static_cast<unsigned>(wanted.members.size()));
    unsigned next = 0;
    for (const auto& [signer, member] : wanted.members) write(members[next++], signer, member);
    auto list = out.initRules(static_cast<unsigned>(rules.size()));
    for (unsigned i = 0; i < list.size(); ++i) list.setWithCaveats(i, rules[i].read());
    out.setTimeMs(wanted.time_ms);
  });
  SharedState state;
  if (auto founded = found(state, genesis.read()); !founded) {
    return tl::unexpected(founded.error());
  }
  return genesis;
}

}  // namespace horae
