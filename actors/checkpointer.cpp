#include "actors/checkpointer.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <chrono>

#include "core/checkpoint.hpp"
#include "core/files.hpp"

namespace horae {
namespace {

class Checkpointer : public Metered<checkpointer_actor::base> {
 public:
  Checkpointer(caf::actor_config& config, std::shared_ptr<ActorMeter> counted,
               CheckpointerOptions options, journal_actor journal)
      : Metered(config, std::move(counted)),
        options_(std::move(options)),
        size_(options_.size),
        journal_(std::move(journal)) {}

  behavior_type make_behavior() override {
    return {
        [this](const WriteCheckpoint&) {
          const auto counting = handling("WriteCheckpoint");
          auto promise = make_response_promise<CheckpointWritten>();
          this->request(journal_, caf::infinite, AskTree{})
              .then(
                  [this, promise](const DurableTree& durable) mutable {
                    const auto answering = handling("DurableTree");
                    promise.deliver(CheckpointWritten{write(durable.tree), size_});
                  },
                  on_lost("a question for the log's tree"));
          return promise;
        },
        [this](caf::tick_atom) {
          const auto counting = handling("tick");
          this->request(journal_, caf::infinite, Beyond{size_})
              .then(
                  [this](const Durable&) {
                    const auto answering = handling("Durable");
                    follow();
                  },
                  on_lost("the durable position"));
        },
    };
  }

 private:
  void follow() {
    this->request(journal_, caf::infinite, AskTree{})
        .then(
            [this](const DurableTree& durable) {
              const auto counting = handling("DurableTree");
              tell(write(durable.tree));
              this->delayed_send(this, std::chrono::milliseconds(options_.pause_ms),
                                 caf::tick_atom::value);
            },
            on_lost("a question for the log's tree"));
  }

  void tell(const Result<void>& written) {
    if (written) {
      if (!trouble_.empty() && options_.on_mended) options_.on_mended();
      trouble_.clear();
    } else if (written.error().what != trouble_) {
      trouble_ = written.error().what;
      if (options_.on_trouble) options_.on_trouble(written.error());
    }
  }

  Result<void> write(const merkle::Frontier& tree) {
    if (tree.size() == size_) return {};
    const Checkpoint checkpoint{options_.origin, tree.size(), tree.root()};
    const auto note = sign_note(to_text(checkpoint), options_.origin, *options_.key);
    auto written = replace_file_durably(options_.file, note);
    if (written) size_ = tree.size();
    return written;
  }

  CheckpointerOptions options_;
  std::uint64_t size_;   // of the last checkpoint
  std::string trouble_;  // what was told last, while it lasts
  journal_actor journal_;
};

}  // namespace

checkpointer_actor spawn_checkpointer(caf::actor_system& system, Threading threading,
                                      std::shared_ptr<ActorMeter> meter,
                                      CheckpointerOptions options, journal_actor journal) {
  return spawn_as<Checkpointer>(system, threading, std::move(meter), std::move(options),
                                std::move(journal));
}

}  // namespace horae
