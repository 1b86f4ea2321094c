#include "node/pool/yield_turn.hpp"

#include <caf/event_based_actor.hpp>

#include "core/hash.hpp"
#include "events/json.hpp"

namespace horae {
namespace {

// A pool that orders needs a second or two.
constexpr auto yield_patience = std::chrono::seconds(15);

// Lives until what came of it is told.
class Yielding : public caf::event_based_actor {
 public:
  Yielding(caf::actor_config& config, world_actor world, yielding_actor sequence, const Address& me,
           std::uint64_t at_least, std::function<void(WordOutcome)> told)
      : caf::event_based_actor(config),
        world_(std::move(world)),
        sequence_(std::move(sequence)),
        me_(me),
        at_least_(at_least),
        told_(std::move(told)) {}

  void on_exit() override {
    world_ = nullptr;
    sequence_ = nullptr;
    told_ = nullptr;
  }

  caf::behavior make_behavior() override {
    ask_leader(at_least_, [this](const Address& leader) {
      if (leader == me_) return yield();
      tell(WordOutcome::needless, leads(leader));
    });
    return {};
  }

 private:
  static std::string leads(const Address& leader) {
    if (leader == Address{}) return "nobody's turn to make blocks has begun";
    return "this node does not lead: " + to_hex(leader) + " does";
  }

  void yield() {
    request(sequence_, yield_patience, YieldTurn{})
        .then([this](const Receipt& receipt) { yielded(receipt.read()); },
              [this](const caf::error& error) { lost(error); });
  }

  void yielded(schema::Receipt::Reader receipt) {
    if (receipt.isRejected()) {
      const auto rejected = receipt.getRejected();
      const std::string why =
          reason_name(rejected.getReason()) + (": " + std::string(rejected.getDetail().cStr()));
      return ask_leader(at_least_, [this, why](const Address& leader) {
        if (leader == me_) return tell(WordOutcome::refused, "the pool refused it: " + why);
        tell(WordOutcome::needless, leads(leader));
      });
    }
    // 0: there was no turn of this node's to give.
    const auto seq = receipt.getAccepted();
    ask_leader(std::max(seq, at_least_), [this, seq](const Address& leader) {
      if (leader != me_) {
        return seq == 0 ? tell(WordOutcome::needless, leads(leader))
                        : tell(WordOutcome::done,
                               "this node's turn is over: " + to_hex(leader) + " leads");
      }
      tell(WordOutcome::refused,
           seq == 0 ? "members of this pool take no turns: this node makes the blocks, and gives "
                      "them to nobody"
                    : "this node's turn is over, and the next one is its own, too: no other member "
                      "could have one");
    });
  }

  template <class Then>
  void ask_leader(std::uint64_t at_least, const Then& then) {
    request(world_, yield_patience, Msg<schema::WorldQuery>::build([&](auto query) {
              query.setAtLeast(at_least);
              query.initNextBlock(1).set(0, data(me_));
            }))
        .then(
            [this, then](const Msg<schema::WorldAnswer>& answer) {
              const auto read = answer.read();
              const bool known = read.isNextBlock() && read.getNextBlock().hasLeader();
              then(known ? fixed<Address>(read.getNextBlock().getLeader()) : Address{});
            },
            [this](const caf::error& error) { lost(error); });
  }

  void lost(const caf::error& error) {
    if (error == caf::sec::request_timeout) {
      return tell(WordOutcome::unsettled,
                  "the pool has not agreed on it within 15 seconds, and still may: see whether it "
                  "orders, and who leads (`horae pool status`)");
    }
    tell(WordOutcome::refused, "the node is stopping");
  }

  void tell(WordOutcome::State state, std::string words) {
    if (const auto told = std::exchange(told_, nullptr)) told({state, std::move(words)});
  }

  world_actor world_;
  yielding_actor sequence_;
  Address me_;
  std::uint64_t at_least_;
  std::function<void(WordOutcome)> told_;
};

}  // namespace

caf::actor yield_turn(caf::actor_system& system, const world_actor& world,
                      const yielding_actor& sequence, const Address& me, std::uint64_t at_least,
                      std::function<void(WordOutcome)> told) {
  return system.spawn<Yielding>(world, sequence, me, at_least, std::move(told));
}

}  // namespace horae
