#pragma once

#include <capnp/message.h>

#include <filesystem>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "core/exit.hpp"
#include "schemas/inspect.capnp.h"

namespace horae::inspect {

/// Why there is no snapshot, and how the process ends for it.
struct Refusal {
  Exit code;
  std::string what;
};

/// A snapshot as the node sent it.
class Snapshot {
 public:
  explicit Snapshot(schema::Inspector::Snapshot::Reader sent)
      : message_(std::make_unique<capnp::MallocMessageBuilder>()) {
    message_->setRoot(sent);
  }
  [[nodiscard]] schema::Inspector::Snapshot::Reader operator*() const {
    return message_->getRoot<schema::Inspector::Snapshot>().asReader();
  }

 private:
  std::unique_ptr<capnp::MallocMessageBuilder> message_;
};

/// Attaches to the node that serves the socket, takes one snapshot and leaves. Refuses, naming the
/// socket and what can be done, when nobody serves it, when it may not be used, and when no answer
/// comes within timeout_ms.
tl::expected<Snapshot, Refusal> take_snapshot(const std::filesystem::path& socket,
                                              unsigned timeout_ms = 5000);

}  // namespace horae::inspect
