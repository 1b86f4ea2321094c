#include "node/rpc/node_backend.hpp"

#include <boost/json.hpp>
#include <caf/send.hpp>
#include <condition_variable>
#include <deque>
#include <thread>

#include "edges/engine_reads.hpp"
#include "edges/quiet_thread.hpp"
#include "node/health/health.hpp"
#include "node/health/pool_json.hpp"

namespace horae {
namespace {

namespace json = boost::json;

rpc::Answer to_answer(RpcResult<json::value> result) {
  if (result) return std::move(*result);
  const auto& fault = result.error();
  if (fault.kind == RpcFault::rpc_error) {
    return tl::unexpected(rpc::Error{fault.code, fault.said, fault.data});
  }
  return tl::unexpected(rpc::Error{-32603, "the engine does not answer", nullptr});
}

void write(schema::StatementOf::Builder out, const rpc::StatementPart& part) {
  out.setFromSeq(part.from_seq);
  out.setToSeq(part.to_seq);
  out.setAll(!part.sequencer);
  if (part.sequencer) out.setSequencerId(data(to_word(U256(*part.sequencer))));
}

std::function<void(const CopiesTold&)> acknowledges(
    const Hash32& hash, rpc::Backend::Callback<rpc::SubmitAnswer> answer) {
  return [hash, answer = std::move(answer)](const CopiesTold& told) {
    rpc::SubmitAnswer out{hash, Reason::NONE, {}};
    if (!told.enough) out.lacking = rpc::TooFewCopies{told.have, told.wanted, told.why};
    answer(std::move(out));
  };
}

}  // namespace

/// A few threads, each with a connection of its own to the engine.
class NodeBackend::EngineConnections {
 public:
  struct Read {
    std::string method;
    json::array params;
    Callback<rpc::Answer> answer;
  };

  EngineConnections(const EngineAddress& engine, const Limits& limits)
      : queue_max_(limits.engine_queue) {
    for (unsigned i = 0; i < limits.engine_connections; ++i) {
      engines_.push_back(engine_reads_at(engine));
    }
    for (auto& engine_of_thread : engines_) {
      threads_.push_back(
          quiet_thread("engine reads", [this, &mine = *engine_of_thread] { serve(mine); }));
    }
  }

  ~EngineConnections() { stop(); }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      reads_.clear();
    }
    for (auto& each : engines_) each->cancel();
    wake_.notify_all();
    for (auto& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

  void read(Read wanted) {
    {
      const std::lock_guard lock(mutex_);
      if (!stopping_ && reads_.size() < queue_max_) {
        reads_.push_back(std::move(wanted));
        wake_.notify_one();
        return;
      }
    }
    wanted.answer(tl::unexpected(rpc::Error{-32005, "too many reads at once, try again", nullptr}));
  }

 private:
  void serve(EngineReads& engine) {
    while (true) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !reads_.empty(); });
      if (stopping_) return;
      auto wanted = std::move(reads_.front());
      reads_.pop_front();
      lock.unlock();
      wanted.answer(to_answer(engine.read(wanted.method, wanted.params)));
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  const std::size_t queue_max_;
  std::deque<Read> reads_;
  std::vector<std::unique_ptr<EngineReads>> engines_;
  std::vector<std::thread> threads_;
};

NodeBackend::NodeBackend(std::shared_ptr<Client> client, copier_actor copier, const Vitals& vitals,
                         std::uint64_t chain_id, const EngineAddress& engine, const Limits& limits)
    : client_(std::move(client)),
      copier_(std::move(copier)),
      board_(vitals.board),
      meters_(vitals.meters),
      chain_id_(chain_id),
      engine_(std::make_unique<EngineConnections>(engine, limits)) {}

NodeBackend::~NodeBackend() = default;

void NodeBackend::stop() { engine_->stop(); }

void NodeBackend::submit(Bytes raw, std::uint64_t lane, Callback<rpc::SubmitAnswer> answer) {
  if (!copier_) {
    return client_->submit(std::move(raw), lane,
                           [answer = std::move(answer)](const SubmitAnswer& told) {
                             answer({told.hash, told.refused, told.detail});
                           });
  }
  auto copied = raw;
  client_->submit(std::move(raw), lane,
                  [copier = copier_, copied = std::move(copied),
                   answer = std::move(answer)](const SubmitAnswer& told) mutable {
                    // One that waits here already was not acknowledged before, as far as anybody
                    // knows: who was told that copies are lacking sends it again.
                    if (told.refused != Reason::NONE && told.refused != Reason::ALREADY_KNOWN) {
                      return answer({told.hash, told.refused, told.detail});
                    }
                    caf::anon_send(copier, CopyTxn{told.hash, std::move(copied),
                                                   acknowledges(told.hash, std::move(answer))});
                  });
}

