#pragma once

#include "events/turns.hpp"
#include "tests/fixture/pool_genesis.hpp"
#include "tests/sim/l1_reporter.hpp"
#include "tests/sim/pool_heights.hpp"

namespace horae::test {

/// An input on its way to consensus. number: told apart by it.
struct SimInput {
  std::uint64_t number = 0;
  Address sender;
  Msg<schema::SharedCommand> command;
};
using SimInputPtr = std::shared_ptr<const SimInput>;

/// A member as a process: a log that lasts, a state that does not. It follows L1 by its own
/// endpoint, settles what consensus orders as actors/pool_sequence does, and makes blocks if it
/// leads.
class SimMember {
 public:
  using Give = std::function<void(SimInputPtr)>;
  enum Window { none, decided, settled, appended };  // where a process ends in a height

  SimMember(std::uint8_t key, Msg<schema::PoolGenesis> genesis, L1Reporter::Options l1, Give give)
      : key_(key), genesis_(std::move(genesis)), l1_options_(l1), give_(std::move(give)) {}

  const L1View* view = nullptr;
  bool connected = true;
  bool alters = false;               // its engine executes otherwise than the others'
  std::uint64_t refused_blocks = 0;  // of its own, which it made anew

  [[nodiscard]] std::uint8_t key() const { return key_; }
  [[nodiscard]] const Address& address() const { return known_key(key_).address; }
  [[nodiscard]] const SharedState& state() const { return state_; }
  [[nodiscard]] std::uint64_t height() const { return progress_.applied.height; }
  [[nodiscard]] const PoolProgress& progress() const { return progress_; }
  [[nodiscard]] const WrittenLog& log() const { return log_; }
  [[nodiscard]] bool is_up() const { return up_; }

  [[nodiscard]] SimOutcome outcome() const {
    return {app_hash(state_.digests), state_hash(state_), state_.pool.members};
  }

  /// The next height; the process may end in it. The founding comes with the first.
  void settle_height(const std::vector<SimInputPtr>& block, Window window) {
    if (window == decided) return end();
    const auto height = progress_.applied.height + 1;
    std::vector<Decision> decisions;
    if (height == 1) {
      auto founding = found(state_, genesis_.read());
      BOOST_TEST_REQUIRE(founding.has_value());
      decisions = std::move(*founding);
    }
    bool settles_mine = false;
    for (const auto& input : block) {
      auto decision = settle(state_, input->command.read(), {input->sender, input->number});
      if (input->sender == address()) ours(*input, decision, settles_mine);
      decisions.push_back(std::move(decision));
    }
    if (window == settled) return end();
    if (settles_mine) keep(decisions, input_settled(progress_));
    keep(decisions, block_applied(progress_, {height, hash(height), app_hash(state_.digests)}));
    for (const auto& decision : decisions) log_.add(decision);
    if (window == appended) return end();
    hear();
  }

  /// As L1's listener and the sequence's report together, and what has been agreed on meanwhile.
  void follow() {
    if (!up_ || !state_.pool.is_founded()) return;
    if (told_) return;  // it waits
    // What was read on top of something else than what is agreed on now is not told.
    if (std::exchange(based_on_, state_.pool.place) != state_.pool.place) reporter_->not_agreed();
    auto command = reporter_->next(*view, state_.locking);
    if (!command) return;
    told_ = Told{*command, l1_digest(command->read()), state_.pool.place};
    const auto finalized =
        command->read().isAdvance() ? command->read().getAdvance().getFinalized().getNumber() : 0;
    const StandingReport mine{told_->digest, finalized, block_of(command->read())};
    const auto standing = state_.pool.reports.find(address());
    if (standing != state_.pool.reports.end() && standing->second.digest == mine.digest) return;
    report(told_->place, mine, state_.pool.offered.contains(mine.digest) ? nullptr : &*command);
  }
  /// The listener has waited long enough, and looks at L1 again.
  void lose_patience() {
    if (told_ && told_->place == state_.pool.place) forget_told();
  }
  [[nodiscard]] bool leads() const { return up_ && leader_of(state_) == address(); }
  /// The leader makes a block where none waits.
  void lead() {
    const auto& head = state_.locking.confirmed_head;
    if (!leads() || progress_.proposed || !state_.blocks.open || !head ||
        head->number < state_.blocks.head.l1_origin ||
        !standing(state_.locking, address()).active) {
      return;
    }
    const auto& asked = state_.blocks.attestation;
    if (asked && asked->unattested.size() >= asked->most) return;
    sealed_ =
        std::make_shared<SimInput>(SimInput{++numbers_, address(), block(alters ? altered : 0)});
    const auto number = std::to_string(sealed_->number);
    std::vector<Decision> decisions;
    keep(decisions, input_proposed(progress_, {state_.blocks.head.number + 1,
                                               Bytes(number.begin(), number.end())}));
    log_.add(decisions.front());
  }
  /// A block that no honest node signs: a second one of its number, or of an epoch that is not its
  /// own; salt: tells it from others.
  void equivocate(std::uint8_t salt, std::uint64_t epochs_before) {
    if (!up_ || !state_.blocks.open || !state_.locking.confirmed_head) return;
    equivocates_ = true;
    say(block(salt, epochs_before));
  }
  /// Whether a block does not come out as it is sealed, by every engine but an altering one's.
  [[nodiscard]] static bool is_altered(const Hash32& state_root) {
    return state_root != Hash32{{honest_root}};
  }
  /// What this member's engine makes of the blocks that nobody has attested yet.
  void attest() {
    if (!up_ || !state_.blocks.attestation || !state_.pool.members.contains(address())) return;
    const auto& points = state_.blocks.attestation->points;
    for (std::size_t i = 1; i < points.size(); ++i) {
      const auto& head = points[i].head;
      const bool differs = is_altered(head.state_root);
      if (!differs && i + 1 < points.size()) continue;
      return attest(head.number, differs ? sha256(head.hash.view()) : head.hash, head.hash);
    }
  }
  void attest(std::uint64_t number, const Hash32& hash, const Hash32& sealed) {
    say(Msg<schema::SharedCommand>::build([&](auto root) {
      auto said = root.initPool().initAttest();
      said.setNumber(number);
      said.setHash(data(hash));
      if (hash != sealed) said.setSealed(data(sealed));
    }));
  }
  /// What consensus may have lost: a block that waits, and its own word that it runs.
  void give_again() {
    if (!up_) return;
    if (progress_.proposed) give_(sealed_);
    const auto ready = Msg<schema::SharedCommand>::build([&](auto root) {
      auto told = root.initPool().initBeReady();
      told.setPublicKey(data(known_key(key_).key));
      told.setEndpoint("id@host:1");
    });
    if (state_.pool.members.contains(address()) || state_.pool.ready.contains(address())) return;
    if (is_heard(state_, ready.read(), address())) say(ready);
  }
  void say(const Msg<schema::SharedCommand>& command) {
    give_(std::make_shared<SimInput>(SimInput{++numbers_, address(), command}));
  }

