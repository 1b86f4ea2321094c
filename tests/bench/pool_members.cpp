#include "tests/bench/pool_members.hpp"

#include <fmt/format.h>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include "actors/pool_sequence.hpp"
#include "edges/system_clock.hpp"
#include "events/pool/input.hpp"
#include "node/child/loopback.hpp"
#include "tests/fixture/deciders.hpp"
#include "tests/fixture/pool_genesis.hpp"

namespace horae::bench {
namespace {

// Between two looks whether a member's CometBFT is still there.
constexpr auto tend_every = std::chrono::seconds(1);
// Of a plain transfer, signed.
constexpr std::size_t transfer_length = 112;

template <class T>
T taken_of(tl::expected<T, Fault> result) {
  if (!result) stop("a member of the pool: " + result.error().what);
  return std::move(*result);
}

std::uint8_t number_of(std::size_t member) { return static_cast<std::uint8_t>(member + 1); }

std::filesystem::path directory_of(const std::filesystem::path& pool, std::size_t member) {
  return pool / std::to_string(number_of(member));
}

}  // namespace

// The sequence, and the bench beside it, which wants to know what is durable.
class PoolMember::Watched : public SequenceForConsensus {
 public:
  Watched(PoolMember& member, caf::actor_system& system, pool_sequence_actor sequence)
      : SequenceForConsensus(system, std::move(sequence)), member_(member) {}

  Result<BlockOutcome> settle(const OrderedBlock& block) override {
    // Consensus calls one after the other.
    block_ = {block.height, block.txns.size()};
    return settle_block(block);
  }
  Result<std::uint64_t> apply() override {
    auto out = apply_block();
    if (out) member_.saw(block_);
    return out;
  }

 protected:
  virtual Result<BlockOutcome> settle_block(const OrderedBlock& block) {
    return SequenceForConsensus::settle(block);
  }
  virtual Result<std::uint64_t> apply_block() { return SequenceForConsensus::apply(); }

 private:
  PoolMember& member_;
  Reached block_;
};

// In place of the sequence: takes whatever there is, and keeps nothing but its number.
class PoolMember::Nothing : public Watched {
 public:
  using Watched::Watched;
  Result<AppliedBlock> applied() override { return AppliedBlock{}; }
  Result<Hash32> begin(const ConsensusGenesis&) override { return Hash32(); }
  Result<TxnOutcome> check(BytesView, bool) override { return TxnOutcome{}; }
  Result<bool> acceptable(const OrderedBlock&) override { return true; }

 protected:
  Result<BlockOutcome> settle_block(const OrderedBlock& block) override {
    inputs_ += block.txns.size();
    return BlockOutcome{std::vector<TxnOutcome>(block.txns.size()), {}, to_word(U256(inputs_))};
  }
  Result<std::uint64_t> apply_block() override { return std::uint64_t{0}; }

