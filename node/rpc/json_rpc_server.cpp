#include "node/rpc/json_rpc_server.hpp"

#include <atomic>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

namespace horae::rpc {
namespace {

namespace json = boost::json;

using Respond = std::function<void(std::string)>;

// What became of a call: its answer, empty for a notification's, and whether nobody gave it.
struct Said {
  std::string text;
  bool let_go = false;
};

using Say = std::function<void(Said)>;

std::string error_text(const json::value& id, const Error& error) {
  json::object object{{"code", error.code}, {"message", error.message}};
  if (!error.data.is_null()) object.emplace("data", error.data);
  return json::serialize(
      json::object{{"jsonrpc", "2.0"}, {"id", id}, {"error", std::move(object)}});
}

std::string answer_text(const json::value& id, Answer answer) {
  if (!answer) return error_text(id, answer.error());
  return json::serialize(
      json::object{{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(*answer)}});
}

// A number that cannot be echoed as it came (JSON's doubles end at 2^53) is no id.
bool is_id(const json::value& id) {
  if (id.is_double()) return std::abs(id.get_double()) <= 9007199254740992.0;
  return id.is_null() || id.is_string() || id.is_number();
}

Error no_answer() { return {internal_error, "internal error: no answer", nullptr}; }
Error too_large() { return {limit_exceeded, "response too large", nullptr}; }

// The answer owed to one call: given once, and given as an error if everyone lets it go.
class Owed {
 public:
  // Without an id, a notification, nothing is said whatever becomes of it.
  Owed(const json::value* id, Say say)
      : silent_(id == nullptr), id_(id == nullptr ? nullptr : *id), say_(std::move(say)) {}
  Owed(const Owed&) = delete;
  Owed& operator=(const Owed&) = delete;
  ~Owed() { say(tl::unexpected(no_answer()), true); }

  void give(Answer answer) { say(std::move(answer), false); }

 private:
  void say(Answer answer, bool let_go) {
    if (given_.exchange(true)) return;
    say_({silent_ ? std::string() : answer_text(id_, std::move(answer)), let_go});
  }

  bool silent_;
  json::value id_;
  Say say_;
  std::atomic<bool> given_ = false;
};

// Calls the method that the request names or, where there is a refusal, gives that instead.
void call(const Methods& methods, const json::value& request, const std::optional<Error>& refusal,
          std::uint64_t lane, Say say) {
  const auto invalid = [&](const json::value& id, const std::string& why) {
    say({error_text(id, {invalid_request, "Invalid Request: " + why, nullptr})});
  };
  const auto* object = request.if_object();
  if (object == nullptr) return invalid(nullptr, "a call is an object");
  const auto* id = object->if_contains("id");
  if (id != nullptr && !is_id(*id)) {
    return invalid(nullptr, "an id is a string, a number or null");
  }
  const json::value shown = id == nullptr ? json::value() : *id;
  const auto* version = object->if_contains("jsonrpc");
  if (version == nullptr || *version != "2.0") return invalid(shown, "jsonrpc must be \"2.0\"");
  const auto* name = object->if_contains("method");
  if (name == nullptr || !name->is_string()) return invalid(shown, "method must be a string");

  const auto owed = std::make_shared<Owed>(id, std::move(say));
  const auto refuse = [&](int code, std::string why) {
    owed->give(tl::unexpected(Error{code, std::move(why), nullptr}));
  };
  const auto method = methods.find(std::string_view(name->get_string()));
  if (method == methods.end()) {
    // ethers and others know it by these words of geth.
    return refuse(method_not_found, "the method " + std::string(name->get_string()) +
                                        " does not exist/is not available");
  }
  const auto* params = object->if_contains("params");
  if (params != nullptr && !params->is_null() && !params->is_array()) {
    return refuse(invalid_params, "params must be an array");
  }
  if (refusal) return owed->give(tl::unexpected(*refusal));
  try {
    method->second(params != nullptr && params->is_array() ? params->get_array() : json::array(),
                   Reply([owed](Answer answer) { owed->give(std::move(answer)); }, lane));
  } catch (const std::exception& error) {
    refuse(internal_error, std::string("internal error: ") + error.what());
  }
}

std::uint64_t next_lane() {
  static std::atomic<std::uint64_t> lanes{0};
  return ++lanes;
}

// A batch's answers come on many threads, each to its own place; the last one sends them all. What
// is submitted keeps its order, and what is asked behind it begins when it is answered: so whoever
// sends and asks in one batch sees what was sent.
class Batch : public std::enable_shared_from_this<Batch> {
 public:
  Batch(std::shared_ptr<const Methods> methods, const Limits& limits, json::array requests,
        Respond respond)
      : methods_(std::move(methods)),
        limits_(limits),
        requests_(std::move(requests)),
        answers_(requests_.size()),
        left_(requests_.size()),
        respond_(std::move(respond)) {
    for (const auto& request : requests_) {
      const auto* object = request.if_object();
      const auto* id = object == nullptr ? nullptr : object->if_contains("id");
      ids_.push_back(id == nullptr || !is_id(*id) ? json::value() : *id);
    }
  }

