#include "tests/fuzz/stranger.hpp"

#include <capnp/serialize.h>

#include <optional>

namespace horae::fuzz {
namespace {

constexpr std::size_t most_heard = 64;

// The annotations of schemas/values.capnp.
std::optional<std::uint32_t> said_of(capnp::StructSchema::Field field, std::uint64_t id) {
  for (const auto annotation : field.getProto().getAnnotations()) {
    if (annotation.getId() == id) return annotation.getValue().getUint32();
  }
  return std::nullopt;
}
bool is_number(capnp::StructSchema::Field field) {
  for (const auto annotation : field.getProto().getAnnotations()) {
    if (annotation.getId() == 0xb4881e459f195f45) return true;
  }
  return false;
}
std::optional<std::uint32_t> exact_of(capnp::StructSchema::Field field) {
  return said_of(field, 0x823fe949ecc30e8a);
}
std::optional<std::uint32_t> most_of(capnp::StructSchema::Field field) {
  return said_of(field, 0xc12b42e63a0dc52e);
}
std::optional<std::uint32_t> entries_of(capnp::StructSchema::Field field) {
  return said_of(field, 0xb198d7ea4fda84de);
}

template <class Value>
void keep(std::deque<Value>& in, Value value) {
  in.push_back(std::move(value));
  if (in.size() > most_heard) in.pop_front();
}

bool holds_structs(capnp::Type type) {
  return type.isList() && type.asList().getElementType().isStruct();
}

}  // namespace

std::uint64_t Stranger::take(std::size_t bytes) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < bytes && !input_.empty(); ++i) {
    out = out << 8 | input_.front();
    input_ = input_.subspan(1);
  }
  return out;
}

std::uint64_t Stranger::below(std::uint64_t bound) {
  return take(bound <= 16 ? 1 : bound <= 4096 ? 2 : 8) % bound;
}

std::uint64_t Stranger::number() {
  switch (below(8)) {
    case 0:
    case 1:
      return below(8);
    case 2:
      return UINT64_MAX - below(3);
    case 3:
      return std::uint64_t{1} << below(64);
    case 4:
      return take(8);
    default:
      if (numbers_.empty()) return 1;
      return numbers_[below(numbers_.size())] + below(3) - 1;
  }
}

U256 Stranger::wide() {
  switch (below(4)) {
    case 0:
      return U256(0) - below(3);
    case 1:
      return U256({number(), number(), number(), number()});
    default:
      return number();
  }
}

Hash32 Stranger::hash() {
  const auto& known = heard_[Hash32::size];
  if (!known.empty() && !one_in(3)) return *Hash32::from(known[below(known.size())]);
  return to_word(U256(take(4)));
}

void Stranger::hear(const Message& message, capnp::StructSchema schema) {
  const auto bytes = message.bytes();
  const kj::ArrayPtr<const capnp::word> words(reinterpret_cast<const capnp::word*>(bytes.data()),
                                              bytes.size() / sizeof(capnp::word));
  capnp::ReaderOptions options;
  options.traversalLimitInWords = UINT64_MAX;
  capnp::SegmentArrayMessageReader reader(kj::arrayPtr(&words, 1), options);
  hear(capnp::DynamicValue::Reader(reader.getRoot<capnp::DynamicStruct>(schema)));
}

void Stranger::hear(capnp::DynamicValue::Reader value) {
  switch (value.getType()) {
    case capnp::DynamicValue::UINT:
      return keep(numbers_, value.as<std::uint64_t>());
    case capnp::DynamicValue::DATA: {
      const auto bytes = copy(value.as<capnp::Data>());
      return keep(heard_[bytes.size()], bytes);
    }
    case capnp::DynamicValue::LIST: {
      unsigned left = most_heard;
      for (auto element : value.as<capnp::DynamicList>()) {
        if (left-- == 0) return;
        hear(element);
      }
      return;
    }
    case capnp::DynamicValue::STRUCT: {
      const auto body = value.as<capnp::DynamicStruct>();
      KJ_IF_MAYBE (active, body.which()) {
        hear(body.get(*active));
      }
      for (auto field : body.getSchema().getNonUnionFields()) hear(body.get(field));
      return;
    }
    default:
      return;
  }
}

