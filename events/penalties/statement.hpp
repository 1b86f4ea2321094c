#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "events/penalties/penalties.hpp"
#include "events/record.hpp"

// What was held against whom, and what followed, told from the records that say so.
namespace horae {

/// Collects the penalties' records in order. Records left out are missing in what is told and in
/// the scores; nothing is invented. Faults and their consequences are shared: every node of the
/// pool has the same. Observations are this node's own, of its own service. Income that was missed
/// stands in the statement of rewards, never here.
class PenaltyStatement {
 public:
  /// Of one sequencer id, without observations, or of all.
  explicit PenaltyStatement(std::optional<U256> sequencer = {}) : sequencer_(sequencer) {}

  /// Whether the statement needs this record; add passes over others.
  [[nodiscard]] static bool is_told(const RecordView& record);
  void add(const RecordView& record);
  /// The time at which the service's score is taken; without it, that of the last record added.
  void set_now(std::uint64_t now_ms) { now_ms_ = now_ms; }

  /// {sequencer, enforcement, rules, faults, standings, service}: each fault with its record, what
  /// it cost and what followed; service (null for one sequencer): {rules, score, counts,
  /// observations}. Sequencer ids as decimal strings; null for a signer that the pool does not
  /// know.
  [[nodiscard]] boost::json::object json() const;
  /// The same for people.
  [[nodiscard]] std::string text() const;

 private:
  struct Consequence {
    std::uint64_t seq = 0, until_epoch = 0, score = 0;
    ConsequenceKind kind = ConsequenceKind::NONE;
  };
  struct Fault {
    std::uint64_t seq = 0, time_ms = 0, block = 0;
    FaultKind kind = FaultKind::NONE;
    std::uint32_t points = 0;
    Address signer;
    U256 sequencer_id = 0;
    std::string detail;
    std::vector<Consequence> consequences;
  };
  struct Observation {
    std::uint64_t seq = 0, cause = 0, from_ms = 0, until_ms = 0, block = 0;
    std::uint32_t count = 0, points = 0;
    ObservationKind kind = ObservationKind::NONE;
    Bytes subject;
    std::string detail;
  };

  void add_proven(const RecordView& record, schema::FaultProven::Reader proven);
  void add_drawn(const RecordView& record, schema::ConsequenceDrawn::Reader drawn);
  void add_observed(const RecordView& record, schema::Observed::Reader observed);
  [[nodiscard]] bool concerns(const U256& id) const { return !sequencer_ || *sequencer_ == id; }
  [[nodiscard]] boost::json::array faults_json() const;
  [[nodiscard]] boost::json::array standings_json() const;
  [[nodiscard]] boost::json::object service_json() const;

  std::optional<U256> sequencer_;
  Faults faults_state_;
  Observations observations_state_;
  std::vector<Fault> faults_;
  std::vector<Observation> observations_;
  std::uint64_t now_ms_ = 0;
};

}  // namespace horae
