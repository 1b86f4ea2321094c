#include "node/inspect/server.hpp"

#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>
#include <kj/exception.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <future>
#include <map>
#include <thread>

#include "edges/quiet_thread.hpp"
#include "edges/unix_socket.hpp"
#include "node/inspect/messages.hpp"
#include "node/inspect/snapshot.hpp"
#include "schemas/inspect.capnp.h"

namespace horae {
namespace {

// A request is some hundred bytes; what claims to be more is no request.
constexpr std::uint64_t message_words = 8192;
constexpr std::uint64_t calls_words = 8192;
constexpr auto sampling = 1 * kj::SECONDS;
constexpr auto accept_retry = 100 * kj::MILLISECONDS;
// Below the actors, whose work it watches, but never without a turn: who looks into a node that is
// too busy must get to see it.
constexpr int niceness = 10;

capnp::ReaderOptions small_messages() {
  capnp::ReaderOptions options;
  options.traversalLimitInWords = message_words;
  return options;
}

// The library reports what strangers send on stderr; here that is no one's trouble but theirs.
class Quiet : public kj::ExceptionCallback {
 public:
  void onRecoverableException(kj::Exception&& exception) override {
    kj::throwFatalException(kj::mv(exception));
  }
  void logMessage(kj::LogSeverity, const char*, int, int, kj::String&&) override {}
};

void write(schema::Inspector::WordOutcome::Builder out, const WordOutcome& outcome) {
  using State = schema::Inspector::WordState;
  constexpr std::array states{State::UNKNOWN, State::DONE, State::NEEDLESS, State::REFUSED,
                              State::UNSETTLED};
  out.setState(states.at(outcome.state));
  out.setWords(outcome.words.c_str());
}

struct Attachment {
  Attachment(kj::Own<kj::AsyncIoStream> connected, capnp::Capability::Client inspector)
      : stream(kj::mv(connected)),
        network(*stream, capnp::rpc::twoparty::Side::SERVER, small_messages()),
        rpc(capnp::makeRpcServer(network, kj::mv(inspector))) {
    rpc.setFlowLimit(calls_words);
  }

  kj::Own<kj::AsyncIoStream> stream;
  capnp::TwoPartyVatNetwork network;
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> rpc;
  std::uint64_t last_call = 0;  // on the count of all calls and attachments
};

// All that lives on the server's thread.
class Service : private kj::TaskSet::ErrorHandler {
 public:
  Service(kj::AsyncIoContext& io, int descriptor, std::shared_ptr<const Meters> meters,
          std::shared_ptr<const Board> board, std::shared_ptr<const Clock> clock,
          InspectLimits limits, AskReaders readers, ObeyWord obey)
      : timer_(io.provider->getTimer()),
        listener_(io.lowLevelProvider->wrapListenSocketFd(
            descriptor, kj::LowLevelAsyncIoProvider::TAKE_OWNERSHIP |
                            kj::LowLevelAsyncIoProvider::ALREADY_CLOEXEC |
                            kj::LowLevelAsyncIoProvider::ALREADY_NONBLOCK)),
        meters_(std::move(meters)),
        sampler_(meters_),
        watch_(meters_),
        readers_(std::move(readers)),
        obey_(std::move(obey)),
        board_(std::move(board)),
        clock_(std::move(clock)),
        limits_(limits),
        started_ms_(clock_->now_ms()),
        started_ns_(ActorMeter::now_ns()),
        tasks_(*this) {
    sampler_.sample(started_ns_);
    tasks_.add(accept());
    tasks_.add(tick());
  }

  // Fills a snapshot for one attachment; false when it leaves its answers unread.
  bool answer(std::uint64_t id, schema::Inspector::Snapshot::Builder out) {
    if (!hears(id)) return false;
    write_snapshot(out, sampler_, *board_, health_of(look(*board_, *meters_)),
                   readers_ ? readers_() : std::vector<LogReading>{}, moment());
    return true;
  }
  // The same with an actor's messages.
  bool answer(std::uint64_t id, schema::Inspector::MessagesParams::Reader asked,
              schema::Inspector::Messages::Builder out) {
    if (!hears(id)) return false;
    watch_.answer(out, asked.getActor().cStr(), asked.getAfter(), asked.getMost(), sampler_,
                  moment());
    return true;
  }

