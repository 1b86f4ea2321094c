#pragma once

#include <atomic>
#include <boost/json.hpp>
#include <string>
#include <vector>

#include "events/turns.hpp"
#include "tools/replay/audit/finding.hpp"
#include "tools/replay/source.hpp"

// Whose turn it was to make blocks, and why, told from the log.
namespace horae::replay {

/// An epoch as it was when it began, and what became of it.
struct ToldEpoch {
  std::uint64_t seq = 0;  // of its record
  Epoch epoch;
  TurnCredits credits;           // at its start
  std::uint64_t last_block = 0;  // that was made in it; below its first: none
};

struct Schedule {
  std::vector<ToldEpoch> epochs;
  bool has_turns = false;     // by the log's end
  std::vector<Epoch> coming;  // if every block is made and nothing else changes
};

/// coming: how many epochs to come are told at most.
[[nodiscard]] Outcome<Schedule> schedule_of(const Source& source, unsigned coming,
                                            std::atomic<std::uint64_t>* at);

/// {turns, epochs: [{number, why, seq, sequencerId, signer, startBlock, endBlock, lastBlock,
/// shares}], coming}; lastBlock null where none was made; shares with power, whether it was passed
/// over, and credit at the start, in blocks x power. Ids and credits as decimal strings.
[[nodiscard]] boost::json::object to_json(const Schedule& schedule);
/// The same for people.
[[nodiscard]] std::string to_text(const Schedule& schedule);

}  // namespace horae::replay
