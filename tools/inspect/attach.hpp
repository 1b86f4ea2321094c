#pragma once

#include <capnp/message.h>

#include <filesystem>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "core/trouble.hpp"
#include "schemas/inspect.capnp.h"

namespace horae::inspect {

/// What the node was asked for, or why it is not to be had.
template <class T>
using Asked = tl::expected<T, Failure>;

/// What the node sent, S of schemas/inspect.capnp, kept.
template <class S>
class Answer {
 public:
  explicit Answer(typename S::Reader sent)
      : message_(std::make_unique<capnp::MallocMessageBuilder>()) {
    message_->setRoot(sent);
  }
  [[nodiscard]] typename S::Reader operator*() const { return message_->getRoot<S>().asReader(); }

 private:
  std::unique_ptr<capnp::MallocMessageBuilder> message_;
};
using Snapshot = Answer<schema::Inspector::Snapshot>;
/// The messages that one actor was sent, as the node sent them.
using Messages = Answer<schema::Inspector::Messages>;
/// What came of what it was told.
using Outcome = Answer<schema::Inspector::WordOutcome>;

/// Stays attached to the node that serves the socket; opened, used and ended by one thread.
/// Refuses, naming the socket and what can be done, when nobody serves it, when it may not be used,
/// and when no answer comes within timeout_ms. After a refusal it is of no more use: attach anew.
class Attachment {
 public:
  static Asked<Attachment> open(const std::filesystem::path& socket, unsigned timeout_ms = 5000);
  Attachment(Attachment&&) noexcept;
  Attachment& operator=(Attachment&&) noexcept;
  ~Attachment();

  Asked<Snapshot> snapshot();
  /// The last `most` of those numbered above `after`; asking begins to keep them.
  Asked<Messages> messages(const std::string& actor, std::uint64_t after, std::uint32_t most);
  /// The operator's word that a member of a pool gives its turn away. A node of before it knew such
  /// words refuses (unexpected).
  Asked<Outcome> yield_turn();
  /// That a member tells its pool that this block is to be revoked.
  Asked<Outcome> revoke_block(std::uint64_t number);

 private:
  struct Inside;
  explicit Attachment(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

/// Attaches, takes one snapshot and leaves.
Asked<Snapshot> take_snapshot(const std::filesystem::path& socket, unsigned timeout_ms = 5000);

}  // namespace horae::inspect