std::size_t Stranger::size_for(capnp::StructSchema::Field field) {
  if (one_in(64)) return below(300);
  if (const auto exact = exact_of(field)) return *exact;
  if (one_in(512)) return most_of(field).value_or(0) + below(2);
  return below(64);
}

Bytes Stranger::bytes_for(capnp::StructSchema::Field field) {
  if (is_number(field) && !one_in(64)) {
    const auto word = to_word(wide());
    return {word.bytes.begin(), word.bytes.end()};
  }
  const auto size = size_for(field);
  const auto& known = heard_[size];
  if (!known.empty() && !one_in(4)) return known[below(known.size())];
  Bytes out(size, static_cast<std::uint8_t>(take(1)));
  if (!out.empty()) out.back() = static_cast<std::uint8_t>(take(1));
  return out;
}

std::string Stranger::text_for(capnp::StructSchema::Field field) {
  return std::string(size_for(field), static_cast<char>(1 + below(255)));
}

void Stranger::fill(capnp::DynamicStruct::Builder out) {
  const auto kinds = out.getSchema().getUnionFields();
  if (kinds.size() > 0) {
    set(out, kinds[static_cast<unsigned>(below(kinds.size()))]);
  }
  for (const auto field : out.getSchema().getNonUnionFields()) {
    if (!one_in(8)) set(out, field);
  }
}

void Stranger::set_list(capnp::DynamicStruct::Builder out, capnp::StructSchema::Field field) {
  auto size = below(4);
  if (one_in(32)) size = below(40);
  // Longer than it may be, mostly of nothing.
  const bool endless = one_in(512);
  if (endless) size = entries_of(field).value_or(70'000) + below(2);
  auto list = out.init(field, static_cast<unsigned>(size)).as<capnp::DynamicList>();
  const auto element = field.getType().asList().getElementType();
  for (unsigned i = 0; i < (endless ? 1u : size); ++i) {
    if (element.isStruct()) {
      fill(list[i].as<capnp::DynamicStruct>());
    } else {
      const auto bytes = bytes_for(field);
      list.set(i, data(bytes));
    }
  }
}

void Stranger::set(capnp::DynamicStruct::Builder out, capnp::StructSchema::Field field) {
  const auto type = field.getType();
  if (type.isVoid()) {
    out.set(field, capnp::VOID);
  } else if (type.isBool()) {
    out.set(field, one_in(2));
  } else if (type.isEnum()) {
    const auto kinds = type.asEnum().getEnumerants().size();
    const auto kind = one_in(64) ? take(2) : below(kinds);
    out.set(field, capnp::DynamicEnum(type.asEnum(), static_cast<std::uint16_t>(kind)));
  } else if (type.isUInt8()) {
    out.set(field, static_cast<std::uint8_t>(number()));
  } else if (type.isUInt16()) {
    out.set(field, static_cast<std::uint16_t>(number()));
  } else if (type.isUInt32()) {
    out.set(field, static_cast<std::uint32_t>(number()));
  } else if (type.isUInt64()) {
    out.set(field, number());
  } else if (type.isData()) {
    const auto bytes = bytes_for(field);
    out.set(field, data(bytes));
  } else if (type.isText()) {
    out.set(field, text_for(field).c_str());
  } else if (type.isStruct()) {
    fill(out.init(field).as<capnp::DynamicStruct>());
  } else if (type.isList()) {
    set_list(out, field);
  } else {
    stop("a stranger that has no words for a field");
  }
}

void Stranger::disturb(capnp::DynamicStruct::Builder out) {
  std::vector<capnp::StructSchema::Field> fields;
  for (const auto field : out.getSchema().getNonUnionFields()) fields.push_back(field);
  KJ_IF_MAYBE (active, out.which()) {
    fields.push_back(*active);
  }
  if (fields.empty()) return;
  const auto field = fields[below(fields.size())];
  const auto type = field.getType();
  if (type.isStruct() && !one_in(8)) {
    return disturb(out.get(field).as<capnp::DynamicStruct>());
  }
  if (holds_structs(type) && !one_in(4)) {
    auto list = out.get(field).as<capnp::DynamicList>();
    if (list.size() == 0) return;
    return disturb(list[static_cast<unsigned>(below(list.size()))].as<capnp::DynamicStruct>());
  }
  set(out, field);
}

}  // namespace horae::fuzz
