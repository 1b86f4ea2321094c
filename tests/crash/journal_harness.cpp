// A journal under load, to be killed: journal-harness DIRECTORY SEED LIFE [ACKS | sign].
//
// Opens (or begins) the log in the directory and lets many askers append through the real journal,
// batches and windows of random sizes. Writes an Ack to stdout after each receipt and goes on until
// it is killed, or has written so many. With `sign` a checkpointer signs the log beside it, much
// more often than a node's, with a key of the log's own.

#include <unistd.h>

#include <atomic>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <thread>

#include "actors/checkpointer.hpp"
#include "actors/journal.hpp"
#include "core/checkpoint.hpp"
#include "core/files.hpp"
#include "tests/crash/load.hpp"

namespace {

using namespace horae;
using namespace horae::crash;

class WallClock : public Clock {
 public:
  [[nodiscard]] std::uint64_t now_ms() const override {
    using namespace std::chrono;
    return static_cast<std::uint64_t>(
        duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
  }
};

struct Config : caf::actor_system_config {
  Config() { set("scheduler.max-threads", 1); }
};

struct Shared {
  std::shared_ptr<Environment> environment;
  std::uint64_t seed;
  std::uint64_t life;
  std::atomic<std::int64_t> left;  // Acks still to be written
  std::promise<void> done;         // the last one is
};

// Keeps a window of decisions on their way.
class Asker {
 public:
  Asker(std::shared_ptr<Shared> shared, std::uint64_t number, journal_actor journal)
      : shared_(std::move(shared)),
        place_{shared_->life, number, 0},
        journal_(std::move(journal)),
        log_(shared_->environment) {
    Dice dice(shared_->seed + 977 * shared_->life + number);
    window_ = dice.below(3) == 0 ? 1 : 1 + dice.below(48);
  }

  void begin(caf::event_based_actor* self) {
    for (std::size_t i = 0; i < window_; ++i) send(self);
  }
  void answered(caf::event_based_actor* self, const Receipt& receipt) {
    Ack ack{place_, receipt.read().getAccepted(), {}};
    ++place_.number;
    // What was acknowledged can be read at once.
    const auto value = log_.get(ack.seq);
    if (!value || !*value) stop("an acknowledged record cannot be read");
    ack.hash = record_hash(*decode_record((*value)->value));
    const auto left = shared_->left.fetch_sub(1);
    if (left <= 0) return;
    if (::write(STDOUT_FILENO, &ack, sizeof ack) != sizeof ack) ::_exit(3);
    if (left == 1) return shared_->done.set_value();
    send(self);
  }

 private:
  void send(caf::event_based_actor* self) {
    auto place = place_;
    place.number = sent_++;
    self->send(journal_, Append{decision_at(shared_->seed, place), 0});
  }

  std::shared_ptr<Shared> shared_;
  FactPlace place_;  // of the next answer
  std::uint64_t sent_ = 0;
  std::size_t window_ = 1;
  journal_actor journal_;
  LogReader log_;
};

caf::behavior ask(caf::event_based_actor* self, std::shared_ptr<Shared> shared,
                  std::uint64_t number, journal_actor journal) {
  auto asker = std::make_shared<Asker>(std::move(shared), number, std::move(journal));
  asker->begin(self);
  return {[=](const Receipt& receipt) { asker->answered(self, receipt); }};
}

JournalPosition position_in(const std::shared_ptr<Environment>& environment) {
  JournalPosition out;
  LogReader reader(environment);
  const auto shown = reader.scan(1, UINT64_MAX, [&](std::uint64_t, BytesView value) {
    const auto record = decode_record(value);
    if (!record) stop(record.error().what);
    out.pass(record->header, record_hash(*record));
    return true;
  });
  if (!shown) stop(shown.error().what);
  return out;
}

// Made with the log, on the disk before it signs anything.
std::shared_ptr<const Ed25519Key> key_in(const std::filesystem::path& directory) {
  const auto file = directory / "key.pem";
  if (const auto pem = read_small_file(file)) {
    auto key = Ed25519Key::from_pem(*pem);
    if (!key) stop(key.error().what);
    return std::make_shared<const Ed25519Key>(std::move(*key));
  }
  auto key = std::make_shared<const Ed25519Key>(Ed25519Key::make());
  if (auto kept = replace_file_durably(file, key->pem()); !kept) stop(kept.error().what);
  return key;
}

checkpointer_actor sign_log(caf::actor_system& system, const std::filesystem::path& directory,
                            std::uint64_t pause_ms, journal_actor journal) {
  CheckpointerOptions options;
  options.key = key_in(directory);
  options.origin = log_origin(1, 2, options.key->public_key());
  options.file = directory / "checkpoint";
  options.pause_ms = pause_ms;
  options.on_trouble = [](const Fault& fault) { stop(fault.what); };
  if (const auto note = read_small_file(options.file)) {
    const auto before = parse_checkpoint(*note);
    if (!before) stop(before.error().what);
    options.size = before->checkpoint.size;
  }
  auto out = spawn_checkpointer(system, Threading::own, std::make_shared<ActorMeter>("signing"),
                                std::move(options), std::move(journal));
  caf::anon_send(out, caf::tick_atom::value);
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("usage: journal-harness DIRECTORY SEED LIFE [ACKS | sign]\n", stderr);
    return 2;
  }
  auto environment = open_log(argv[1], Access::durable);
  if (!environment) stop(environment.error().what);
  auto shared = std::make_shared<Shared>();
  shared->environment = *environment;
  shared->seed = std::strtoull(argv[2], nullptr, 10);
  shared->life = std::strtoull(argv[3], nullptr, 10);
  const bool signing = argc > 4 && std::string_view(argv[4]) == "sign";
  shared->left = argc > 4 && !signing ? std::strtoll(argv[4], nullptr, 10) : INT64_MAX;

  Dice dice(shared->seed + shared->life);
  constexpr std::size_t batches[] = {1, 2, 7, 64, 512, 4096};
  JournalOptions options;
  options.batch_facts = batches[dice.below(std::size(batches))];
  options.on_failure = [](const Fault& fault) { stop(fault.what); };
  Config config;
  caf::actor_system system(config);
  Meters meters;
  const auto journal =
      spawn_journal(system, Threading::own, meters, std::make_shared<Board>(),
                    std::make_unique<LogWriter>(*environment), std::make_shared<WallClock>(),
                    position_in(*environment), options);
  checkpointer_actor checkpointer;
  if (signing) checkpointer = sign_log(system, argv[1], dice.below(20), journal);
  const auto askers = 1 + dice.below(24);
  for (std::uint64_t i = 0; i < askers; ++i) system.spawn(ask, shared, i, journal);
  shared->done.get_future().wait();
  // Nothing is in order at its end that a kill would not have to leave in order, too.
  ::_exit(0);
}
