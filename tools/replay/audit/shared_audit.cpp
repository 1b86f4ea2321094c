#include "tools/replay/audit/shared_audit.hpp"

#include <algorithm>

#include "events/json.hpp"
#include "events/pool/rule_changes.hpp"
#include "events/turns.hpp"

namespace horae::replay {
namespace {

namespace json = boost::json;

std::string brief(const json::value& value) {
  static constexpr std::size_t most = 300;
  auto text = json::serialize(value);
  if (text.size() > most) text = text.substr(0, most) + "…";
  return text;
}

json::value json_of(const LoggedFact& fact) { return fact_json(fact.domain, fact.payload); }

std::string name_of(Domain domain, const Message& payload) {
  if (domain == Domain::BLOCKS) {
    const auto fact = Msg<schema::BlocksFact>::of(payload).read();
    if (fact.isBlockSealed()) {
      return "block " + std::to_string(fact.getBlockSealed().getHeader().getNumber());
    }
  }
  const auto shown = fact_json(domain, payload);
  const auto& object = shown.as_object();
  return object.empty() ? domain_name(domain) : std::string(object.begin()->key());
}
std::string name_of(const LoggedFact& fact) { return name_of(fact.domain, fact.payload); }

struct ValueDifference {
  std::string path, wanted, got;
};

// The first place at which two values differ.
std::optional<ValueDifference> difference(const json::value& wanted, const json::value& got,
                                          const std::string& path) {
  if (wanted == got) return std::nullopt;
  if (wanted.is_object() && got.is_object() &&
      wanted.as_object().size() == got.as_object().size()) {
    for (const auto& [key, value] : wanted.as_object()) {
      const auto* other = got.as_object().if_contains(key);
      if (other == nullptr) break;
      auto inner = difference(value, *other, path + (path.empty() ? "" : ".") + std::string(key));
      if (inner) return inner;
    }
  }
  if (wanted.is_array() && got.is_array() && wanted.as_array().size() == got.as_array().size()) {
    for (std::size_t i = 0; i < wanted.as_array().size(); ++i) {
      auto inner =
          difference(wanted.as_array()[i], got.as_array()[i], path + "[" + std::to_string(i) + "]");
      if (inner) return inner;
    }
  }
  return ValueDifference{path, brief(wanted), brief(got)};
}

Finding finding(const LoggedFact& at, std::string what, std::string wanted, std::string got) {
  return {Trouble::audit_mismatch, at.seq, std::move(what), std::move(wanted), std::move(got)};
}

std::optional<Finding> compare(const Fact& wanted, const LoggedFact& got) {
  const auto ours = wanted.payload.bytes();
  const auto theirs = got.payload.bytes();
  const bool one = ours.data() == theirs.data() && ours.size() == theirs.size();
  if (wanted.domain == got.domain && (one || std::ranges::equal(ours, theirs))) {
    return std::nullopt;
  }
  auto found = difference(fact_json(wanted.domain, wanted.payload), json_of(got), "");
  if (!found) return finding(got, name_of(got), "other bytes", "what reads the same");
  if (found->path.empty()) found->path = "decision";
  return finding(got, found->path, std::move(found->wanted), std::move(found->got));
}

std::optional<Finding> wrong_cause(const LoggedFact& fact, std::uint64_t wanted) {
  if (fact.cause == wanted) return std::nullopt;
  return finding(fact, name_of(fact) + ", cause", std::to_string(wanted),
                 std::to_string(fact.cause));
}

// What a program that does not know the rules would say of it is no finding.
std::optional<Finding> unknown_rules(const World& world, const LoggedFact& fact) {
  const auto version = world.shared.pool.rules_version;
  if (version <= known_rules()) return std::nullopt;
  return Finding{Trouble::pool_rules, fact.seq, "shared rules",
                 "a version up to " + std::to_string(known_rules()) + ", which this program knows",
                 "version " + std::to_string(version) + ": use a newer horae-replay from here on"};
}

// Where the decision is a run of observations: each was decided by itself, on those before it.
bool is_observed(const LoggedFact& fact) {
  return fact.domain == Domain::PENALTIES &&
         Msg<schema::PenaltiesFact>::read(fact.payload.bytes()).isObserved();
}

bool is_period_closed(const LoggedFact& fact) {
  return fact.domain == Domain::REWARDS &&
         Msg<schema::RewardsFact>::read(fact.payload.bytes()).isPeriodClosed();
}

// Of the decision's facts, the one that says what was asked for: a block behind the epoch that it
// begins, a plan behind what it ends.
const LoggedFact& subject(std::span<const LoggedFact> facts) {
  for (const auto& fact : facts) {
    if (fact.domain == Domain::BLOCKS &&
        Msg<schema::BlocksFact>::read(fact.payload.bytes()).isBlockSealed()) {
      return fact;
    }
    if (fact.domain == Domain::SUBMISSIONS &&
        Msg<schema::SubmissionsFact>::read(fact.payload.bytes()).isPlanned()) {
      return fact;
    }
  }
  return facts.front();
}

}  // namespace

std::optional<Finding> SharedAudit::begin(const World& before, std::vector<LoggedFact> decision) {
  facts_ = std::move(decision);
  next_ = answered_ = 0;
  wanted_.clear();
  if (facts_.empty() || is_observed(facts_.front())) return std::nullopt;
  if (auto unknown = unknown_rules(before, facts_.front())) return unknown;
  return take(before, facts_);
}

void SharedAudit::pass(const World& after, Domain domain, BytesView payload) {
  if (domain == Domain::REWARDS && Msg<schema::RewardsFact>::read(payload).isPeriodClosed()) {
    composed_.remember(after);
  }
}

std::optional<Finding> SharedAudit::take(const World& before, std::span<const LoggedFact> facts) {
  auto decision = redecide(before, facts, composed_);
  if (!decision) {
    return finding(facts.front(), name_of(facts.front()), "a fact that leads to it",
                   brief(json_of(facts.front())));
  }
  const auto& about = subject(facts);
  if (!decision->ok()) {
    return finding(about, name_of(about), "what the rules accept",
                   reason_name(decision->refused) + ", " + decision->detail);
  }
  if (decision->facts.empty()) {
    return finding(about, name_of(about), "something new", "what is in the log already");
  }
  for (auto& fact : decision->facts) wanted_.push_back(std::move(fact));
  return std::nullopt;
}

// As settle does: once everything before is folded, fact by fact.
void SharedAudit::ask_reactions(const World& world) {
  while (wanted_.empty() && answered_ < next_) {
    const auto& fact = facts_[answered_];
    auto said =
        reaction(world.shared, fact.domain, fact.payload, static_cast<std::int32_t>(answered_++));
    for (auto& each : said.facts) wanted_.push_back(std::move(each));
  }
  // Behind everything, and once: with it, none is due.
  if (!wanted_.empty()) return;
  if (const auto epoch = epoch_due(world.shared)) wanted_.push_back(epoch_started(*epoch, 0));
}

std::optional<Finding> SharedAudit::check(const World& before) {
  if (next_ >= facts_.size()) return std::nullopt;
  const auto& fact = facts_[next_];
  if (auto unknown = unknown_rules(before, fact)) return unknown;
  if (is_observed(facts_.front()) && is_observed(fact)) {
    if (auto found = take(before, std::span(&fact, 1))) return found;
  }
  ask_reactions(before);
  if (wanted_.empty()) {
    return finding(fact, "decision", "its end after record " + std::to_string(fact.seq - 1),
                   brief(json_of(fact)));
  }
  const auto wanted = std::move(wanted_.front());
  wanted_.pop_front();
  if (auto found = compare(wanted, fact)) return found;
  const auto first = facts_.front().seq;
  return wrong_cause(fact, wanted.after < 0 ? facts_.front().cause
                                            : first + static_cast<std::uint64_t>(wanted.after));
}

std::optional<Finding> SharedAudit::end(const World& after) {
  if (next_ >= facts_.size()) return std::nullopt;
  const auto& fact = facts_[next_++];
  if (is_period_closed(fact)) composed_.remember(after);
  if (next_ < facts_.size()) return std::nullopt;
  ask_reactions(after);
  if (wanted_.empty()) return std::nullopt;
  const auto& missing = wanted_.front();
  return finding(fact, "what follows in the decision",
                 brief(fact_json(missing.domain, missing.payload)), "its end");
}

}  // namespace horae::replay
