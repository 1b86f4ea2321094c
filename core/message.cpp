#include "core/message.hpp"

#include <capnp/any.h>
#include <capnp/dynamic.h>
#include <capnp/serialize.h>

namespace horae {
namespace {

using Words = kj::Array<capnp::word>;

void walk(capnp::DynamicValue::Reader value);

void walk_struct(capnp::DynamicStruct::Reader reader) {
  const auto schema = reader.getSchema();
  if (schema.getProto().getStruct().getDiscriminantCount() > 0) {
    KJ_IF_MAYBE (active, reader.which()) {
      walk(reader.get(*active));
    } else {
      kj::throwFatalException(
          KJ_EXCEPTION(FAILED, "an unknown union tag: written by a newer version"));
    }
  }
  for (auto field : schema.getNonUnionFields()) walk(reader.get(field));
}

// Reading a value checks its pointer, bounds and kind.
void walk(capnp::DynamicValue::Reader value) {
  switch (value.getType()) {
    case capnp::DynamicValue::STRUCT:
      return walk_struct(value.as<capnp::DynamicStruct>());
    case capnp::DynamicValue::LIST:
      for (auto element : value.as<capnp::DynamicList>()) walk(element);
      return;
    default:
      return;
  }
}

std::shared_ptr<const Words> copy_words(BytesView bytes) {
  auto words = kj::heapArray<capnp::word>(bytes.size() / sizeof(capnp::word));
  std::memcpy(words.begin(), bytes.data(), bytes.size());
  return std::make_shared<const Words>(kj::mv(words));
}

}  // namespace

Message Message::adopt(kj::Array<capnp::word> words) {
  return Message(std::make_shared<const Words>(kj::mv(words)));
}

Message Message::trusted(BytesView bytes) { return Message(copy_words(bytes)); }

Result<Message> Message::checked(BytesView bytes, capnp::StructSchema schema) {
  if (bytes.empty() || bytes.size() % sizeof(capnp::word) != 0) {
    return fail("a message of " + std::to_string(bytes.size()) +
                " bytes is no row of 8-byte words");
  }
  if (bytes.size() > max_bytes) return fail("a message of more than 16 MiB");
  auto words = copy_words(bytes);
  try {
    capnp::ReaderOptions options;
    // Reading everything once, and once more for the canonical form, with room to spare.
    options.traversalLimitInWords = std::max<std::uint64_t>(1024, 16 * words->size());
    options.nestingLimit = 16;
    const kj::ArrayPtr<const capnp::word> segment(words->begin(), words->size());
    capnp::SegmentArrayMessageReader reader(kj::arrayPtr(&segment, 1), options);
    // Not by isCanonical: it passes a set bit in a list's tag that reading ignores (0.9.2).
    const auto canonical = reader.getRoot<capnp::AnyStruct>().canonicalize();
    if (canonical.asBytes() != words->asBytes()) return fail("a message that is not canonical");
    walk_struct(reader.getRoot<capnp::DynamicStruct>(schema));
  } catch (const kj::Exception& broken) {
    return fail(std::string("not a message of this schema: ") + broken.getDescription().cStr());
  }
  return Message(std::move(words));
}

}  // namespace horae
