#include "node/pool/make_genesis.hpp"

#include "core/crypto/secp256k1.hpp"
#include "events/pool/members.hpp"
#include "events/pool/rule_changes.hpp"
#include "events/shared.hpp"
#include "node/start/options.hpp"
#include "node/start/rules.hpp"

namespace horae {
namespace {

tl::unexpected<Failure> no_genesis(Trouble trouble, std::string what) {
  return tl::unexpected(Failure{trouble, std::move(what)});
}

std::vector<Msg<schema::SharedCommand>> first_commands(const SequenceOptions& sequence,
                                                       const EngineBlock& block,
                                                       std::uint64_t l1_chain_id) {
  std::vector<Msg<schema::SharedCommand>> out;
  const auto add = [&](auto fill) { out.push_back(Msg<schema::SharedCommand>::build(fill)); };
  add([&](auto root) { root.setBlocks(chain_rules(sequence, block).read()); });
  add([&](auto root) { root.setBlocks(epoch_rules(sequence).read()); });
  add([&](auto root) { root.setBlocks(l1_rules(sequence).read()); });
  add([&](auto root) { root.setBlocks(seal_rules(sequence).read()); });
  add([&](auto root) { root.setRewards(reward_rules(sequence).read()); });
  add([&](auto root) { root.setPenalties(fault_rules().read()); });
  if (const auto& key = sequence.reward_mpc_key) {
    add([&](auto root) { root.setMpc(reward_key(*key, l1_chain_id).read()); });
  }
  return out;
}

}  // namespace

Started<Msg<schema::PoolGenesis>> make_genesis(const config::Config& config,
                                               const GenesisWanted& wanted) {
  // The file that pool.genesis names is what is made here.
  auto alone = config;
  alone.pool_genesis.reset();
  const auto options = options_of(alone);
  if (!options) return tl::unexpected(options.error());
  const auto& sequence = *options->sequence;
  const auto leader = address_of(public_key(*sequence.keys.front()));
  if (!wanted.members.contains(leader)) {
    return no_genesis(Trouble::usage, "the leader " + to_hex(leader) +
                                          ", the first of keys.signers, is no --member");
  }
  const auto block = engine_at(sequence.engine)->block(0);
  if (!block || !*block) {
    return no_genesis(Trouble::engine_unreachable,
                      "the engine does not tell its block 0: " +
                          (block ? std::string("it has none") : block.error().what));
  }
  const auto rules = first_commands(sequence, **block, config.l1_chain_id);
  const auto& follow = options->follow;
  auto genesis = Msg<schema::PoolGenesis>::build([&](auto out) {
    out.setL1ChainId(config.l1_chain_id);
    out.setL2ChainId(sequence.chain_id);
    out.setFromBlock(follow.from_block);
    out.setConfirmations(follow.confirmations.value_or(0));
    out.setFinalizedOnly(!follow.confirmations);
    out.setL1Step(wanted.l1_step);
    out.setName(wanted.name.c_str());
    out.setLockingPool(data(follow.locking_pool));
    out.setLockingInfo(data(follow.locking_info));
    out.setLeader(data(leader));
    auto members = out.initMembers(static_cast<unsigned>(wanted.members.size()));
    unsigned next = 0;
    for (const auto& [signer, member] : wanted.members) write(members[next++], signer, member);
    auto list = out.initRules(static_cast<unsigned>(rules.size()));
    for (unsigned i = 0; i < list.size(); ++i) list.setWithCaveats(i, rules[i].read());
    out.setTimeMs(Board::now_ms());
    out.setAbsenceMs(wanted.absence_ms);
    out.setRulesVersion(known_rules());
  });
  SharedState state;
  if (auto founded = found(state, genesis.read()); !founded) {
    return no_genesis(Trouble::usage, founded.error().what);
  }
  return genesis;
}

}  // namespace horae
