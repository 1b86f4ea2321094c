#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "tools/replay/audit/finding.hpp"
#include "tools/replay/audit/redecide.hpp"

namespace horae::replay {

/// Checks that every decision of every domain but the mempool's is the one that the rules give:
/// what a command led to (redecide), then what other shared domains said to it (reaction), these
/// facts, their bytes, their order and their causes, and no others. Whatever the node decided.
///
/// begin, then for each record check before and end after it is folded.
class SharedAudit {
 public:
  /// The facts of the decision that follows; before: the fold of everything before it. None of
  /// them: a decision of the mempool, or one with a record that is no fact, which is found
  /// elsewhere.
  [[nodiscard]] std::optional<Finding> begin(const World& before, std::vector<LoggedFact> decision);
  /// The next fact, with the fold before it.
  [[nodiscard]] std::optional<Finding> check(const World& before);
  /// With the fold after that fact.
  [[nodiscard]] std::optional<Finding> end(const World& after);

  /// For a fact that is taken as it is, with the fold after it.
  void pass(const World& after, Domain domain, BytesView payload);

  /// Whether it looks at no decision now.
  [[nodiscard]] bool idle() const { return facts_.empty(); }
  /// The fact that check looks at next; none in a decision that is not looked at.
  [[nodiscard]] const LoggedFact* next() const {
    return next_ < facts_.size() ? &facts_[next_] : nullptr;
  }

 private:
  std::optional<Finding> take(const World& before, std::span<const LoggedFact> facts);
  void ask_reactions(const World& world);

  Composed composed_;
  std::vector<LoggedFact> facts_;
  std::size_t next_ = 0;
  std::size_t answered_ = 0;  // facts whose reactions were asked for
  std::deque<Fact> wanted_;
};

}  // namespace horae::replay
