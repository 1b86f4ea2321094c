#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/u256.hpp"
#include "events/decision.hpp"
#include "events/penalties/evidence.hpp"
#include "schemas/penalties.capnp.h"

namespace horae {

template <>
inline constexpr Domain domain_of<schema::PenaltiesFact> = Domain::PENALTIES;

using schema::ConsequenceKind;
using schema::FaultKind;
using schema::ObservationKind;

/// A threshold of 0 is never reached.
struct FaultRules {
  std::uint64_t skip_at = 0, skip_epochs = 0, propose_at = 0;
  std::map<FaultKind, std::uint32_t> points;
  bool known_signers_only = false;  // what logs before schema 5 do not have
};

struct FaultStanding {
  std::uint64_t score = 0;
  std::uint64_t skipped_until = 0;  // the last epoch it is passed over for; 0: not skipped
  bool proposed = false;            // for forceUnlock
};

/// Shared: faults that were proven, and what they led to.
struct Faults {
  /// With known_signers_only no more are kept of one signer: with the last it is passed over for
  /// good.
  static constexpr std::uint64_t most_of_a_signer = 1024;

  std::optional<FaultRules> rules;
  std::map<U256, FaultStanding> standings;                        // by sequencer id
  std::set<std::tuple<FaultKind, std::uint64_t, Address>> known;  // kind, block, signer
  std::map<Address, std::uint64_t> proven;                        // how many of known, by signer
};

/// What the other shared domains say of the accused, carried into a decision.
struct Accused {
  U256 sequencer_id = 0;       // 0: the pool knows no such signer
  std::uint64_t epoch = 0;     // the running one
  std::uint64_t chain_id = 0;  // of this pool's L2 chain: evidence from another one is refused
  bool known_signer = false;   // is, or was, a sequencer's key
  std::string excused = {};    // why what is shown is no fault here; empty: nothing excuses it
  /// What check says of the evidence, where it was asked already; the decision asks it otherwise,
  /// and asks for what costs little first.
  std::optional<ShownFault> shown = {};
};

/// Reports of L1 that differ from what was agreed on: the first place, the last, and how many.
struct DifferingReports {
  std::uint64_t since = 0, last = 0, places = 0;
};

/// A fault that the facts show which led to it, of a kind that the rules may name.
struct AgreedFault {
  FaultKind kind = FaultKind::NONE;
  std::uint64_t block = 0;        // of duplicateVote consensus' height
  std::uint64_t epoch = 0;        // as schemas/penalties.capnp has it
  std::optional<Hash32> hash;     // as the block is sealed
  std::optional<Hash32> instead;  // as it comes out; of wrongAttestation as the member has it
};

/// Local: what this node saw of its own service.
struct ObservationRules {
  std::uint64_t block_time_ms = 0, late_after_ms = 0, backlog_limit_ms = 0, outage_limit_ms = 0;
  std::uint64_t window_ms = 0;
  std::map<ObservationKind, std::uint32_t> points;
};
struct ObservationCount {
  std::uint64_t times = 0, count = 0, last_until_ms = 0;
};
struct RecentObservation {
  ObservationKind kind = ObservationKind::NONE;
  std::uint32_t count = 0;
  std::uint64_t from_ms = 0, until_ms = 0, block = 0;
  Bytes subject;

  auto operator<=>(const RecentObservation&) const = default;
};
struct Observations {
  /// No more are kept to score by, however wide the window: where a node misses more than this in
  /// one window, its score says enough. The counts know of all.
  static constexpr std::size_t most_recent = 4096;

  std::optional<ObservationRules> rules;
  std::map<ObservationKind, ObservationCount> counts;
  std::vector<RecentObservation> recent;  // in the window before the newest, in the log's order
};

/// Whether the same was proven before; of the broken order of a block, whether its sandwich was,
/// which says more.
[[nodiscard]] bool is_known(const Faults& state, const ShownFault& shown);
/// Takes an accusation whose evidence shows the fault (notProven else, wrongRoots always: a rule
/// cannot execute a block); the same fault again is accepted without facts, its evidence not looked
/// into, and so is the broken order of a block whose sandwich is known, which says more. The other
/// way round a sandwich costs
/// what it costs beyond the broken order. What the fault costs and what follows from the score
/// stand in the same decision: from skip_at on, the sequencer is passed over for skip_epochs epochs
/// after the running one, and once more when those are over and the score grows; from propose_at
/// on, forceUnlock is proposed, once. A signer that never was a sequencer's is refused
/// (unknownSigner; in logs before schema 5 its fault is recorded and nothing follows), and so is
/// more than most_of_a_signer (enoughProven).
[[nodiscard]] Decision decide(const Faults& state, schema::PenaltiesCommand::Reader command,
                              const Accused& accused);
/// The fault of a member whose reports of L1 the pool agreed otherwise on so many times in a row;
/// after: index of the fact that led to it. Nothing where no rules are set, or the pool never knew
/// the signer.
[[nodiscard]] Decision reports_differ(const Faults& state, const Accused& accused,
                                      const Address& signer, const DifferingReports& reports,
                                      std::int32_t after);
/// The fault of whoever made a block that was revoked, was replaced as the leader, said that a
/// block comes out otherwise than it is attested, or voted twice; after: index of the fact that led
/// to it, -1 where none did. Nothing where no rule names the kind, the pool never knew the signer,
/// or it is known.
[[nodiscard]] Decision agreed_fault(const Faults& state, const Accused& accused,
                                    const Address& signer, const AgreedFault& fault,
                                    std::int32_t after);
/// Reaction to such a fault, which was just applied: what follows from the score.
[[nodiscard]] Decision what_follows(const Faults& state, schema::FaultProven::Reader fault,
                                    const Accused& accused, std::int32_t after);
/// Takes an observation once; the same again is accepted without facts while it is recent.
[[nodiscard]] Decision decide(const Observations& state,
                              schema::ObservationsCommand::Reader command);

/// The observation as the window keeps it.
[[nodiscard]] RecentObservation recent_of(schema::Observed::Reader observed);
/// Points of what was observed in the window that ends now.
[[nodiscard]] std::uint64_t score(const Observations& state, std::uint64_t now_ms);

/// Whether facts of this kind are shared and fold into Faults; the others fold into Observations.
[[nodiscard]] bool is_shared(schema::PenaltiesFact::Which kind);
void apply(Faults& state, schema::PenaltiesFact::Reader fact);
void apply(Observations& state, schema::PenaltiesFact::Reader fact);
[[nodiscard]] Message state_message(const Faults& state);
[[nodiscard]] Message state_message(const Observations& state);
/// The way back from state_message (see events/snapshot.hpp).
[[nodiscard]] Faults restore(schema::FaultsState::Reader state);
[[nodiscard]] Observations restore(schema::ObservationsState::Reader state);

/// The schema's name of a kind: what reports and JSON say.
[[nodiscard]] std::string observation_name(ObservationKind kind);
[[nodiscard]] std::string consequence_name(ConsequenceKind kind);

}  // namespace horae