template <class Query, class Fill>
void NodeBackend::ask(Fill fill, Told told) {
  const auto query = Msg<Query>::build([&](auto builder) {
    builder.setAtLeast(client_->acknowledged());
    fill(builder);
  });
  client_->ask(query, [told = std::move(told)](const Msg<schema::WorldAnswer>& answer) {
    told(answer.read());
  });
}

template <class Query, class Fill>
void NodeBackend::ask_json(Fill fill, Callback<json::value> answer) {
  ask<Query>(fill, [answer = std::move(answer)](schema::WorldAnswer::Reader told) {
    if (!told.isJson()) return answer(nullptr);
    answer(json::parse(told.getJson().cStr()));
  });
}

void NodeBackend::status(Callback<json::value> answer) {
  ask_json<schema::WorldQuery>(
      [](auto query) { query.setStatus(); },
      [answer = std::move(answer), board = board_, meters = meters_](json::value told) {
        auto& out = told.as_object();
        out["condition"] = to_json(health_of(look(*board, *meters)));
        const auto production = board->get<Board::Production>();
        out["production"] = {{"state", production.state}, {"reason", production.reason}};
        const auto seen = board->get<Board::L1>();
        const auto rewards = board->get<Board::Rewards>();
        out["rewards"] = {{"state", rewards.state}, {"reason", rewards.reason}};
        const auto sending = board->get<Board::Sending>();
        out["sending"] = {{"state", sending.state}, {"reason", sending.reason}};
        const auto room = board->get<Board::Room>();
        out["room"] = {{"state", room.state},
                       {"reason", room.reason},
                       {"usedBytes", room.used_bytes},
                       {"mapBytes", room.map_bytes},
                       {"diskFreeBytes", room.disk_free_bytes}};
        auto& l1 = out["l1"].as_object();
        l1["state"] = seen.state;
        l1["reason"] = seen.reason;
        if (seen.head) l1["head"] = *seen.head;
        out["engine"] = {{"head", board->engine_head.load()}};
        out["version"] = HORAE_VERSION;
        answer(std::move(told));
      });
}

void NodeBackend::sequencers(Callback<json::value> answer) {
  ask_json<schema::WorldQuery>([](auto query) { query.setSequencers(); }, std::move(answer));
}

void NodeBackend::pool(Callback<json::value> answer) {
  const auto seen = board_->get<Board::Consensus>();
  if (seen.name.empty()) return answer(nullptr);
  answer(pool_json(seen, board_->get<Board::Forwarding>(), board_->get<Board::Copies>()));
}

void NodeBackend::transaction(const Hash32& hash, Callback<json::value> answer) {
  ask_json<schema::ArchiveQuery>([&](auto query) { query.setFate(data(hash)); }, std::move(answer));
}

void NodeBackend::rewards(const rpc::StatementPart& part, Callback<json::value> answer) {
  ask_json<schema::ArchiveQuery>([&](auto query) { write(query.initRewards(), part); },
                                 std::move(answer));
}

void NodeBackend::penalties(const rpc::StatementPart& part, Callback<json::value> answer) {
  ask_json<schema::ArchiveQuery>([&](auto query) { write(query.initPenalties(), part); },
                                 std::move(answer));
}

void NodeBackend::evidence(Bytes file, Callback<rpc::EvidenceAnswer> answer) {
  client_->accuse(std::move(file), [answer = std::move(answer)](const Receipt& receipt) {
    const auto read = receipt.read();
    if (read.isAccepted()) return answer({read.getAccepted(), {}, {}});
    answer({0, read.getRejected().getReason(), read.getRejected().getDetail().cStr()});
  });
}

void NodeBackend::pending_nonce(const Address& account,
                                Callback<std::optional<std::uint64_t>> answer) {
  ask<schema::WorldQuery>(
      [&](auto query) { query.setPendingNonce(data(account)); },
      [answer = std::move(answer)](schema::WorldAnswer::Reader told) {
        answer(told.isNumber() ? std::optional(told.getNumber()) : std::nullopt);
      });
}

void NodeBackend::pooled(const Hash32& hash, Callback<json::value> answer) {
  ask_json<schema::WorldQuery>([&](auto query) { query.setPooled(data(hash)); }, std::move(answer));
}

std::uint64_t NodeBackend::sealed_head() const { return board_->served_head(); }

std::uint64_t NodeBackend::safe_head() const { return board_->served_safe(); }

void NodeBackend::engine_read(std::string method, json::array params,
                              Callback<rpc::Answer> answer) {
  engine_->read({std::move(method), std::move(params), std::move(answer)});
}

}  // namespace horae
