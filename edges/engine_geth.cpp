#include "edges/engine_geth.hpp"

#include <functional>
#include <span>

namespace horae {
namespace {

namespace json = boost::json;

/// Looks for what fails a list, by building ever shorter beginnings of it. What is known to be good
/// stays so when something behind it is left out.
class Search {
 public:
  using Build = std::function<RpcResult<json::value>(std::span<const OrderedTxn* const>)>;
  explicit Search(Build build) : build_(std::move(build)) {}

  RpcResult<json::value> whole(const Listed& txns) {
    ++builds_;
    return build_(txns);
  }

  struct Bad {
    std::size_t place;
    std::string why;
  };
  /// The first that fails the list, which as a whole fails so. Nothing: the search is given up. A
  /// fault is none of the transactions'.
  Result<std::optional<Bad>> first_bad(const Listed& txns, RpcFault why) {
    auto bad = txns.size();  // so many fail
    while (why.kind == RpcFault::rpc_error && (!good_ || bad - *good_ > 1)) {
      if (builds_ == GethEngine::builds_max) return std::nullopt;
      // Before any is blamed: does an empty block fail, too?
      const auto middle = good_ ? *good_ + (bad - *good_) / 2 : 0;
      auto shorter = whole({txns.begin(), txns.begin() + static_cast<std::ptrdiff_t>(middle)});
      if (shorter) {
        good_ = middle;
        continue;
      }
      why = std::move(shorter.error());
      bad = middle;
      if (middle == 0) break;
    }
    if (why.kind != RpcFault::rpc_error || bad == 0) return tl::unexpected(why.to_fault());
    return Bad{bad - 1, std::move(why.said)};
  }

 private:
  Build build_;
  unsigned builds_ = 0;
  std::optional<std::size_t> good_;  // so many can be executed
};

}  // namespace

GethEngine::GethEngine(const EngineAddress& address, const HttpOptions& options)
    : rpc_(address.rpc, options),
      api_(address.auth.value_or(address.rpc), address.jwt_file, options) {}

void GethEngine::cancel() {
  rpc_.client_of_json().cancel();
  api_.cancel();
}

Result<Payload> GethEngine::build(const Hash32& parent, const BuildAttributes& attributes,
                                  const std::vector<OrderedTxn>& txns) {
  const std::scoped_lock lock(turn_);
  constexpr std::string_view method = "testing_buildBlockV1";
  Search search([&](std::span<const OrderedTxn* const> some) {
    return rpc_.client_of_json().call(method, {to_hex(parent), attributes_json(attributes),
                                               raw_list(some), to_hex(attributes.extra_data)});
  });
  BuildList list(txns);
  for (;;) {
    auto answer = search.whole(list.txns);
    if (answer) {
      auto payload = payload_from(*answer, attributes, list.txns);
      if (!payload) return within(method, payload.error());
      const auto& block = payload->block;
      auto asked = as_asked(block, block.number, parent, attributes);
      if (!asked) return tl::unexpected(asked.error());
      payload->skipped = std::move(list.skipped);
      return payload;
    }
    auto bad = search.first_bad(list.txns, std::move(answer.error()));
    if (!bad) return within(method, bad.error());
    if (!*bad) {
      Payload out;
      out.complete = false;
      out.skipped = std::move(list.skipped);
      return out;
    }
    list.leave_out((*bad)->place, (*bad)->why);
  }
}

Result<void> GethEngine::adopt(const Payload& payload) {
  const std::scoped_lock lock(turn_);
  if (auto given = give_payload(api_, payload, 4); !given) return given;
  return make_head(api_, payload.block.hash);
}

Result<Payload> GethEngine::commit(const Hash32& parent, const BuildAttributes& attributes,
                                   const std::vector<OrderedTxn>& txns) {
  const std::scoped_lock lock(turn_);
  const BuildList list(txns);
  auto hash = rpc_.call("testing_commitBlockV1", {attributes_json(attributes), raw_list(list.txns),
                                                  to_hex(attributes.extra_data)})
                  .and_then(string_from)
                  .and_then([](const std::string& hex) { return fixed_from_hex<Hash32>(hex); });
  if (!hash) return within("testing_commitBlockV1", hash.error());
  // It builds on whatever its head is.
  Payload out;
  auto now = rpc_.head();
  if (!now) return tl::unexpected(now.error());
  if (now->hash != *hash) return fail("the head is not the block that was committed");
  if (auto asked = as_asked(*now, now->number, parent, attributes); !asked) {
    return tl::unexpected(asked.error());
  }
  out.block = std::move(*now);
  return out;
}

Result<void> GethEngine::rewind(std::uint64_t number) {
  const std::scoped_lock lock(turn_);
  const auto now = rpc_.head();
  if (!now) return tl::unexpected(now.error());
  if (now->number <= number) return {};
  const auto target = rpc_.block(number);
  if (!target) return tl::unexpected(target.error());
  if (!*target) return fail("the engine does not have block " + std::to_string(number));
  // After a restart the first step back is answered VALID and does nothing, unless its own head was
  // named before.
  if (auto own = make_head(api_, now->hash); !own) return own;
  return make_head(api_, (*target)->hash);
}

}  // namespace horae
