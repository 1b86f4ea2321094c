#include "node/start/alone.hpp"

#include <fmt/core.h>

#include "actors/sequence.hpp"
#include "duties/member_words.hpp"
#include "events/pool/rule_changes.hpp"
#include "node/pool/make_genesis.hpp"
#include "node/start/rules.hpp"

namespace horae {
namespace {

tl::unexpected<Failure> not_alone(Trouble trouble, std::string what) {
  return tl::unexpected(Failure{trouble, std::move(what)});
}

bool same(const Msg<schema::PoolGenesis>& one, const Msg<schema::PoolGenesis>& other) {
  return std::ranges::equal(one.bytes(), other.bytes());
}

// The newest version that the log goes on by, what is agreed on for later included.
std::uint32_t needed_rules(const PoolAgreement& pool) {
  auto out = pool.rules_version;
  for (const auto& [at, change] : pool.coming) out = std::max(out, change.read().getNeeds());
  return out;
}

Started<void> begin_with_genesis(const NodeSystem& node, SharedState& state,
                                 std::vector<Decision>& out) {
  // A genesis of the settings says of L1 what L1 told of itself, as the log's first record does.
  auto follow = node.options.follow;
  follow.l1_chain_id = node.l1_chain_id;
  follow.from_block = node.l1_from_block;
  const auto& named = node.options.genesis;
  const auto genesis = named ? *named : genesis_alone(follow, *node.options.sequence);
  auto founding = found(state, with_block_zero(genesis, node.genesis).read());
  if (!founding) return not_alone(Trouble::rules_refused, founding.error().what);
  out = std::move(*founding);
  return {};
}

// A log of before there was a genesis has no rules of what came later than it: they are the
// settings', once.
Started<void> complete_rules(const NodeSystem& node, SharedState& state,
                             std::vector<Decision>& out) {
  for (const auto& [settings, rule] : lacking_rules(state, *node.options.sequence)) {
    auto set = settle_rule(state, rule.read());
    if (!set.ok()) return not_alone(Trouble::rules_refused, settings + ": " + set.detail);
    out.push_back(std::move(set));
  }
  return {};
}

// By the setting pool.rule_change: its operator's word is enough.
Started<void> want_change(const NodeSystem& node, SharedState& state, std::vector<Decision>& out) {
  const auto& change = node.options.rule_change;
  if (!change) return {};
  if (is_past(state.locking, change->read())) {
    node.logger.info("pool.rule_change is of a block of L1 that is past, and says nothing any more",
                     {{"block", change->read().getFromBlock()}});
    return {};
  }
  if (change->read().getNeeds() > known_rules()) {
    return not_alone(Trouble::pool_rules,
                     fmt::format("pool.rule_change needs shared rules of version {}, this program "
                                 "knows version {}: install a newer one",
                                 change->read().getNeeds(), known_rules()));
  }
  const auto command =
      Msg<schema::PoolCommand>::build([&](auto root) { root.setChangeRules(change->read()); });
  auto wanted = settle(state, command.read(), InputSource{node.signers.front()});
  if (!wanted.ok()) {
    return not_alone(Trouble::rules_refused, "pool.rule_change: " + wanted.detail);
  }
  if (wanted.facts.empty()) return {};
  out.push_back(std::move(wanted));
  node.logger.info("the change of pool.rule_change is to hold, and cannot be taken back",
                   {{"from_l1_block", change->read().getFromBlock()}});
  return {};
}

// The rules of the log are the genesis's and what changed them.
void tell_other_settings(const NodeSystem& node, const SharedState& state) {
  const auto other = other_rules(state, *node.options.sequence);
  if (other.empty() || !state.pool.coming.empty()) return;
  node.logger.warn(
      "the log's rules are others than these settings would make them, and hold: `horae pool "
      "change` writes a change for pool.rule_change",
      {{"settings", other}});
}

}  // namespace

Started<void> check_alone(const NodeSystem& node, const SharedState& state) {
  const auto& pool = state.pool;
  if (pool.is_founded()) {
    return not_alone(Trouble::pool_genesis,
                     "the log is of a member of the pool " +
                         std::string(pool.genesis.read().getName().cStr()) +
                         ", and a node alone does not go on from it: name that pool's genesis");
  }
  if (const auto needed = needed_rules(pool); needed > known_rules()) {
    return not_alone(Trouble::pool_rules,
                     fmt::format("the log goes on by shared rules of version {}, this program "
                                 "knows version {}: install a newer one",
                                 needed, known_rules()));
  }
  const auto& named = node.options.genesis;
  if (!named) return {};
  if (!pool.has_genesis() && state.blocks.open) {
    return not_alone(Trouble::pool_genesis,
                     "the log was begun without a genesis, and keeps its rules: take pool.genesis "
                     "out of the settings");
  }
  if (pool.has_genesis() && !same(pool.genesis, with_block_zero(*named, node.genesis))) {
    return not_alone(
        Trouble::pool_genesis,
        "the log begins with another genesis than pool.genesis names, and has its own: "
        "take pool.genesis out of the settings, or name the file that it began with");
  }
  return {};
}

Started<void> begin_alone(NodeSystem& node, LogSession& session) {
  if (node.options.sequence) {
    auto state = session.world.shared;
    AppendTogether first;
    auto begun = Started<void>{};
    if (!state.blocks.open) {
      begun = begin_with_genesis(node, state, first.decisions);
    } else if (!state.pool.has_genesis()) {
      begun = complete_rules(node, state, first.decisions);
    }
    if (!begun) return begun;
    if (auto done = want_change(node, state, first.decisions); !done) return done;
    tell_other_settings(node, state);
    if (!first.decisions.empty()) {
      node.ask(node.journal, std::move(first));
      if (auto gone_on = session.go_on(); !gone_on) {
        return not_alone(Trouble::log_corrupt, gone_on.error().what);
      }
    }
  }
  node.sequence =
      spawn_sequence(node.actors, node.meters->add("sequence"), session.world.shared, node.journal);
  return {};
}

}  // namespace horae
