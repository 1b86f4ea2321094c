#include "node/pool/make_genesis.hpp"

#include <capnp/message.h>

#include "core/crypto/secp256k1.hpp"
#include "events/pool/members.hpp"
#include "events/pool/rule_changes.hpp"
#include "events/shared.hpp"
#include "node/start/options.hpp"
#include "node/start/rules.hpp"

namespace horae {
namespace {

using SharedRules = std::vector<Msg<schema::SharedCommand>>;

tl::unexpected<Failure> no_genesis(Trouble trouble, std::string what) {
  return tl::unexpected(Failure{trouble, std::move(what)});
}

SharedRules first_rules(const SequenceOptions& sequence) {
  SharedRules out{chain_rules(sequence)};
  for (auto& [settings, rule] : shared_rules(sequence)) out.push_back(std::move(rule));
  return out;
}

// Whoever was replaced has come back by then, as a rule; its next turns are not lost for more.
constexpr std::uint32_t skipped_when_replaced = 2;

// Half a minute of blocks of a second: for a member's engine to begin anew.
constexpr std::uint32_t unattested_at_first = 32;

// What the genesis of a pool and of a node alone have in common.
void write(schema::PoolGenesis::Builder out, const FollowOptions& follow,
           const SequenceOptions& sequence, const SharedRules& rules) {
  out.setL1ChainId(follow.l1_chain_id);
  out.setL2ChainId(sequence.chain_id);
  out.setFromBlock(follow.from_block);
  out.setConfirmations(follow.confirmations.value_or(0));
  out.setFinalizedOnly(!follow.confirmations);
  out.setLockingPool(data(follow.locking_pool));
  out.setLockingInfo(data(follow.locking_info));
  out.setTimeMs(Board::now_ms());
  out.setRulesVersion(known_rules());
  auto list = out.initRules(static_cast<unsigned>(rules.size()));
  for (unsigned i = 0; i < list.size(); ++i) list.setWithCaveats(i, rules[i].read());
}

}  // namespace

Msg<schema::SharedCommand> revocable_blocks() {
  return Msg<schema::SharedCommand>::build([](auto root) {
    auto asked = root.initBlocks().initSetAttestation();
    asked.setMost(unattested_at_first);
    asked.setRevocable(true);
  });
}

Msg<schema::PoolGenesis> genesis_alone(const FollowOptions& follow,
                                       const SequenceOptions& sequence) {
  return Msg<schema::PoolGenesis>::build([&](auto out) {
    write(out, follow, sequence, first_rules(sequence));
    out.setLeader(data(Address{}));
  });
}

Msg<schema::PoolGenesis> with_block_zero(const Msg<schema::PoolGenesis>& genesis,
                                         const EngineBlock& block) {
  capnp::MallocMessageBuilder copy;
  copy.setRoot(genesis.read());
  auto root = copy.getRoot<schema::PoolGenesis>();
  for (auto rule : root.getRules()) {
    if (!rule.isBlocks() || !rule.getBlocks().isOpen()) continue;
    auto opened = rule.getBlocks().getOpen();
    if (opened.hasGenesisHash()) continue;
    opened.setGenesisTime(block.timestamp);
    opened.setGenesisHash(data(block.hash));
    opened.setStateRoot(data(block.state_root));
    opened.setBaseFee(data(to_word(block.base_fee)));
  }
  return Msg<schema::PoolGenesis>::copy_of(root.asReader());
}

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
  auto rules = first_rules(sequence);
  rules.push_back(Msg<schema::SharedCommand>::build([](auto root) {
    auto turns = root.initBlocks().initSetTurns();
    turns.setRule(schema::TurnRule::WEIGHTED_ROUND_ROBIN);
    turns.setSkipEpochs(skipped_when_replaced);
  }));
  rules.push_back(revocable_blocks());
  if (const auto& key = sequence.reward_mpc_key) {
    rules.push_back(Msg<schema::SharedCommand>::build(
        [&](auto root) { root.setMpc(reward_key(*key, config.l1_chain_id).read()); }));
  }
  auto genesis = with_block_zero(
      Msg<schema::PoolGenesis>::build([&](auto out) {
        write(out, options->follow, sequence, rules);
        out.setL1Step(wanted.l1_step);
        out.setName(wanted.name.c_str());
        out.setLeader(data(leader));
        auto members = out.initMembers(static_cast<unsigned>(wanted.members.size()));
        unsigned next = 0;
        for (const auto& [signer, member] : wanted.members) write(members[next++], signer, member);
        out.setAbsenceMs(wanted.absence_ms);
      }),
      **block);
  SharedState state;
  if (auto founded = found(state, genesis.read()); !founded) {
    return no_genesis(Trouble::usage, founded.error().what);
  }
  return genesis;
}

}  // namespace horae