  void begin() {
    for (std::size_t place = 0; place < answers_.size(); ++place) {
      const bool submitted = submits(requests_[place]);
      {
        const std::lock_guard lock(mutex_);
        if (submitted) {
          submitted_.insert(place);
        } else {
          waiting_.push_back(place);
        }
      }
      if (submitted) {
        begin(place, false, std::nullopt);
      } else {
        begin_waiting();
      }
    }
  }

 private:
  static bool submits(const json::value& request) {
    const auto* object = request.if_object();
    const auto* name = object == nullptr ? nullptr : object->if_contains("method");
    return name != nullptr && name->is_string() &&
           std::string_view(name->get_string()) == submission;
  }

  void begin(std::size_t place, bool counted, const std::optional<Error>& refusal) {
    call(*methods_, requests_[place], refusal, lane_,
         [self = shared_from_this(), place, counted](Said said) {
           self->give(place, std::move(said), counted);
         });
    requests_[place] = nullptr;
  }

  // One thread at a time begins calls: one that is answered at once comes back here and must not
  // begin the next from within itself, a thousand deep.
  void begin_waiting() {
    std::unique_lock lock(mutex_);
    if (beginning_) return;
    beginning_ = true;
    while (!waiting_.empty() && under_way_ < limits_.rpc_batch_under_way) {
      const auto place = waiting_.front();
      if (!submitted_.empty() && *submitted_.begin() < place) break;
      waiting_.pop_front();
      ++under_way_;
      const auto refusal = refusal_;
      lock.unlock();
      begin(place, true, refusal);
      lock.lock();
    }
    beginning_ = false;
  }

  void give(std::size_t place, Said said, bool counted) {
    bool last = false;
    {
      const std::lock_guard lock(mutex_);
      // Whoever lets go of an answer is on its way out and must not be called from within that.
      if (said.let_go) refusal_ = no_answer();
      // A submission's answer is short, and a transaction that was taken must be told so.
      answers_[place] = counted ? fitting(place, std::move(said.text)) : std::move(said.text);
      bytes_ += answers_[place].size();
      if (counted) --under_way_;
      submitted_.erase(place);
      last = --left_ == 0;
    }
    if (last) return respond_(joined());
    begin_waiting();
  }

  // What is too large is let go of now and not with the last answer: a thousand of them would be
  // gigabytes.
  std::string fitting(std::size_t place, std::string answer) {
    if (!answer.empty() && bytes_ + answer.size() > std::size_t{limits_.rpc_batch_answer_kib}
                                                        << 10) {
      answer = error_text(ids_[place], too_large());
      if (!refusal_) refusal_ = too_large();
    }
    return answer;
  }

  std::string joined() {
    std::string out;
    for (auto& answer : answers_) {
      if (answer.empty()) continue;
      out += out.empty() ? "[" : ",";
      out += answer;
      answer = {};
    }
    if (!out.empty()) out += ']';
    return out;
  }

  std::shared_ptr<const Methods> methods_;
  Limits limits_;
  json::array requests_;
  std::vector<json::value> ids_;
  std::mutex mutex_;
  const std::uint64_t lane_ = next_lane();
  std::deque<std::size_t> waiting_;
  std::set<std::size_t> submitted_;  // and not answered
  bool beginning_ = false;
  std::size_t under_way_ = 0;
  std::optional<Error> refusal_;  // of the calls that have not begun
  std::size_t bytes_ = 0;
  std::vector<std::string> answers_;
  std::size_t left_;
  Respond respond_;
};

}  // namespace

void JsonRpcServer::handle(const std::string& body, Respond respond) const {
  boost::system::error_code broken;
  auto request = json::parse(body, broken);
  if (broken) {
    return respond(error_text(nullptr, {parse_error, "Parse error: " + broken.message(), nullptr}));
  }
  auto* batch = request.if_array();
  if (batch == nullptr) {
    return call(*methods_, request, std::nullopt, 0,
                [respond = std::move(respond)](Said said) { respond(std::move(said.text)); });
  }
  if (batch->empty() || batch->size() > limits_.rpc_batch_calls) {
    const auto why = batch->empty() ? std::string("empty batch")
                                    : "batch too large: at most " +
                                          std::to_string(limits_.rpc_batch_calls) + " calls";
    return respond(error_text(nullptr, {invalid_request, why, nullptr}));
  }
  std::make_shared<Batch>(methods_, limits_, std::move(*batch), std::move(respond))->begin();
}

}  // namespace horae::rpc
