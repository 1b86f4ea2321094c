#include "edges/json_rpc.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <unordered_map>

namespace horae {
namespace {

namespace json = boost::json;

RpcFault::Kind kind_of(HttpFault::Kind kind) {
  switch (kind) {
    case HttpFault::unreachable:
      return RpcFault::unreachable;
    case HttpFault::timeout:
      return RpcFault::timeout;
    case HttpFault::malformed:
      return RpcFault::malformed;
    case HttpFault::too_large:
      return RpcFault::too_large;
    case HttpFault::cancelled:
      return RpcFault::cancelled;
  }
  stop("an HTTP fault of no kind");
}

// Providers also say it in an error object, under several codes.
bool says_rate_limited(int code, std::string message) {
  std::transform(message.begin(), message.end(), message.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return code == 429 || message.find("rate limit") != message.npos ||
         message.find("too many requests") != message.npos;
}

json::object request(std::uint64_t id, std::string_view method, json::array params) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}};
}

// The body where it is one line of plain text, else nothing: a page of a proxy says little.
std::string line_in(std::string body) {
  constexpr std::size_t length_max = 200;
  while (!body.empty() && std::isspace(static_cast<unsigned char>(body.back())) != 0) {
    body.pop_back();
  }
  const bool plain = std::ranges::all_of(body, [](char c) { return c >= ' ' && c < 0x7f; });
  return plain && body.size() <= length_max && !body.starts_with('<') ? body : std::string();
}

// What is no id of ours reads as 0, which none of ours is.
std::uint64_t id_of(const json::object& answer) {
  const auto* id = answer.if_contains("id");
  boost::system::error_code no_number;
  const auto number = id == nullptr ? 0 : id->to_number<std::uint64_t>(no_number);
  return no_number ? 0 : number;
}

bool is_error(const json::object& answer) { return answer.if_contains("error") != nullptr; }

}  // namespace

Fault RpcFault::to_fault() const {
  if (kind == http_status || kind == rpc_error) {
    return {message + " (" + std::to_string(code) + ")"};
  }
  return {message};
}

JsonRpcClient::JsonRpcClient(Endpoint endpoint, HttpOptions options)
    : http_(std::move(endpoint), std::move(options)) {}

RpcFault JsonRpcClient::fault(RpcFault::Kind kind, std::string_view why, int code) const {
  return {kind, code, endpoint().shown() + ": " + std::string(why), {}, {}, nullptr};
}

RpcResult<json::value> JsonRpcClient::exchange(const json::value& asked) {
  auto answer = http_.post(json::serialize(asked));
  if (!answer) {
    return tl::unexpected(
        RpcFault{kind_of(answer.error().kind), 0, std::move(answer.error().what), {}, {}, nullptr});
  }
  if (answer->status == 429) {
    auto limited = fault(RpcFault::rate_limited, "too many requests", 429);
    limited.retry_after_ms = answer->retry_after_ms;
    return tl::unexpected(std::move(limited));
  }
  boost::system::error_code broken;
  json::parse_options options;
  options.max_depth = 64;
  auto value = json::parse(answer->body, broken, {}, options);
  if (answer->status / 100 != 2) {
    // Some servers give a JSON-RPC error, which says more, a status of its own.
    const bool says_more =
        !broken && (value.is_array() || (value.is_object() && is_error(value.get_object())));
    if (!says_more) {
      auto refused = fault(RpcFault::http_status, "HTTP status " + std::to_string(answer->status),
                           answer->status);
      refused.said = endpoint().scrub(line_in(answer->body));
      if (!refused.said.empty()) refused.message += ", " + refused.said;
      return tl::unexpected(std::move(refused));
    }
  }
  if (broken) {
    return tl::unexpected(fault(RpcFault::malformed, "an answer that is no JSON", 0));
  }
  return value;
}

RpcResult<json::value> JsonRpcClient::result_of(json::object& answer) const {
  if (auto* error = answer.if_contains("error"); error != nullptr && !error->is_null()) {
    if (!error->is_object()) {
      return tl::unexpected(fault(RpcFault::malformed, "an error that is no object", 0));
    }
    auto& object = error->get_object();
    auto out = fault(RpcFault::rpc_error, "an error without a message", 0);
    boost::system::error_code no_number;
    if (const auto* code = object.if_contains("code")) out.code = code->to_number<int>(no_number);
    if (const auto* message = object.if_contains("message"); message && message->is_string()) {
      out.said = endpoint().scrub(std::string(message->get_string()));
      out.message = endpoint().shown() + ": " + out.said;
    }
    if (auto* data = object.if_contains("data")) out.data = std::move(*data);
    if (says_rate_limited(out.code, out.message)) out.kind = RpcFault::rate_limited;
    return tl::unexpected(std::move(out));
  }
  if (auto* result = answer.if_contains("result")) return std::move(*result);
  return tl::unexpected(fault(RpcFault::malformed, "an answer without result and error", 0));
}

RpcResult<json::value> JsonRpcClient::call(std::string_view method, json::array params) {
  const auto id = next_id_++;
  auto answer = exchange(request(id, method, std::move(params)));
  if (!answer) return answer;
  auto* object = answer->if_object();
  // A server that could not read the request answers with an error and no id.
  if (object == nullptr || (id_of(*object) != id && !is_error(*object))) {
    return tl::unexpected(fault(RpcFault::malformed, "no answer to what was asked", 0));
  }
  return result_of(*object);
}

RpcResult<std::vector<RpcResult<json::value>>> JsonRpcClient::batch(std::vector<RpcCall> calls) {
  std::vector<RpcResult<json::value>> out;
  if (calls.empty()) return out;
  const auto first = next_id_.fetch_add(calls.size());
  json::array requests;
  requests.reserve(calls.size());
  for (auto& call : calls) {
    requests.push_back(request(first + requests.size(), call.method, std::move(call.params)));
  }
  auto answer = exchange(requests);
  if (!answer) return tl::unexpected(std::move(answer.error()));
  if (auto* object = answer->if_object(); object != nullptr && is_error(*object)) {
    auto refused = result_of(*object);
    if (!refused) return tl::unexpected(std::move(refused.error()));
  }
  auto* answers = answer->if_array();
  if (answers == nullptr) {
    return tl::unexpected(fault(RpcFault::malformed, "no answer to a batch", 0));
  }
  std::unordered_map<std::uint64_t, json::object*> by_id;
  for (auto& entry : *answers) {
    if (auto* object = entry.if_object()) by_id.emplace(id_of(*object), object);
  }
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto found = by_id.find(first + i);
    if (found != by_id.end()) {
      out.push_back(result_of(*found->second));
    } else {
      out.push_back(tl::unexpected(
          fault(RpcFault::malformed, "a batch's answer without the one to " + calls[i].method, 0)));
    }
  }
  return out;
}

}  // namespace horae
