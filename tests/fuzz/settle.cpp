#include <stdexcept>

#include "events/json.hpp"
#include "events/mempool/fate.hpp"
#include "events/snapshot.hpp"
#include "tests/fixture/deciders.hpp"
#include "tests/fuzz/member.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/tools/duty_scene.hpp"

namespace horae::fuzz {
namespace {

using namespace horae::test;

// More commands of one input say little that fewer do not.
constexpr int most_commands = 100;
// Words of a refusal are for a person.
constexpr std::size_t most_detail = 16'384;

void hold_settled(bool what, const std::string& why) {
  if (!what) throw std::logic_error(why);
}

// What an input begins with: nothing, the sequencers and their chain, a pool whose members agree by
// consensus, or a chain with all its duties.
SharedState beginning(std::uint64_t which) {
  static const auto begun = [] {
    Deciders node;
    node.begin();
    return node.shared;
  }();
  static const auto living = [] {
    DutyScene scene;
    scene.live_on();
    return scene.world.shared;
  }();
  static const auto founded = founded_pool();
  if (which == 0) return {};
  if (which == 1) return begun;
  return which == 2 ? founded : living;
}

void hear_all(Stranger& stranger, const SharedState& state) {
  for_each_shared([&](auto row) {
    using State = typename decltype(row)::Shared;
    stranger.hear(state_message(state.*State::state),
                  capnp::Schema::from<typename State::Schema>());
  });
}

// The next command, as it comes through a door; none where its bytes are no message.
template <class Command>
std::optional<Msg<Command>> next_command(const SharedState& state, Stranger& stranger) {
  const auto said =
      stranger.one_in(3)
          ? Msg<Command>::build([&](auto command) { stranger.fill(capnp::toDynamic(command)); })
          : said_by_member<Command>(state, stranger);
  Bytes bytes(said.bytes().begin(), said.bytes().end());
  if (stranger.one_in(64)) {
    const auto bit = stranger.below(8 * bytes.size());
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1u << bit % 8);
  }
  const auto parsed = Msg<Command>::parse(bytes);
  if (!parsed) return std::nullopt;
  return *parsed;
}

Bytes record_of(const Fact& fact) {
  RecordHeader header;
  header.domain = fact.domain;
  header.seq = 1;
  header.kind = fact.kind;
  const auto bytes = encode(header);
  Bytes out(bytes.begin(), bytes.end());
  append(out, fact.payload.bytes());
  return out;
}

// A fact is a record's: a log holds it, who follows the log can read it, and it folds to the same
// state anywhere.
void fold_again(SharedState& state, const Fact& fact, Stranger& stranger) {
  const auto value = record_of(fact);
  const auto record = decode_record(value);
  hold_settled(record.has_value(), "a fact that is no record's");
  const auto checked = checked_fact(fact.domain, record->payload);
  hold_settled(checked.has_value(), "a fact that no log can hold");
  hold_settled(is_shared(fact.domain, fact.kind), "a fact that is not shared");
  const auto kind = [&](auto, auto read) { return static_cast<std::uint16_t>(read.which()); };
  hold_settled(visit_fact(fact.domain, record->payload, kind) == fact.kind &&
                   sha256(record->payload) == fact.digest,
               "a fact of another kind or digest");
  (void)fact_json(fact.domain, *checked);
  (void)hashes_named(*record);
  apply(state, fact.domain, *checked);
  for_domain(fact.domain, [&](auto row) {
    stranger.hear(*checked, capnp::Schema::from<typename decltype(row)::Fact>());
  });
}

// The one refusal that is a fact.
bool is_refused_seal(const Decision& decision) {
  return decision.facts.size() == 1 && decision.facts[0].domain == Domain::BLOCKS &&
         decision.facts[0].kind == schema::BlocksFact::SEAL_REFUSED;
}

// What the pool agrees on takes a sender; the rest is settled as it comes.
template <class Command>
Decision settle_said(SharedState& state, const Msg<Command>& command, Stranger& stranger) {
  if constexpr (std::is_same_v<Command, schema::PoolCommand> ||
                std::is_same_v<Command, schema::SharedCommand>) {
    // Mostly a newer word than the ones before.
    std::uint64_t newest = 0;
    for (const auto& [sender, number] : state.pool.heard) newest = std::max(newest, number);
    const auto sender = any_sender(stranger);
    return settle(state, command.read(), {sender, stranger.one_in(8) ? newest : newest + 1});
  } else {
    return settle(state, command.read());
  }
}

template <class Command>
void say(SharedState& state, Stranger& stranger, KindsMade& made) {
  const auto command = next_command<Command>(state, stranger);
  if (!command) return;
  auto again = state;
  const auto decision = settle_said(state, *command, stranger);
  hold_settled(decision.detail.size() <= most_detail, "a refusal that nobody can read");
  hold_settled(decision.ok() || decision.facts.empty() || is_refused_seal(decision),
               "a refusal with facts");
  for (const auto& fact : decision.facts) {
    fold_again(again, fact, stranger);
    made.emplace(fact.domain, fact.kind);
  }
  hold_settled(state_hash(again) == state_hash(state) && again.digests == state.digests,
               "the facts fold to another state");
}

void say_something(SharedState& state, Stranger& stranger, KindsMade& made) {
  // A founded pool hears nothing but what consensus orders.
  if (state.pool.is_founded()) return say<schema::SharedCommand>(state, stranger, made);
  std::uint64_t left = 0;
  for_each_shared([&](auto) { ++left; });
  left = stranger.below(left) + 1;
  for_each_shared([&](auto row) {
    if (--left == 0) say<typename decltype(row)::Shared::Command>(state, stranger, made);
  });
}

}  // namespace

bool fuzz_settle(BytesView bytes) {
  KindsMade made;
  settle_strangers(bytes, made);
  return !made.empty();
}

void settle_strangers(BytesView bytes, KindsMade& made) {
  Stranger stranger(bytes);
  World world;
  world.shared = beginning(stranger.below(4));
  hear_all(stranger, world.shared);
  for (int i = 0; i < most_commands && !stranger.done(); ++i) {
    say_something(world.shared, stranger, made);
  }
  const auto restored = restore_world(parts_of(world));
  hold_settled(restored.has_value() && state_hash(restored->shared) == state_hash(world.shared),
               "a snapshot of another state");
  (void)to_json(world);
}

}  // namespace horae::fuzz