  /// What a process that begins has is its log, as the auditor folds it.
  void begin() {
    auto world = folded(Trust::log);
    state_ = std::move(world.shared);
    progress_ = std::move(world.local.progress);
    told_.reset();
    reporter_.emplace(l1_options_);
    up_ = true;
  }
  void end() { up_ = false; }

  [[nodiscard]] World folded(Trust trust) const {
    World world;
    for (const auto& value : log_.values) {
      const auto done = fold(world, *decode_record(value), trust);
      BOOST_TEST_REQUIRE(done.has_value(), (done ? "" : done.error().what));
    }
    BOOST_TEST_REQUIRE(world.settled);
    return world;
  }

 private:
  struct Told {
    Msg<schema::LockingCommand> command;
    Hash32 digest;
    std::uint64_t place = 0;
  };

  void keep(std::vector<Decision>& decisions, Decision decision) {
    BOOST_TEST_REQUIRE(decision.ok(), decision.detail);
    apply_all<schema::PoolFact>(progress_, decision);
    decisions.push_back(std::move(decision));
  }

  void ours(const SimInput& input, const Decision& decision, bool& settles_mine) {
    const auto number = std::to_string(input.number);
    if (progress_.proposed && std::ranges::equal(progress_.proposed->input, number)) {
      settles_mine = true;
      if (decision.ok() || equivocates_) return;
      ++refused_blocks;
      // It signs another one of that number: the first must be known to be refused, or of another
      // turn.
      const auto header = input.command.read().getBlocks().getSeal().getHeader();
      if (state_.blocks.turns && header.getEpoch() != state_.blocks.epoch.number) return;
      BOOST_TEST_REQUIRE(is_refused(state_.blocks, header), decision.detail);
    }
  }

  [[nodiscard]] Msg<schema::SharedCommand> block(std::uint8_t salt,
                                                 std::uint64_t epochs_before = 0) const {
    const auto& head = state_.locking.confirmed_head;
    Draft draft(state_.blocks);
    draft.txns.resize(1);
    draft.signer = key_;
    draft.before_signing = [&](Draft::Header header) {
      header.setSequencer(data(address()));
      header.setEpoch(header.getEpoch() - std::min(header.getEpoch(), epochs_before));
      if (salt != 0) header.setStateRoot(data(Hash32{{salt}}));
      header.getL1Origin().setNumber(head->number);
      header.getL1Origin().setHash(data(head->hash));
    };
    const auto seal = draft.command();
    return Msg<schema::SharedCommand>::build([&](auto root) { root.setBlocks(seal.read()); });
  }

  void report(std::uint64_t place, const StandingReport& what,
              const Msg<schema::LockingCommand>* command) {
    say(Msg<schema::SharedCommand>::build([&](auto root) {
      auto told = root.initPool().initReport();
      told.setPlace(place);
      told.setFinalized(what.finalized);
      told.setBlock(what.block);
      told.setDigest(data(what.digest));
      if (command != nullptr) told.setCommand(command->read());
    }));
  }

  // What became of the report, now that a height is durable.
  void hear() {
    if (!told_ || state_.pool.place == told_->place) return;
    if (state_.pool.last_digest == told_->digest) {
      reporter_->agreed(told_->command.read(), state_.locking);
      based_on_ = state_.pool.place;
      told_.reset();
      return;
    }
    const auto block = block_of(told_->command.read());
    if (state_.pool.last_block == block && state_.pool.place == told_->place + 1) {
      report(told_->place, {told_->digest, 0, block}, nullptr);
    }
    forget_told();
  }
  void forget_told() {
    reporter_->not_agreed();
    told_.reset();
  }

  static constexpr std::uint8_t honest_root = 3;  // Draft's
  static constexpr std::uint8_t altered = 201;    // of what equivocates no salt is as high

  std::uint8_t key_;
  Msg<schema::PoolGenesis> genesis_;
  L1Reporter::Options l1_options_;
  Give give_;

  WrittenLog log_;
  SimInputPtr sealed_;         // stands in the log in a real one
  std::uint64_t numbers_ = 0;  // goes on by the clock in a real one

  bool up_ = false;
  bool equivocates_ = false;
  SharedState state_;
  PoolProgress progress_;
  std::optional<L1Reporter> reporter_;
  std::optional<Told> told_;
  std::uint64_t based_on_ = 0;  // the place at which the reporter knew all that is agreed on
};

}  // namespace horae::test
