#include "node/rpc/json_rpc_server.hpp"

#include <atomic>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <vector>

namespace horae::rpc {
namespace {

namespace json = boost::json;

using Respond = std::function<void(std::string)>;

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

// The answer owed to one call: given once, and given as an error if everyone lets it go.
class Owed {
 public:
  // Without an id, a notification, nothing is said whatever becomes of it.
  Owed(const json::value* id, Respond respond)
      : silent_(id == nullptr), id_(id == nullptr ? nullptr : *id), respond_(std::move(respond)) {}
  Owed(const Owed&) = delete;
  Owed& operator=(const Owed&) = delete;
  ~Owed() { give(tl::unexpected(Error{internal_error, "internal error: no answer", nullptr})); }

  void give(Answer answer) {
    if (given_.exchange(true)) return;
    respond_(silent_ ? std::string() : answer_text(id_, std::move(answer)));
  }

 private:
  bool silent_;
  json::value id_;
  Respond respond_;
  std::atomic<bool> given_ = false;
};

// A batch's answers come on many threads, each to its own place; the last one sends them all.
class Batch {
 public:
  Batch(const json::array& requests, Respond respond)
      : answers_(requests.size()), left_(requests.size()), respond_(std::move(respond)) {
    for (const auto& request : requests) {
      const auto* object = request.if_object();
      const auto* id = object == nullptr ? nullptr : object->if_contains("id");
      ids_.push_back(id == nullptr ? json::value() : *id);
    }
  }

  void give(std::size_t place, std::string answer) {
    answers_[place] = std::move(answer);
    if (left_.fetch_sub(1) == 1) respond_(joined());
  }

 private:
  std::string joined() {
    std::string out;
    for (std::size_t i = 0; i < answers_.size(); ++i) {
      auto& answer = answers_[i];
      if (answer.empty()) continue;
      if (out.size() + answer.size() > batch_answer_max_bytes) {
        answer = error_text(ids_[i], {limit_exceeded, "response too large", nullptr});
      }
      out += out.empty() ? "[" : ",";
      out += answer;
      answer = {};
    }
    if (!out.empty()) out += "]";
    return out;
  }

  std::vector<std::string> answers_;
  std::vector<json::value> ids_;
  std::atomic<std::size_t> left_;
  Respond respond_;
};

bool is_id(const json::value& id) { return id.is_null() || id.is_string() || id.is_number(); }

}  // namespace

void JsonRpcServer::handle(const std::string& body, Respond respond) const {
  boost::system::error_code broken;
  const auto request = json::parse(body, broken);
  if (broken) {
    return respond(error_text(nullptr, {parse_error, "Parse error: " + broken.message(), nullptr}));
  }
  const auto* batch = request.if_array();
  if (batch == nullptr) return call(request, std::move(respond));
  if (batch->empty() || batch->size() > batch_max) {
    const auto* why = batch->empty() ? "empty batch" : "batch too large: at most 1000 calls";
    return respond(error_text(nullptr, {invalid_request, why, nullptr}));
  }
  const auto answers = std::make_shared<Batch>(*batch, std::move(respond));
  for (std::size_t i = 0; i < batch->size(); ++i) {
    call((*batch)[i], [answers, i](std::string text) { answers->give(i, std::move(text)); });
  }
}

void JsonRpcServer::call(const json::value& request, Respond respond) const {
  const auto invalid = [&](const json::value& id, const std::string& why) {
    respond(error_text(id, {invalid_request, "Invalid Request: " + why, nullptr}));
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

  const auto owed = std::make_shared<Owed>(id, std::move(respond));
  const auto refuse = [&](int code, std::string why) {
    owed->give(tl::unexpected(Error{code, std::move(why), nullptr}));
  };
  const auto method = methods_.find(std::string_view(name->get_string()));
  if (method == methods_.end()) return refuse(method_not_found, "Method not found");
  const auto* params = object->if_contains("params");
  if (params != nullptr && !params->is_null() && !params->is_array()) {
    return refuse(invalid_params, "params must be an array");
  }
  try {
    method->second(params != nullptr && params->is_array() ? params->get_array() : json::array(),
                   [owed](Answer answer) { owed->give(std::move(answer)); });
  } catch (const std::exception& error) {
    refuse(internal_error, std::string("internal error: ") + error.what());
  }
}

}  // namespace horae::rpc
