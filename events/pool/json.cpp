#include "events/json.hpp"

namespace horae {

namespace json = boost::json;

json::object to_json(const PoolAgreement& state) {
  auto out =
      to_json(state_message(state), capnp::Schema::from<schema::PoolAgreement>()).as_object();
  if (!state.has_genesis()) out["genesis"] = nullptr;
  return out;
}

json::object to_json(const PoolProgress& state) {
  auto out = to_json(state_message(state), capnp::Schema::from<schema::PoolProgress>()).as_object();
  if (!state.proposed) out["proposed"] = nullptr;
  return out;
}

}  // namespace horae
