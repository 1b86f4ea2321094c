#include "events/penalties/statement.hpp"

#include <algorithm>

#include "events/penalties/evidence.hpp"

namespace horae {
namespace {

namespace json = boost::json;
using schema::PenaltiesFact;

// What a reader must know before the first number.
constexpr std::string_view enforcement =
    "Recorded, and shown by evidence that anybody can check (horae-replay check-evidence). Nothing "
    "is taken from anybody: the contracts of Metis have no slashing. \"skipped\" is for a pool's "
    "schedule to follow; a node that sequences alone records it and goes on. "
    "\"forceUnlockProposed\" is a proposal: only governance can call forceUnlock. Observations are "
    "what this node saw of its own service, and cost nothing but their score.";

std::string times(std::uint64_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

json::value id_json(const U256& id) {
  return id == 0 ? json::value(nullptr) : json::value(to_decimal(id));
}

std::string who(const U256& id, const Address& signer) {
  return (id == 0 ? "a signer that the pool does not know" : "sequencer " + to_decimal(id)) + ", " +
         to_hex(signer);
}

std::string consequence_words(ConsequenceKind kind, std::uint64_t until_epoch) {
  switch (kind) {
    case ConsequenceKind::SKIPPED:
      return "to be passed over by the schedule up to epoch " + std::to_string(until_epoch);
    case ConsequenceKind::FORCE_UNLOCK_PROPOSED:
      return "forceUnlock proposed to governance";
    case ConsequenceKind::NONE:
      break;
  }
  return consequence_name(kind);
}

std::string agreed_words(FaultKind kind, schema::AgreedFault::Reader fault) {
  if (kind == FaultKind::DUPLICATE_VOTE) {
    return "two votes of one round of consensus, at its height of that number: a key that signs in "
           "two places; consensus showed it to all members";
  }
  const auto epoch = "epoch " + std::to_string(fault.getEpoch());
  if (fault.getInstead().size() == 0) {
    return "replaced as the leader of " + epoch +
           ", which made nothing: the record leaderReplaced shows it";
  }
  const auto instead = to_hex(view(fault.getInstead()));
  if (fault.getHash().size() == 0) {
    return "said that the block comes out as " + instead +
           ", and two thirds of the power attest another: the records blockDisputed and "
           "blocksAttested show it";
  }
  return "sealed in " + epoch + " as " + to_hex(view(fault.getHash())) + ", and it comes out as " +
         instead +
         " by two thirds of the power: the records blockDisputed and blocksRevoked show it";
}

std::string detail_of(FaultKind kind, schema::Evidence::Reader evidence) {
  if (evidence.isL1Reports()) {
    const auto reports = evidence.getL1Reports();
    return times(reports.getPlaces(), "report") +
           " of L1 in a row that the pool agreed otherwise on, "
           "from place " +
           std::to_string(reports.getSince()) + " to " + std::to_string(reports.getLast()) +
           ": the records l1Reported and l1Agreed show it";
  }
  if (evidence.isAgreed()) return agreed_words(kind, evidence.getAgreed());
  const auto shown = check(evidence);
  return shown ? shown->detail : "THE EVIDENCE DOES NOT SHOW IT: " + shown.error().what;
}

template <class Kind, class Name>
json::object points_json(const std::map<Kind, std::uint32_t>& points, Name name) {
  json::object out;
  for (const auto& [kind, each] : points) out[name(kind)] = each;
  return out;
}

}  // namespace

bool PenaltyStatement::is_told(const RecordView& record) {
  return record.header.domain == Domain::PENALTIES;
}

void PenaltyStatement::add(const RecordView& record) {
  if (!is_told(record)) return;
  now_ms_ = std::max(now_ms_, record.header.time_ms);
  const auto message = Msg<PenaltiesFact>::of(Message::trusted(record.payload));
  const auto fact = message.read();
  switch (fact.which()) {
    case PenaltiesFact::NONE:
      break;
    case PenaltiesFact::FAULT_PARAMETERS_SET:
      return apply(faults_state_, fact);
    case PenaltiesFact::FAULT_PROVEN:
      apply(faults_state_, fact);
      return add_proven(record, fact.getFaultProven());
    case PenaltiesFact::CONSEQUENCE_DRAWN: {
      const auto drawn = fact.getConsequenceDrawn();
      // Of a sequencer whose faults were left out, there is nothing to tell.
      const auto id = read_u256(drawn.getSequencerId());
      if (!faults_state_.standings.contains(id)) return;
      apply(faults_state_, fact);
      return add_drawn(record, drawn);
    }
    case PenaltiesFact::OBSERVATION_PARAMETERS_SET:
      return apply(observations_state_, fact);
    case PenaltiesFact::OBSERVED:
      apply(observations_state_, fact);
      return add_observed(record, fact.getObserved());
  }
  stop("a penalties fact written by a newer version");
}

void PenaltyStatement::add_proven(const RecordView& record, schema::FaultProven::Reader proven) {
  Fault fault;
  fault.seq = record.header.seq;
  fault.time_ms = record.header.time_ms;
  fault.block = proven.getBlock();
  fault.kind = proven.getKind();
  fault.points = proven.getPoints();
  fault.signer = fixed<Address>(proven.getSigner());
  fault.sequencer_id = read_u256(proven.getSequencerId());
  if (!concerns(fault.sequencer_id)) return;
  // The record need not be believed: its evidence is looked at once more.
  fault.detail = detail_of(proven.getKind(), proven.getEvidence());
  faults_.push_back(std::move(fault));
}

void PenaltyStatement::add_drawn(const RecordView& record, schema::ConsequenceDrawn::Reader drawn) {
  for (auto fault = faults_.rbegin(); fault != faults_.rend(); ++fault) {
    if (fault->seq != record.header.cause) continue;
    fault->consequences.push_back(
        {record.header.seq, drawn.getUntilEpoch(), drawn.getScore(), drawn.getKind()});
    return;
  }
}

void PenaltyStatement::add_observed(const RecordView& record, schema::Observed::Reader observed) {
  if (sequencer_) return;
  std::uint32_t points = 0;
  if (observations_state_.rules) {
    const auto& table = observations_state_.rules->points;
    if (const auto each = table.find(observed.getKind()); each != table.end()) {
      points = each->second;
    }
  }
  observations_.push_back({record.header.seq, record.header.cause, observed.getFromMs(),
                           observed.getUntilMs(), observed.getBlock(), observed.getCount(), points,
                           observed.getKind(), copy(observed.getSubject()),
                           observed.getDetail().cStr()});
}

json::array PenaltyStatement::faults_json() const {
  json::array out;
  for (const auto& fault : faults_) {
    json::array consequences;
    for (const auto& consequence : fault.consequences) {
      json::object entry{{"record", consequence.seq},
                         {"kind", consequence_name(consequence.kind)},
                         {"score", consequence.score}};
      if (consequence.kind == ConsequenceKind::SKIPPED) {
        entry["untilEpoch"] = consequence.until_epoch;
      }
      consequences.push_back(std::move(entry));
    }
    out.push_back({{"record", fault.seq},
                   {"time", fault.time_ms},
                   {"kind", fault_name(fault.kind)},
                   {"block", fault.block},
                   {"signer", to_hex(fault.signer)},
                   {"sequencer", id_json(fault.sequencer_id)},
                   {"points", fault.points},
                   {"detail", fault.detail},
                   {"consequences", std::move(consequences)}});
  }
  return out;
}

json::array PenaltyStatement::standings_json() const {
  json::array out;
  for (const auto& [id, standing] : faults_state_.standings) {
    if (!concerns(id)) continue;
    out.push_back(
        {{"sequencer", to_decimal(id)},
         {"score", standing.score},
         {"skippedUntilEpoch",
          standing.skipped_until == 0 ? json::value(nullptr) : json::value(standing.skipped_until)},
         {"forceUnlockProposed", standing.proposed}});
  }
  return out;
}

json::object PenaltyStatement::service_json() const {
  json::object counts;
  for (const auto& [kind, count] : observations_state_.counts) {
    counts[observation_name(kind)] = {
        {"times", count.times}, {"count", count.count}, {"lastUntil", count.last_until_ms}};
  }
  json::array observations;
  for (const auto& one : observations_) {
    observations.push_back(
        {{"record", one.seq},
         {"cause", one.cause == 0 ? json::value(nullptr) : json::value(one.cause)},
         {"kind", observation_name(one.kind)},
         {"count", one.count},
         {"points", std::uint64_t{one.points} * one.count},
         {"from", one.from_ms},
         {"until", one.until_ms},
         {"block", one.block == 0 ? json::value(nullptr) : json::value(one.block)},
         {"subject", one.subject.empty() ? json::value(nullptr) : json::value(to_hex(one.subject))},
         {"detail", one.detail}});
  }
  json::object out{{"rules", nullptr},
                   {"at", now_ms_},
                   {"score", score(observations_state_, now_ms_)},
                   {"counts", std::move(counts)},
                   {"observations", std::move(observations)}};
  if (const auto& rules = observations_state_.rules) {
    out["rules"] = {{"blockTimeMs", rules->block_time_ms},
                    {"lateAfterMs", rules->late_after_ms},
                    {"backlogLimitMs", rules->backlog_limit_ms},
                    {"outageLimitMs", rules->outage_limit_ms},
                    {"windowMs", rules->window_ms},
                    {"points", points_json(rules->points, observation_name)}};
  }
  return out;
}

json::object PenaltyStatement::json() const {
  json::object out{{"sequencer", sequencer_ ? json::value(to_decimal(*sequencer_)) : nullptr},
                   {"enforcement", enforcement},
                   {"rules", nullptr},
                   {"faults", faults_json()},
                   {"standings", standings_json()},
                   {"service", nullptr}};
  if (const auto& rules = faults_state_.rules) {
    out["rules"] = {{"skipAt", rules->skip_at},
                    {"skipEpochs", rules->skip_epochs},
                    {"proposeAt", rules->propose_at},
                    {"knownSignersOnly", rules->known_signers_only},
                    {"points", points_json(rules->points, fault_name)}};
  }
  if (!sequencer_) out["service"] = service_json();
  return out;
}

std::string PenaltyStatement::text() const {
  std::string out = sequencer_ ? "Penalties of sequencer " + to_decimal(*sequencer_) + "\n"
                               : std::string("Penalties of all sequencers\n");
  out += "  " + std::string(enforcement) + "\n";
  if (const auto& rules = faults_state_.rules) {
    out += "  rules: passed over from " + times(rules->skip_at, "point") + " on, for " +
           times(rules->skip_epochs, "epoch") + "; forceUnlock proposed from " +
           times(rules->propose_at, "point") + " on (0: never);";
    for (const auto& [kind, points] : rules->points) {
      out += " " + fault_name(kind) + " " + std::to_string(points);
    }
    out += '\n';
  }
  out += "\nFaults\n";
  if (faults_.empty()) out += "  none\n";
  for (const auto& fault : faults_) {
    out += "  record " + std::to_string(fault.seq) + ": " + fault_name(fault.kind) + ", block " +
           std::to_string(fault.block) + ", " + who(fault.sequencer_id, fault.signer) + ", " +
           times(fault.points, "point") + "\n    " + fault.detail + "\n";
    for (const auto& consequence : fault.consequences) {
      out += "    record " + std::to_string(consequence.seq) + ": " +
             consequence_words(consequence.kind, consequence.until_epoch) + ", at a score of " +
             std::to_string(consequence.score) + "\n";
    }
  }
  out += "\nScores\n";
  bool any = false;
  for (const auto& [id, standing] : faults_state_.standings) {
    if (!concerns(id)) continue;
    any = true;
    out += "  sequencer " + to_decimal(id) + ": " + times(standing.score, "point");
    if (standing.skipped_until != 0) {
      out += ", " + consequence_words(ConsequenceKind::SKIPPED, standing.skipped_until);
    }
    if (standing.proposed) {
      out += ", " + consequence_words(ConsequenceKind::FORCE_UNLOCK_PROPOSED, 0);
    }
    out += '\n';
  }
  if (!any) out += "  none\n";
  if (sequencer_) return out;
  out += "\nThis node's service\n";
  if (!observations_state_.rules) return out + "  not observed: no rules are set\n";
  out += "  score " + std::to_string(score(observations_state_, now_ms_)) + " in the last " +
         std::to_string(observations_state_.rules->window_ms / 1000) + " s (to " +
         std::to_string(now_ms_) + " ms since 1970)\n";
  for (const auto& [kind, count] : observations_state_.counts) {
    out += "  " + observation_name(kind) + ": " + times(count.times, "time");
    if (count.count != count.times) out += ", " + std::to_string(count.count) + " in all";
    out += '\n';
  }
  for (const auto& one : observations_) {
    out += "  record " + std::to_string(one.seq) + ": " + observation_name(one.kind) + " (" +
           times(std::uint64_t{one.points} * one.count, "point") + "): " + one.detail + "\n";
  }
  return out;
}

}  // namespace horae