  // Has the node do it; nothing comes of it where the attachment leaves its answers unread.
  kj::Promise<WordOutcome> tell(std::uint64_t id, schema::Inspector::OperatorWord::Reader word) {
    if (!hears(id)) return kj::NEVER_DONE;
    switch (word.which()) {
      case schema::Inspector::OperatorWord::NONE:
        break;
      case schema::Inspector::OperatorWord::YIELD_TURN:
        return obey({OperatorWord::yield_turn});
      case schema::Inspector::OperatorWord::REVOKE_BLOCK:
        return obey({OperatorWord::revoke_block, word.getRevokeBlock()});
    }
    return WordOutcome{WordOutcome::unknown, "the node does not know this word"};
  }

 private:
  class Inspecting;

  kj::Promise<WordOutcome> obey(OperatorWord word) {
    if (!obey_) return WordOutcome{WordOutcome::refused, "this node is told nothing here"};
    if (*obeying_) {
      return WordOutcome{WordOutcome::refused,
                         "the node was told something a moment ago, and is at it still: try again"};
    }
    *obeying_ = true;
    auto asked = kj::newPromiseAndCrossThreadFulfiller<WordOutcome>();
    auto told = std::make_shared<kj::Own<kj::CrossThreadPromiseFulfiller<WordOutcome>>>(
        kj::mv(asked.fulfiller));
    obey_(word, [told](WordOutcome outcome) { (*told)->fulfill(kj::mv(outcome)); });
    // A call goes on when its asker is gone, and may be let go after this service.
    return asked.promise.attach(kj::defer([obeying = obeying_] { *obeying = false; }));
  }

  bool hears(std::uint64_t id) {
    const auto found = attachments_.find(id);
    if (found == attachments_.end() || unread(*found->second)) return false;
    found->second->last_call = ++calls_;
    return true;
  }

  Moment moment() const {
    return {clock_->now_ms(), ActorMeter::now_ns(), started_ms_, started_ns_};
  }

  kj::Promise<void> accept() {
    return listener_->accept().then(
        [this](kj::Own<kj::AsyncIoStream> stream) {
          attach(kj::mv(stream));
          return accept();
        },
        [this](kj::Exception&&) {
          // Out of descriptors, or gone before it was accepted: others may still come.
          return timer_.afterDelay(accept_retry).then([this] { return accept(); });
        });
  }

  kj::Promise<void> tick() {
    return timer_.afterDelay(sampling).then([this] {
      const auto now_ns = ActorMeter::now_ns();
      sampler_.sample(now_ns);
      watch_.tick(now_ns);
      std::erase_if(attachments_, [this](const auto& entry) { return unread(*entry.second); });
      return tick();
    });
  }

  bool unread(Attachment& attachment) const {
    return attachment.network.getCurrentQueueSize() > limits_.unread_bytes;
  }

  void attach(kj::Own<kj::AsyncIoStream> stream);

  void make_room() {
    const auto silent = std::min_element(
        attachments_.begin(), attachments_.end(),
        [](const auto& a, const auto& b) { return a.second->last_call < b.second->last_call; });
    if (silent != attachments_.end()) attachments_.erase(silent);
  }

  void taskFailed(kj::Exception&&) override {}

  kj::Timer& timer_;
  kj::Own<kj::ConnectionReceiver> listener_;
  std::shared_ptr<const Meters> meters_;
  Sampler sampler_;
  MessageWatch watch_;
  AskReaders readers_;
  ObeyWord obey_;
  std::shared_ptr<bool> obeying_ = std::make_shared<bool>(false);
  std::shared_ptr<const Board> board_;
  std::shared_ptr<const Clock> clock_;
  InspectLimits limits_;
  std::uint64_t started_ms_;
  std::uint64_t started_ns_;
  std::uint64_t calls_ = 0;
  std::uint64_t next_id_ = 0;
  std::map<std::uint64_t, std::unique_ptr<Attachment>> attachments_;
  kj::TaskSet tasks_;
};

class Service::Inspecting final : public schema::Inspector::Server {
 public:
  Inspecting(Service& service, std::uint64_t id) : service_(service), id_(id) {}

