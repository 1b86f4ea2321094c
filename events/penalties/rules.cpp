#include "events/penalties/rules.hpp"

namespace horae {
namespace {

// {kind: points}; nothing where one kind stands twice or is none.
template <class Kind, class List>
std::optional<std::map<Kind, std::uint32_t>> read_points(List list, Kind last) {
  std::map<Kind, std::uint32_t> out;
  for (const auto entry : list) {
    const bool known = entry.getKind() != Kind::NONE && entry.getKind() <= last;
    if (!known || !out.emplace(entry.getKind(), entry.getPoints()).second) return std::nullopt;
  }
  return out;
}

template <class Kind, class Builder>
void write_points(const std::map<Kind, std::uint32_t>& points, Builder rules) {
  auto list = rules.initPoints(static_cast<unsigned>(points.size()));
  unsigned next = 0;
  for (const auto& [kind, each] : points) {
    list[next].setKind(kind);
    list[next++].setPoints(each);
  }
}

}  // namespace

std::optional<FaultRules> to_rules(schema::FaultParameters::Reader set) {
  auto points = read_points(set.getPoints(), FaultKind::DUPLICATE_VOTE);
  if (!points) return std::nullopt;
  return FaultRules{set.getSkipAt(), set.getSkipEpochs(), set.getProposeAt(), std::move(*points),
                    set.getKnownSignersOnly()};
}

void write(schema::FaultParameters::Builder out, const FaultRules& rules) {
  out.setSkipAt(rules.skip_at);
  out.setSkipEpochs(rules.skip_epochs);
  out.setProposeAt(rules.propose_at);
  write_points(rules.points, out);
  out.setKnownSignersOnly(rules.known_signers_only);
}

std::optional<ObservationRules> to_rules(schema::ObservationParameters::Reader set) {
  auto points = read_points(set.getPoints(), ObservationKind::FORWARD_REFUSED);
  if (!points) return std::nullopt;
  return ObservationRules{set.getBlockTimeMs(),   set.getLateAfterMs(), set.getBacklogLimitMs(),
                          set.getOutageLimitMs(), set.getWindowMs(),    std::move(*points)};
}

void write(schema::ObservationParameters::Builder out, const ObservationRules& rules) {
  out.setBlockTimeMs(rules.block_time_ms);
  out.setLateAfterMs(rules.late_after_ms);
  out.setBacklogLimitMs(rules.backlog_limit_ms);
  out.setOutageLimitMs(rules.outage_limit_ms);
  out.setWindowMs(rules.window_ms);
  write_points(rules.points, out);
}

std::string observation_name(ObservationKind kind) {
  switch (kind) {
    case ObservationKind::NONE:
      return "none";
    case ObservationKind::LATE_BLOCK:
      return "lateBlock";
    case ObservationKind::MISSED_SLOT:
      return "missedSlot";
    case ObservationKind::OUTAGE:
      return "outage";
    case ObservationKind::BACKLOG:
      return "backlog";
    case ObservationKind::ROUND_TIMED_OUT:
      return "roundTimedOut";
    case ObservationKind::FORWARD_REFUSED:
      return "forwardRefused";
  }
  return "a kind written by a newer version";
}

std::string consequence_name(ConsequenceKind kind) {
  switch (kind) {
    case ConsequenceKind::NONE:
      return "none";
    case ConsequenceKind::SKIPPED:
      return "skipped";
    case ConsequenceKind::FORCE_UNLOCK_PROPOSED:
      return "forceUnlockProposed";
  }
  return "a kind written by a newer version";
}

}  // namespace horae
