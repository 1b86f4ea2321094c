#include "node/health/situation.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace horae {
namespace {

// Our own handlers take microseconds, a commit or a block milliseconds.
constexpr std::uint64_t stuck_ms = 5'000;
// An endpoint that is asked for much may take a request's whole time-out, and then another one's.
constexpr std::uint64_t edge_stuck_ms = 90'000;
constexpr std::array edges{"L1 listener", "L1 submitter", "MPC member", "proposer"};

// A report that others do not share after so long is not agreed on in the ordinary course.
constexpr std::uint64_t agreed_ms = 60'000;
constexpr std::uint64_t agreed_behind_blocks = 50;

constexpr std::array engine_edges{"engine", "accounts"};

bool is_one_of(std::span<const char* const> names, const std::string& actor) {
  return std::ranges::any_of(names, [&](const char* name) { return actor == name; });
}

}  // namespace

bool asks_outside(const std::string& actor) {
  return is_one_of(edges, actor) || is_one_of(engine_edges, actor);
}

bool is_stuck(const Situation::Busy& busy) {
  return busy.for_ms >= (is_one_of(edges, busy.actor) ? edge_stuck_ms : stuck_ms);
}

const Situation::Busy* first_stuck(const Situation& seen) {
  const auto found = std::ranges::find_if(seen.busy, is_stuck);
  return found == seen.busy.end() ? nullptr : &*found;
}

std::uint64_t since(const Situation& seen, std::uint64_t then_ms) {
  return seen.now_ms - std::min(seen.now_ms, then_ms);
}

std::uint64_t unserved_since(const Situation& seen) {
  const auto& now = seen.committed;
  const auto due = seen.production.due_since_ms;
  if (now.waiting == 0 || now.unserved_since_ms == 0 || due == 0) return 0;
  return std::max(now.unserved_since_ms, due);
}

bool l1_at_head(const Situation& seen) {
  const auto& l1 = seen.l1;
  if (!l1.confirmed) return false;
  if (l1.state != "waiting for the pool") return l1.state == "following";
  // Each member looks at L1 at a moment of its own; what is behind is still read, block by block.
  const bool at_head = l1.head && l1.next && *l1.head <= *l1.next + agreed_behind_blocks;
  return at_head && since(seen, l1.since_ms) < agreed_ms;
}

Situation look(const Board& board, const Meters& meters) {
  Situation out;
  // What is looked at first must not seem to be later than now.
  out.start = board.get<Board::Start>();
  out.production = board.get<Board::Production>();
  out.l1 = board.get<Board::L1>();
  out.engine = board.get<Board::Engine>();
  out.catch_up = board.get<Board::CatchUp>();
  out.consensus = board.get<Board::Consensus>();
  out.forwarding = board.get<Board::Forwarding>();
  out.copies = board.get<Board::Copies>();
  out.room = board.get<Board::Room>();
  out.sending = board.get<Board::Sending>();
  out.committed = board.get<Board::Committed>();
  out.stopping = board.stopping;
  out.rpc_open = board.rpc_open;
  out.beat_ms = board.beat_ms;
  // The sealed head first: the engine's is never behind it but for a moment of looking.
  out.sealed_head = board.sealed_head;
  out.engine_head = board.engine_head;
  out.verified = board.verification.done;
  out.to_verify = board.verification.total;
  out.verified_a_second = board.verification.rate;
  const auto now_ns = ActorMeter::now_ns();
  for (const auto& meter : meters.all()) {
    const auto since_ns = meter->since_ns.load(std::memory_order_relaxed);
    if (since_ns == 0 || since_ns > now_ns) continue;
    out.busy.push_back({meter->name, meter->last_message.load(std::memory_order_relaxed),
                        (now_ns - since_ns) / 1'000'000});
  }
  std::ranges::sort(out.busy, std::ranges::greater{}, &Situation::Busy::for_ms);
  out.now_ms = Board::now_ms();
  return out;
}

}  // namespace horae