 protected:
  kj::Promise<void> snapshot(SnapshotContext context) override {
    // Whoever does not read is not answered, and heard no further.
    if (!service_.answer(id_, context.getResults().initSnapshot())) return kj::NEVER_DONE;
    return kj::READY_NOW;
  }
  kj::Promise<void> messages(MessagesContext context) override {
    if (!service_.answer(id_, context.getParams(), context.getResults().initMessages())) {
      return kj::NEVER_DONE;
    }
    return kj::READY_NOW;
  }
  kj::Promise<void> tell(TellContext context) override {
    return service_.tell(id_, context.getParams().getWord())
        .then([context](const WordOutcome& outcome) mutable {
          write(context.getResults().initOutcome(), outcome);
        });
  }

 private:
  Service& service_;
  std::uint64_t id_;
};

void Service::attach(kj::Own<kj::AsyncIoStream> stream) {
  if (attachments_.size() >= limits_.connections) make_room();
  const auto id = next_id_++;
  auto attachment = std::make_unique<Attachment>(kj::mv(stream), kj::heap<Inspecting>(*this, id));
  attachment->last_call = ++calls_;
  tasks_.add(attachment->network.onDisconnect().then(
      [this, id] { attachments_.erase(id); },
      [this, id](kj::Exception&&) { attachments_.erase(id); }));
  attachments_.emplace(id, std::move(attachment));
}

using Stop = kj::Own<kj::CrossThreadPromiseFulfiller<void>>;

}  // namespace

struct InspectServer::Inside {
  std::filesystem::path socket;
  std::shared_ptr<const Meters> meters;
  std::shared_ptr<const Board> board;
  std::shared_ptr<const Clock> clock;
  InspectLimits limits;
  AskReaders readers;
  ObeyWord obey;
  Stop stop_serving;
  std::thread thread;

  void serve(int descriptor, std::promise<Result<Stop>> ready) {
    const Quiet quiet;
    // Of this thread alone, as Linux has it. Where it is refused, it serves as it is.
    (void)::setpriority(PRIO_PROCESS, 0, niceness);
    bool serving = false;
    try {
      auto io = kj::setupAsyncIo();
      const Service service(io, descriptor, meters, board, clock, limits, readers, obey);
      auto stopping = kj::newPromiseAndCrossThreadFulfiller<void>();
      ready.set_value(std::move(stopping.fulfiller));
      serving = true;
      stopping.promise.wait(io.waitScope);
    } catch (const kj::Exception& failed) {
      if (serving) stop(std::string("the inspector's thread: ") + failed.getDescription().cStr());
      ready.set_value(fail(failed.getDescription().cStr()));
    }
  }
};

InspectServer::InspectServer(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}

Result<std::unique_ptr<InspectServer>> InspectServer::start(std::filesystem::path socket,
                                                            std::shared_ptr<const Meters> meters,
                                                            std::shared_ptr<const Board> board,
                                                            std::shared_ptr<const Clock> clock,
                                                            InspectLimits limits,
                                                            AskReaders readers, ObeyWord obey) {
  const auto descriptor = listen_at(socket);
  if (!descriptor) return within("inspector", descriptor.error());
  auto inside = std::make_unique<Inside>();
  inside->socket = std::move(socket);
  inside->meters = std::move(meters);
  inside->board = std::move(board);
  inside->clock = std::move(clock);
  inside->limits = limits;
  inside->readers = std::move(readers);
  inside->obey = std::move(obey);

  std::promise<Result<Stop>> ready;
  auto started = ready.get_future();
  // The promise is the thread's from its first moment: this one only waits for what comes of it.
  inside->thread =
      quiet_thread("inspector", [&ready, server = inside.get(), listening = *descriptor] {
        server->serve(listening, std::move(ready));
      });
  auto stopping = started.get();
  if (!stopping) {
    inside->thread.join();
    ::unlink(inside->socket.c_str());
    return within("inspector", stopping.error());
  }
  inside->stop_serving = std::move(*stopping);
  return std::unique_ptr<InspectServer>(new InspectServer(std::move(inside)));
}

InspectServer::~InspectServer() {
  inside_->stop_serving->fulfill();
  inside_->thread.join();
  ::unlink(inside_->socket.c_str());
}

}  // namespace horae
