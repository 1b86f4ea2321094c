#include "events/locking/locking.hpp"

#include <algorithm>

#include "events/locking/pool.hpp"

namespace horae {
namespace {

using schema::LockingFact;

// Facts of one L1 block: two for each event that it can have. More is no disagreement about a few
// numbers, and no commit to make.
constexpr std::size_t most_facts = 65'536;

std::string say(const L1Point& block) {
  return "block " + std::to_string(block.number) + " " + to_hex(block.hash);
}

Fact copy_fact(LockingFact::Reader reader) {
  auto payload = Message::adopt(capnp::canonicalize(reader));
  const auto digest = sha256(payload.bytes());
  return {domain_of<LockingFact>, static_cast<std::uint16_t>(reader.which()), -1,
          std::move(payload), digest};
}

Decision decide_open(const Locking& state, schema::PoolOpened::Reader opened) {
  if (!state.is_open()) {
    return {
        Reason::NONE, "", {make_fact<LockingFact>([&](auto fact) { fact.setPoolOpened(opened); })}};
  }
  const auto words = capnp::canonicalize(opened);
  const auto bytes = words.asBytes();
  if (std::ranges::equal(state.opened.bytes(), BytesView(bytes.begin(), bytes.size()))) return {};
  return refuse(Reason::FORK, "the pool was opened with other values");
}

/// A refusal, or whether the block was folded before.
struct Placed {
  Decision refusal;
  bool known = false;
};

Placed place(const Locking& state, const L1Point& block, const Hash32& parent) {
  const auto known = [&](const L1Point& other) -> std::optional<Placed> {
    if (other.number != block.number) return {};
    if (other.hash == block.hash) return Placed{{}, true};
    return Placed{refuse(Reason::FORK, say(block) + " where " + say(other) + " is known"), false};
  };
  for (const auto& pending : state.pending) {
    if (auto placed = known(pending.block)) return *placed;
  }
  if (state.base_block) {
    if (auto placed = known(*state.base_block); placed && placed->known) return *placed;
  }
  if (state.finalized && block.number <= state.finalized->number) {
    return {refuse(Reason::BELOW_FINALIZED,
                   say(block) + " is at or below the finalized " + say(*state.finalized))};
  }
  const auto last = state.last_known();
  if (!last) return {};
  if (block.number <= last->number) {
    return {refuse(Reason::FORK, say(block) + " is not above the last known " + say(*last))};
  }
  if (block.number == last->number + 1 && parent != last->hash) {
    return {refuse(Reason::FORK, say(block) + " does not follow " + say(*last))};
  }
  return {};
}

/// What makes a command no honest edge's; empty where nothing does.
std::string flaw(schema::ObserveBlock::Reader command, const L1Point& block) {
  std::optional<std::uint32_t> before;
  for (const auto event : command.getEvents()) {
    if (!is_event(event)) return "a fact that is no event";
    const auto position = position_of(event);
    if (position.getBlock() != block.number ||
        fixed<Hash32>(position.getBlockHash()) != block.hash ||
        position.getTimestamp() != command.getTimestamp()) {
      return "an event of another block";
    }
    if (before && position.getLogIndex() <= *before) return "events out of order";
    before = position.getLogIndex();
  }
  return "";
}

Decision decide_observe(const Locking& state, schema::ObserveBlock::Reader command) {
  if (!state.is_open()) return refuse(Reason::NOT_OPEN, "the pool is not open");
  const auto block = to_point(command.getBlock());
  auto placed = place(state, block, fixed<Hash32>(command.getParentHash()));
  if (!placed.refusal.ok() || placed.known) return std::move(placed.refusal);
  if (auto wrong = flaw(command, block); !wrong.empty()) {
    return refuse(Reason::WRONG_CONTENT, say(block) + " with " + wrong);
  }
  Decision decision;
  PoolView pool = state.current;
  for (const auto event : command.getEvents()) {
    const auto differences = check_event(pool, event);
    if (decision.facts.size() + 1 + differences.size() > most_facts) {
      return refuse(Reason::TOO_LARGE,
                    say(block) + " makes more than " + std::to_string(most_facts) + " facts");
    }
    const auto cause = static_cast<std::int32_t>(decision.facts.size());
    decision.facts.push_back(copy_fact(event));
    for (const auto& difference : differences) {
      decision.facts.push_back(make_fact<LockingFact>(
          [&](auto fact) {
            auto found = fact.initDiscrepancyFound();
            found.setPosition(position_of(event));
            found.setWhat(difference.what.c_str());
            found.setFolded(difference.folded.c_str());
            found.setLogged(difference.logged.c_str());
          },
          cause));
    }
    apply_event(pool, event);
  }
  return decision;
}

Decision decide_advance(const Locking& state, schema::L1Advanced::Reader command) {
  if (!state.is_open()) return refuse(Reason::NOT_OPEN, "the pool is not open");
  const auto confirmed = to_point(command.getConfirmed());
  const auto finalized = to_point(command.getFinalized());
  const bool time_is_news = state.confirmed_time == 0 && command.getTimestamp() != 0;
  if (state.confirmed_head == confirmed && state.finalized.value_or(L1Point{}) == finalized &&
      !time_is_news) {
    return {};
  }
  if (finalized.number > confirmed.number ||
      (finalized.number == confirmed.number && finalized.hash != confirmed.hash)) {
    return refuse(Reason::WRONG_CONTENT, "the confirmed " + say(confirmed) +
                                             " does not contain the finalized " + say(finalized));
  }
  if (state.finalized &&
      (finalized.number < state.finalized->number ||
       (finalized.number == state.finalized->number && finalized.hash != state.finalized->hash))) {
    return refuse(Reason::BELOW_FINALIZED,
                  say(finalized) + " after the finalized " + say(*state.finalized));
  }
  for (const auto& [block, fact] : state.pending) {
    if ((block.number == confirmed.number && block.hash != confirmed.hash) ||
        (block.number == finalized.number && block.hash != finalized.hash)) {
      return refuse(Reason::FORK, "an advance to another block than the folded " + say(block));
    }
  }
  const auto last = state.last_known();
  if (last && (confirmed.number < last->number ||
               (confirmed.number == last->number && confirmed.hash != last->hash))) {
    return refuse(Reason::FORK, say(confirmed) + " after " + say(*last));
  }
  if (command.getTimestamp() < state.confirmed_time) {
    return refuse(Reason::WRONG_CONTENT,
                  say(confirmed) + " of time " + std::to_string(command.getTimestamp()) +
                      " after one of " + std::to_string(state.confirmed_time));
  }
  return {
      Reason::NONE, "", {make_fact<LockingFact>([&](auto fact) { fact.setL1Advanced(command); })}};
}

Decision decide_revert(const Locking& state, schema::L1Reverted::Reader command) {
  if (!state.is_open()) return refuse(Reason::NOT_OPEN, "the pool is not open");
  const auto to = to_point(command.getTo());
  // To the opening or before it: no reorganisation, everything is read again.
  const bool whole = to.number <= state.opened.read().getBlock();
  if (state.finalized && !whole &&
      (to.number < state.finalized->number ||
       (to.number == state.finalized->number && to.hash != state.finalized->hash))) {
    return refuse(Reason::BELOW_FINALIZED,
                  "a return to " + say(to) + ", below the finalized " + say(*state.finalized));
  }
  for (const auto& [block, fact] : state.pending) {
    if (block.number == to.number && block.hash != to.hash) {
      return refuse(Reason::FORK, "a return to another block than the folded " + say(block));
    }
  }
  const auto last = state.last_known();
  if (!last || last->number <= to.number) return {};
  return {
      Reason::NONE, "", {make_fact<LockingFact>([&](auto fact) { fact.setL1Reverted(command); })}};
}

}  // namespace

Decision decide(const Locking& state, schema::LockingCommand::Reader command) {
  using Command = schema::LockingCommand;
  switch (command.which()) {
    case Command::OPEN:
      return decide_open(state, command.getOpen());
    case Command::OBSERVE:
      return decide_observe(state, command.getObserve());
    case Command::ADVANCE:
      return decide_advance(state, command.getAdvance());
    case Command::REVERT:
      return decide_revert(state, command.getRevert());
    case Command::NONE:
      return refuse(Reason::WRONG_CONTENT, "an empty command");
  }
  return refuse(Reason::WRONG_CONTENT, "a command of a newer version");
}

}  // namespace horae