 private:
  std::uint64_t inputs_ = 0;
};

PoolMember::PoolMember(const PoolOptions& options, const std::filesystem::path& directory,
                       Settles settles)
    : rpc_(*Endpoint::parse(fmt::format("http://127.0.0.1:{}", options.rpc_port))),
      session_(taken_of(LogSession::open({directory}))),
      system_(config_) {
  reached_.height = session_.world.local.progress.applied.height;
  const auto clock = std::make_shared<SystemClock>();
  JournalOptions journal;
  journal.on_failure = [](const Fault& fault) { stop(fault.what); };
  journal_ = spawn_journal(system_, Threading::own, meters_, board_,
                           std::make_unique<LogWriter>(session_.environment), clock,
                           session_.position, journal);
  proposals_ = std::make_shared<CometProposals>(rpc_);
  proposer_ = spawn_proposer(system_, Threading::own, meters_.add("proposer"), proposals_);
  sequence_ = spawn_pool_sequence(system_, meters_.add("sequence"), board_, session_.world.shared,
                                  session_.world.local.progress, {options.genesis, options.key, {}},
                                  journal_, proposer_);
  std::shared_ptr<SequenceForConsensus> app;
  if (settles == Settles::inputs) app = std::make_shared<Watched>(*this, system_, sequence_);
  if (settles == Settles::nothing) app = std::make_shared<Nothing>(*this, system_, sequence_);
  auto link = PoolLink::start(options, directory, rpc_, app, board_, clock);
  if (!link) stop("a member of the pool: " + link.error().what);
  link_ = std::move(*link);
}

PoolMember::~PoolMember() {
  board_->stopping = true;
  proposals_->cancel();
  link_.reset();
  caf::scoped_actor self(system_);
  const auto end = [&](auto& actor) {
    self->send_exit(actor, caf::exit_reason::kill);
    self->wait_for(actor);
    actor = nullptr;
  };
  end(sequence_);
  end(proposer_);
  end(journal_);
}

void PoolMember::propose(std::span<const Bytes> inputs) const {
  CometProposals door(rpc_);
  for (const auto& input : inputs) {
    const auto said = taken_of(door.propose(input));
    if (said.code != 0) stop("an input of the bench was refused: " + said.words);
  }
}

void PoolMember::tell(const Msg<schema::BlocksCommand>& command) {
  caf::anon_send(sequence_, command, Cause{0});
}

void PoolMember::await(const std::function<bool(const Reached&)>& holds) {
  std::unique_lock lock(mutex_);
  while (!moved_.wait_for(lock, tend_every, [&] { return holds(reached_); })) {
    if (const auto runs = link_->tend(); !runs) stop("a member of the pool: " + runs.error().what);
  }
}

Reached PoolMember::reached() const {
  const std::lock_guard lock(mutex_);
  return reached_;
}

const World& PoolMember::world() {
  if (const auto done = session_.go_on(); !done) stop("a member's log: " + done.error().what);
  return session_.world;
}

std::chrono::steady_clock::time_point PoolMember::first_at() const {
  const std::lock_guard lock(mutex_);
  return first_at_;
}

void PoolMember::saw(const Reached& block) {
  const std::lock_guard lock(mutex_);
  if (first_at_ == std::chrono::steady_clock::time_point()) {
    first_at_ = std::chrono::steady_clock::now();
  }
  reached_ = {block.height, reached_.inputs + block.inputs};
  moved_.notify_all();
}

PoolOfFour::PoolOfFour(const std::filesystem::path& directory, Settles settles)
    : directory_(directory), settles_(settles), genesis_(test::genesis_of({10, 10, 10, 10})) {
  const auto ports = taken_of(lasting_ports(2 * members));
  std::vector<Peer> peers;
  for (std::size_t member = 0; member < members; ++member) {
    PoolOptions options;
    options.genesis = genesis_;
    options.key = std::make_shared<const SecretKey>(test::secret(number_of(member)));
    options.listen = options.endpoint = {"127.0.0.1", ports[2 * member]};
    options.rpc_port = ports[2 * member + 1];
    std::filesystem::create_directories(directory_of(directory_, member));
    const auto id = taken_of(join_pool(directory_of(directory_, member), genesis_, options.key));
    peers.push_back({id, options.listen});
    options_.push_back(std::move(options));
  }
  for (std::size_t member = 0; member < members; ++member) {
    for (const auto& peer : peers) {
      if (peer.at != options_[member].listen) options_[member].peers.push_back(peer);
    }
    bring_back(member);
  }
  // Before that they catch up, and take no input.
  for (const auto& member : members_) {
    member->await([](const Reached& reached) { return reached.height > 0; });
  }
}

void PoolOfFour::bring_back(std::size_t member) {
  members_.at(member) =
      std::make_unique<PoolMember>(options_.at(member), directory_of(directory_, member), settles_);
}

void PoolOfFour::await_inputs(std::uint64_t inputs) {
  for (const auto& member : members_) {
    if (member) member->await([&](const Reached& reached) { return reached.inputs >= inputs; });
  }
}

std::string PoolOfFour::chain() const { return genesis_.read().getName().cStr(); }

Bytes PoolOfFour::input(std::size_t member) {
  const auto key = test::secret(number_of(member));
  const auto command = Msg<schema::SharedCommand>::build([&](auto root) {
    auto ready = root.initPool().initBeReady();
    ready.setPublicKey(data(public_key(key)));
    ready.setEndpoint(fmt::format("{:040}@sequencer-{}.example.org:26656", ++numbers_, member));
  });
  const auto input = sign_input(chain(), numbers_, command, key);
  return Bytes(input.bytes().begin(), input.bytes().end());
}

void PoolOfFour::agree(const Msg<schema::LockingCommand>& command) {
  const auto before = at(0).reached().inputs;
  for (std::size_t member = 0; member < members; ++member) {
    const auto input =
        sign_input(chain(), ++numbers_, test::report_command(places_, command.read()),
                   test::secret(number_of(member)));
    at(member).propose({{Bytes(input.bytes().begin(), input.bytes().end())}});
  }
  await_inputs(before + members);
  ++places_;
}

void PoolOfFour::open_l1() {
  agree(test::timed_opening());
  std::vector<test::Scene::Event> locks;
  for (std::uint8_t each = 1; each <= members; ++each) {
    locks.push_back(test::locked_by_secret(each, each, test::metis(10), test::metis(10u * each)));
  }
  agree(test::Scene::block(20, locks));
  agree(test::advance_to(60, 0));
  if (at(0).world().shared.pool.place != places_) stop("the pool agreed on no L1");
}

Msg<schema::BlocksCommand> PoolOfFour::next_block(std::size_t transfers) {
  const auto& shared = at(0).world().shared;
  test::Draft draft(shared.blocks);
  draft.txns.clear();
  for (std::size_t i = 0; i < transfers; ++i) {
    Bytes txn(transfer_length, 0x5a);
    const auto name = fmt::format("{} {}", shared.blocks.head.number, i);
    std::ranges::copy(as_bytes(name), txn.begin());
    draft.txns.push_back(std::move(txn));
  }
  draft.before_signing = [&](test::Draft::Header header) {
    header.getL1Origin().setNumber(shared.locking.confirmed_head->number);
    header.getL1Origin().setHash(data(shared.locking.confirmed_head->hash));
  };
  return draft.command();
}

}  // namespace horae::bench
