#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "telemetry/board.hpp"
#include "telemetry/meter.hpp"

namespace horae {

/// All that can be seen of a node from outside at one moment, as plain values.
struct Situation {
  struct Busy {
    std::string actor, message;
    std::uint64_t for_ms = 0;  // that it has had the message in hand
  };

  std::uint64_t now_ms = 0;
  bool stopping = false;
  bool rpc_open = false;
  std::uint64_t beat_ms = 0;  // when the main loop came by; 0: it has not begun
  std::uint64_t engine_head = 0, sealed_head = 0;
  std::uint64_t verified = 0, to_verify = 0, verified_a_second = 0;  // behind the start, records
  Board::Start start;
  Board::Production production;
  Board::L1 l1;
  Board::Engine engine;
  Board::CatchUp catch_up;
  Board::Consensus consensus;
  Board::Forwarding forwarding;
  Board::Copies copies;
  Board::Room room;
  Board::Sending sending;
  Board::Committed committed;
  std::vector<Busy> busy;  // longest first
};
[[nodiscard]] Situation look(const Board& board, const Meters& meters);

/// An actor that has one message in hand for so long is stuck; one that waits for an endpoint by
/// its nature, only after longer than such an endpoint is waited for.
[[nodiscard]] bool is_stuck(const Situation::Busy& busy);
/// The actor that has been stuck longest, or null.
[[nodiscard]] const Situation::Busy* first_stuck(const Situation& seen);
/// How long ago that was; 0 where it is to come.
[[nodiscard]] std::uint64_t since(const Situation& seen, std::uint64_t then_ms);
/// Since when this process has had transactions that a block could take and has sealed none; 0
/// where there are none. What only waits for a nonce before it does not count, nor the time in
/// which no node ran.
[[nodiscard]] std::uint64_t unserved_since(const Situation& seen);
/// What it waits for is an endpoint's answer: a new process would wait for the same.
[[nodiscard]] bool asks_outside(const std::string& actor);
/// L1 is followed up to its head, or up to what the pool is about to agree on.
[[nodiscard]] bool l1_at_head(const Situation& seen);

}  // namespace horae
