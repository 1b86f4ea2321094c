#include "events/pool/rule_changes.hpp"

#include "events/pool/members.hpp"

namespace horae {
namespace {

using schema::PoolFact;

std::set<Address> behind(const PoolAgreement& state, const Hash32& digest) {
  std::set<Address> out;
  for (const auto& [member, change] : state.wished) {
    if (change_digest(change.read()) == digest) out.insert(member);
  }
  return out;
}

// Why nobody can want this; empty: one can.
std::string why_no_change(const PoolAgreement& state, schema::RuleChange::Reader change,
                          const PoolAsked& asked) {
  const auto version = std::to_string(state.rules_version);
  if (change.getNeeds() < state.rules_version) {
    return "a change for version " + std::to_string(change.getNeeds()) +
           " of the rules, and version " + version + " holds";
  }
  if (change.getRules().size() == 0 && change.getNeeds() == state.rules_version) {
    return "a change without rules, for version " + version + ", which holds already";
  }
  if (change.getFromBlock() <= asked.l1_head) {
    return "a change from L1 block " + std::to_string(change.getFromBlock()) + " on, and block " +
           std::to_string(asked.l1_head) + " is known already";
  }
  if (state.coming.size() >= most_coming_changes) {
    return std::to_string(most_coming_changes) + " changes are to come already: one of them first";
  }
  return {};
}

Fact wanted_by(const PoolAsked& asked, schema::RuleChange::Reader change) {
  return make_fact<PoolFact>([&](auto fact) {
    auto wanted = fact.initRulesWanted();
    wanted.setNumber(asked.number);
    wanted.setMember(data(asked.sender));
    wanted.setChange(change);
  });
}

}  // namespace

Hash32 change_digest(schema::RuleChange::Reader change) {
  return sha256(Msg<schema::RuleChange>::copy_of(change).bytes());
}

Decision decide_rules(const PoolAgreement& state, schema::RuleChange::Reader change,
                      const PoolAsked& asked) {
  const bool alone = !state.is_founded();
  if (!alone) {
    if (auto refused = heed_member(state, asked); !refused.ok()) return refused;
  }
  const auto before = state.wished.find(asked.sender);
  if (change.getFromBlock() == 0) {
    if (before == state.wished.end()) return {};
    return decided(wanted_by(asked, change));
  }
  const auto digest = change_digest(change);
  if (state.coming.contains({change.getFromBlock(), digest})) return {};
  if (before != state.wished.end() && change_digest(before->second.read()) == digest) return {};
  if (auto why = why_no_change(state, change, asked); !why.empty()) {
    return refuse(Reason::WRONG_CONTENT, why);
  }
  Decision out;
  out.facts.push_back(wanted_by(asked, change));
  auto members = behind(state, digest);
  members.insert(asked.sender);
  if (!alone && !is_quorum(power_of(state.members, members), total_power(state.members))) {
    return out;
  }
  out.facts.push_back(make_fact<PoolFact>(
      [&](auto fact) {
        auto agreed = fact.initRulesAgreed();
        agreed.setDigest(data(digest));
        write_all(agreed.initMembers(static_cast<unsigned>(members.size())), members);
      },
      0));
  return out;
}

Decision rules_due(const PoolAgreement& state, const L1Point& head, std::int32_t after) {
  Decision out;
  for (const auto& each : state.coming) {
    if (each.first.first > head.number) break;
    out.facts.push_back(make_fact<PoolFact>(
        [&](auto fact) {
          auto changed = fact.initRulesChanged();
          changed.setNeeds(each.second.read().getNeeds());
          changed.setDigest(data(each.first.second));
          changed.getBlock().setNumber(head.number);
          changed.getBlock().setHash(data(head.hash));
          changed.setRules(each.second.read().getRules());
        },
        after));
  }
  return out;
}

void apply_wanted(PoolAgreement& state, schema::RulesWanted::Reader fact) {
  const auto member = fixed<Address>(fact.getMember());
  if (fact.getNumber() != 0) state.heard[member] = fact.getNumber();
  if (fact.getChange().getFromBlock() == 0) {
    state.wished.erase(member);
  } else {
    state.wished.insert_or_assign(member, Msg<schema::RuleChange>::copy_of(fact.getChange()));
  }
}

void apply_rules_agreed(PoolAgreement& state, schema::RulesAgreed::Reader fact) {
  const auto digest = fixed<Hash32>(fact.getDigest());
  const auto members = behind(state, digest);
  if (members.empty()) stop("RulesAgreed of what nobody wants, " + to_hex(digest));
  const auto change = state.wished.at(*members.begin());
  state.coming.emplace(std::pair{change.read().getFromBlock(), digest}, change);
  for (const auto& member : members) state.wished.erase(member);
}

void apply_changed(PoolAgreement& state, schema::RulesChanged::Reader fact) {
  const auto digest = fixed<Hash32>(fact.getDigest());
  const auto gone =
      std::erase_if(state.coming, [&](const auto& each) { return each.first.second == digest; });
  if (gone != 1) stop("RulesChanged by what was not to come, " + to_hex(digest));
  // Of two changes that hold with one head, the second may need less than the first.
  state.rules_version = std::max(state.rules_version, fact.getNeeds());
}

void forget_past_wishes(PoolAgreement& state, std::uint64_t l1_head) {
  std::erase_if(state.wished,
                [&](const auto& each) { return each.second.read().getFromBlock() <= l1_head; });
}

}  // namespace horae
