#pragma once

#include <map>
#include <optional>
#include <span>
#include <utility>

#include "events/world.hpp"

namespace horae::replay {

/// A fact as a record has it, checked against its domain's schema.
struct LoggedFact {
  std::uint64_t seq = 0;
  std::uint64_t cause = 0;
  Domain domain = Domain::NONE;
  Message payload;
  std::shared_ptr<const BlockWord> word;  // of a sealed block, if somebody computed it
};

/// What this log composed for the slots of its reward batches. A round is opened for what was
/// composed when it was asked for; by the time its record is written, the sequence may be further.
class Composed {
 public:
  /// after: the fold up to a PeriodClosed.
  void remember(const World& after);
  /// None where nothing was composed for the slot, or so long ago that no round is opened for it.
  [[nodiscard]] std::optional<Msg<schema::Content>> find(const SlotName& slot) const;

 private:
  std::map<std::pair<U256, std::uint32_t>, Msg<schema::Content>> contents_;
};

/// Takes the decision that begins with facts[0] once more: the command is rebuilt from the facts,
/// and the rule that the node asked is asked on the state before them. None where no command leads
/// to facts[0]: it is a reaction or nothing. Of a decision with observations, only the first.
///
/// A command is as true as what it came from. What the log cannot show is taken from the facts
/// themselves: rules that were set, what L1 said (events and their completion, heads, the block by
/// whose time a period was closed, receipts of transactions), what this node's clock and clients
/// said (deadlines, times, fees, stalls, members that did not answer, what it observed of its own
/// service), and why a period was reopened, which is the submitter's own knowledge. The hash of an
/// event block's parent is in no fact; the one that fits is taken.
[[nodiscard]] std::optional<Decision> redecide(const World& before,
                                               std::span<const LoggedFact> facts,
                                               const Composed& composed);

}  // namespace horae::replay
