#include "node/pool/revoke_block.hpp"

#include <caf/event_based_actor.hpp>

#include "events/json.hpp"

namespace horae {
namespace {

// A pool that orders needs a second or two.
constexpr auto revoke_patience = std::chrono::seconds(15);

// Lives until what came of it is told.
class Revoking : public caf::event_based_actor {
 public:
  Revoking(caf::actor_config& config, revoking_actor sequence, std::uint64_t block,
           std::function<void(WordOutcome)> told)
      : caf::event_based_actor(config),
        sequence_(std::move(sequence)),
        block_(block),
        told_(std::move(told)) {}

  void on_exit() override {
    sequence_ = nullptr;
    told_ = nullptr;
  }

  caf::behavior make_behavior() override {
    request(sequence_, revoke_patience, RevokeBlock{block_})
        .then([this](const Receipt& receipt) { heard(receipt.read()); },
              [this](const caf::error& error) { lost(error); });
    return {};
  }

 private:
  void heard(schema::Receipt::Reader receipt) {
    if (receipt.isRejected()) {
      const auto rejected = receipt.getRejected();
      return tell(WordOutcome::refused, reason_name(rejected.getReason()) +
                                            (": " + std::string(rejected.getDetail().cStr())));
    }
    tell(WordOutcome::done,
         "the pool has this member's word that block " + std::to_string(block_) +
             " is to be revoked: it is once operators of members with more than two thirds of the "
             "power have said so (`horae pool status`)");
  }

  void lost(const caf::error& error) {
    if (error == caf::sec::request_timeout) {
      return tell(WordOutcome::unsettled,
                  "the pool has not ordered the word within 15 seconds, and still may: see whether "
                  "it orders (`horae pool status`)");
    }
    tell(WordOutcome::refused, "the node is stopping");
  }

  void tell(WordOutcome::State state, std::string words) {
    if (const auto told = std::exchange(told_, nullptr)) told({state, std::move(words)});
  }

  revoking_actor sequence_;
  std::uint64_t block_;
  std::function<void(WordOutcome)> told_;
};

}  // namespace

caf::actor revoke_block(caf::actor_system& system, const revoking_actor& sequence,
                        std::uint64_t block, std::function<void(WordOutcome)> told) {
  return system.spawn<Revoking>(sequence, block, std::move(told));
}

}  // namespace horae
