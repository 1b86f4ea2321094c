#pragma once

#include <atomic>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "core/hash.hpp"
#include "core/u256.hpp"
#include "node/rpc/backend.hpp"

namespace horae::test {

/// A backend of plain tables that answers from a thread of its own, as the node does.
class FakeBackend : public rpc::Backend {
 public:
  struct Read {
    std::string method;
    boost::json::array params;
  };

  FakeBackend() : thread_([this] { run(); }) {}
  ~FakeBackend() override {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void submit(Bytes raw, std::uint64_t, Callback<rpc::SubmitAnswer> answer) override {
    const std::lock_guard lock(mutex_);
    ++submitted;
    later([this, raw = std::move(raw), answer = std::move(answer)] {
      auto out = refusal;
      out.hash = keccak256(raw);
      answer(out);
    });
  }
  void status(Callback<boost::json::value> answer) override { soon(answer, {{"seq", 7}}); }
  void sequencers(Callback<boost::json::value> answer) override { soon(answer, {"one"}); }
  void pool(Callback<boost::json::value> answer) override { soon(answer, {{"height", 9}}); }
  void transaction(const Hash32& hash, Callback<boost::json::value> answer) override {
    boost::json::object fate{{"hash", to_hex(hash)}};
    if (in_block) fate["block"] = *in_block;
    soon(answer, std::move(fate));
  }
  /// Of all or of one, from where to where.
  void rewards(const rpc::StatementPart& part, Callback<boost::json::value> answer) override {
    soon(answer, {{"rewards", shown(part)}});
  }
  void penalties(const rpc::StatementPart& part, Callback<boost::json::value> answer) override {
    soon(answer, {{"penalties", shown(part)}});
  }
  void evidence(Bytes file, Callback<rpc::EvidenceAnswer> answer) override {
    const std::lock_guard lock(mutex_);
    later([this, file = std::move(file), answer = std::move(answer)] {
      auto out = verdict;
      out.seq = file.size();
      answer(out);
    });
  }
  void pending_nonce(const Address& account,
                     Callback<std::optional<std::uint64_t>> answer) override {
    const std::lock_guard lock(mutex_);
    later([account, answer = std::move(answer)] {
      answer(account.is_zero() ? std::nullopt : std::optional<std::uint64_t>(9));
    });
  }
  void pooled(const Hash32& hash, Callback<boost::json::value> answer) override {
    const auto found = waiting.find(to_hex(hash));
    soon(answer, found == waiting.end() ? boost::json::value() : found->second);
  }
  [[nodiscard]] std::uint64_t sealed_head() const override { return head; }
  [[nodiscard]] std::uint64_t safe_head() const override { return safe; }
  [[nodiscard]] std::uint64_t chain_id() const override { return 10880; }
  void engine_read(std::string method, boost::json::array params,
                   Callback<rpc::Answer> answer) override {
    const std::lock_guard lock(mutex_);
    reads_.push_back({method, params});
    later([this, method = std::move(method), params = std::move(params),
           answer = std::move(answer)] { answer(engine(method, params)); });
  }

  std::vector<Read> take_reads() {
    const std::lock_guard lock(mutex_);
    return std::exchange(reads_, {});
  }
  /// Holds every answer back until as many as that are owed.
  void gather(std::size_t count) {
    const std::lock_guard lock(mutex_);
    gathered_ = count;
  }
  /// Lets go of what is owed, unanswered.
  void forget() {
    std::deque<std::function<void()>> gone;
    const std::lock_guard lock(mutex_);
    gone.swap(tasks_);
  }

  // Set before the server runs, or while no call is under way.
  std::atomic<std::uint64_t> head = 10, safe = 8;
  rpc::SubmitAnswer refusal;
  rpc::EvidenceAnswer verdict;  // but for its seq, which is the file's size
  std::map<std::string, boost::json::value> waiting;
  std::optional<std::uint64_t> in_block;  // that a transaction is in, as the log has it
  std::function<rpc::Answer(const std::string&, const boost::json::array&)> engine =
      [](const std::string&, const boost::json::array&) { return boost::json::value("0x1"); };
  std::atomic<int> submitted = 0;

 private:
  static boost::json::value shown(const rpc::StatementPart& part) {
    boost::json::array out{part.from_seq, part.to_seq};
    if (part.sequencer) out.push_back(*part.sequencer);
    return out;
  }
  void later(std::function<void()> task) {
    tasks_.push_back(std::move(task));
    changed_.notify_all();
  }
  void soon(const Callback<boost::json::value>& answer, boost::json::value value) {
    const std::lock_guard lock(mutex_);
    later([answer, value = std::move(value)] { answer(value); });
  }
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock,
                    [this] { return ended_ || (!tasks_.empty() && tasks_.size() >= gathered_); });
      if (ended_) return;
      gathered_ = 0;
      auto task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      task = nullptr;
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  std::vector<Read> reads_;
  std::size_t gathered_ = 0;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace horae::test
