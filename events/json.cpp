#include "events/json.hpp"

#include <capnp/dynamic.h>

namespace horae {
namespace {

namespace json = boost::json;

// The id of `annotation u256` in schemas/values.capnp.
bool is_u256(capnp::StructSchema::Field field) {
  for (const auto annotation : field.getProto().getAnnotations()) {
    if (annotation.getId() == 0xb4881e459f195f45) return true;
  }
  return false;
}

json::value render(const capnp::DynamicValue::Reader& value, bool number) {
  switch (value.getType()) {
    case capnp::DynamicValue::BOOL:
      return value.as<bool>();
    case capnp::DynamicValue::INT:
      return value.as<std::int64_t>();
    case capnp::DynamicValue::UINT:
      return value.as<std::uint64_t>();
    case capnp::DynamicValue::TEXT:
      return json::string(value.as<capnp::Text>().cStr());
    case capnp::DynamicValue::DATA: {
      const auto bytes = view(value.as<capnp::Data>());
      if (!number) return json::string(to_hex(bytes));
      const auto parsed = u256_from_bytes(bytes);
      return json::string(parsed ? to_decimal(*parsed) : to_hex(bytes));
    }
    case capnp::DynamicValue::ENUM: {
      const auto word = value.as<capnp::DynamicEnum>();
      KJ_IF_MAYBE (known, word.getEnumerant()) {
        return json::string(known->getProto().getName().cStr());
      }
      return word.getRaw();
    }
    case capnp::DynamicValue::LIST: {
      json::array out;
      for (auto element : value.as<capnp::DynamicList>()) out.push_back(render(element, number));
      return out;
    }
    case capnp::DynamicValue::STRUCT: {
      const auto body = value.as<capnp::DynamicStruct>();
      json::object out;
      const auto add = [&](capnp::StructSchema::Field field) {
        out[field.getProto().getName().cStr()] = render(body.get(field), is_u256(field));
      };
      KJ_IF_MAYBE (active, body.which()) {
        add(*active);
      }
      for (auto field : body.getSchema().getNonUnionFields()) add(field);
      return out;
    }
    case capnp::DynamicValue::UNKNOWN:
    case capnp::DynamicValue::VOID:
    case capnp::DynamicValue::FLOAT:
    case capnp::DynamicValue::CAPABILITY:
    case capnp::DynamicValue::ANY_POINTER:
      return nullptr;
  }
  return nullptr;
}

// A state by the function made for it, or as its canonical message shows it. State: its traits in
// the table of domains.
template <class State>
json::value state_json(const auto& state) {
  if constexpr (requires { to_json(state); }) {
    return to_json(state);
  } else {
    return to_json(state_message(state), capnp::Schema::from<typename State::Schema>());
  }
}

std::vector<StatePart> make_parts() {
  std::vector<StatePart> out;
  for_each_shared([&](auto row) {
    using State = typename decltype(row)::Shared;
    const auto show = [](const World& world) {
      return state_json<State>(world.shared.*State::state);
    };
    if (*State::name != 0) out.push_back({State::name, number_of<decltype(row)>, true, show});
  });
  for_each_local([&](auto row) {
    using State = typename decltype(row)::Local;
    const auto show = [](const World& world) {
      return state_json<State>(world.local.*State::state);
    };
    if (*State::name != 0) out.push_back({State::name, number_of<decltype(row)>, false, show});
  });
  return out;
}

}  // namespace

json::value to_json(const Message& message, capnp::StructSchema schema) {
  const auto bytes = message.bytes();
  const kj::ArrayPtr<const capnp::word> words(reinterpret_cast<const capnp::word*>(bytes.data()),
                                              bytes.size() / sizeof(capnp::word));
  // The walk that let the message in has bounded what there is to read, elements without room, too.
  capnp::ReaderOptions options;
  options.traversalLimitInWords = UINT64_MAX;
  capnp::SegmentArrayMessageReader reader(kj::arrayPtr(&words, 1), options);
  return render(reader.getRoot<capnp::DynamicStruct>(schema), false);
}

json::value fact_json(Domain domain, const Message& payload) {
  return for_domain(
      domain,
      [&](auto row) {
        return to_json(payload, capnp::Schema::from<typename decltype(row)::Fact>());
      },
      [] { return json::value(nullptr); });
}

std::string domain_name(Domain domain) { return schema_name(domain); }
std::string reason_name(Reason reason) { return schema_name(reason); }

json::object to_json(const StateHashes& hashes) {
  return {{"shared", to_hex(hashes.shared)}, {"local", to_hex(hashes.local)}};
}

std::span<const StatePart> state_parts() {
  static const auto parts = make_parts();
  return parts;
}

json::object to_json(const World& world) {
  json::object out{{"seq", world.seq}, {"stateHash", to_json(state_hashes(world))}};
  for (const auto& part : state_parts()) out[part.name] = part.json(world);
  return out;
}

}  // namespace horae
