#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/u256.hpp"
#include "tools/replay/source.hpp"

// A sequencer's account as a bank would tell it: what it has locked and what rewards stand to its
// credit, each movement with its record and L1 transaction.
namespace horae::replay {

/// What the pool holds for a sequencer, in wei. A reward whose split nobody could read is unknown.
struct Balance {
  U256 locked = 0;
  std::optional<U256> reward = U256(0);
  bool operator==(const Balance&) const = default;
};

/// One booking: an amount of wei goes from one account to another. Of the sequencer are `locked`
/// and `reward`; outside are `owner`, `recipient`, `payer` (the reward payer) and `correction` (a
/// LockUpdated that says otherwise than what came before). An event without money has no accounts.
struct Booking {
  std::uint64_t seq = 0;
  std::uint64_t time_ms = 0;  // of the record
  std::optional<std::uint64_t>
      l1_time_ms;  // of its L1 block; of what was taken back, of that event
  std::uint64_t l1_block = 0;
  std::uint32_t log_index = 0;
  Hash32 txn;
  std::string event;  // the fact; "taken back: …" where a reorganisation of L1 undid it
  std::string detail;
  std::string from, to;
  std::optional<U256> amount;
  Balance after;
};

struct Account {
  U256 sequencer;
  /// As asked, by L1's time; to_ms UINT64_MAX: the log's end.
  std::uint64_t from_ms = 0, to_ms = 0;
  std::uint64_t opened_seq = 0, closed_seq = 0;  // last records before and within
  Hash32 closed_hash;                            // of record closed_seq
  Balance opening, closing;
  std::vector<Booking> bookings;
  /// Where bookings and fold do not agree, in words; empty: they do.
  std::vector<std::string> disagreements;
};

/// What L1 says of from_ms <= time < to_ms by its own time, and what the log says between. The
/// bookings are made from the events alone and held against the fold, event by event: two ways to
/// one balance. Refuses (precondition) a sequencer that the log never knew.
[[nodiscard]] Outcome<Account> account(const Source& source, const U256& sequencer,
                                       std::uint64_t from_ms, std::uint64_t to_ms,
                                       std::atomic<std::uint64_t>* at);

[[nodiscard]] std::string to_text(const Account& account);
[[nodiscard]] std::string to_csv(const Account& account);
[[nodiscard]] boost::json::object to_json(const Account& account);

}  // namespace horae::replay
