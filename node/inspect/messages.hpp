#pragma once

#include <map>
#include <memory>
#include <string>

#include "node/inspect/sampler.hpp"
#include "node/inspect/snapshot.hpp"
#include "schemas/inspect.capnp.h"

namespace horae {

/// Of one decoded message, and of all in one answer, in bytes: an answer stays below what the
/// server sends at once.
inline constexpr std::size_t most_decoded = 8192;
inline constexpr std::size_t most_decoded_in_all = 40'000;

/// Who is being watched, and what came to them. Rendering happens here, on the inspector's thread.
class MessageWatch {
 public:
  /// Without a question for that long, nothing is kept any more.
  static constexpr std::uint64_t patience_ns = 10'000'000'000;

  explicit MessageWatch(std::shared_ptr<const Meters> meters) : meters_(std::move(meters)) {}
  ~MessageWatch();
  MessageWatch(const MessageWatch&) = delete;
  MessageWatch& operator=(const MessageWatch&) = delete;

  void answer(schema::Inspector::Messages::Builder out, const std::string& actor,
              std::uint64_t after, std::size_t most, const Sampler& sampler, const Moment& moment);
  /// Lets go of those that nobody asks for any more.
  void tick(std::uint64_t now_ns);

 private:
  std::shared_ptr<const Meters> meters_;
  std::map<std::shared_ptr<ActorMeter>, std::uint64_t> asked_ns_;  // of those that are watched
};

}  // namespace horae
