#include "core/message.hpp"

#include <capnp/any.h>
#include <capnp/serialize.h>

#include "core/message_walk.hpp"

namespace horae {
namespace {

using Words = kj::Array<capnp::word>;

Result<void> check_size(BytesView bytes) {
  if (bytes.empty() || bytes.size() % sizeof(capnp::word) != 0) {
    return fail("a message of " + std::to_string(bytes.size()) +
                " bytes is no row of 8-byte words");
  }
  if (bytes.size() > Message::max_bytes) return fail("a message of more than 16 MiB");
  return {};
}

}  // namespace

Message Message::adopt(kj::Array<capnp::word> words) {
  auto owner = std::make_shared<const Words>(kj::mv(words));
  const auto bytes = owner->asBytes();
  return Message({bytes.begin(), bytes.size()}, std::move(owner));
}

Message Message::trusted(BytesView bytes) {
  if (bytes.empty()) return {};
  auto owner = std::make_shared_for_overwrite<std::uint64_t[]>((bytes.size() + 7) / 8);
  std::memcpy(owner.get(), bytes.data(), bytes.size());
  const auto* begin = reinterpret_cast<const std::uint8_t*>(owner.get());
  return Message({begin, bytes.size()}, std::move(owner));
}

Message Message::borrowed(BytesView bytes, std::shared_ptr<const void> owner) {
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % 8 != 0)
    stop("a message that is not aligned");
  return Message(bytes, std::move(owner));
}

Result<void> Message::check(BytesView bytes, capnp::StructSchema schema) {
  if (auto sized = check_size(bytes); !sized) return sized;
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % 8 != 0)
    stop("a message that is not aligned");
  return walk_message({reinterpret_cast<const std::uint64_t*>(bytes.data()), bytes.size() / 8},
                      schema);
}

Result<Message> Message::checked(BytesView bytes, capnp::StructSchema schema) {
  if (auto sized = check_size(bytes); !sized) return tl::unexpected(sized.error());
  auto message = trusted(bytes);
  if (auto done = check(message.bytes(), schema); !done) return tl::unexpected(done.error());
  return message;
}

}  // namespace horae
