#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "actors/shell.hpp"
#include "core/crypto/ed25519.hpp"

namespace horae {

struct CheckpointerOptions {
  std::string origin;
  std::shared_ptr<const Ed25519Key> key;
  std::filesystem::path file;
  std::uint64_t size = 0;        // of the tree in the checkpoint that is there
  std::uint64_t pause_ms = 500;  // between two, so that none is more than a second behind
  /// The file cannot be written, told once for each reason; it goes on trying, and a success after
  /// that is told, too.
  std::function<void(const Fault&)> on_trouble;
  std::function<void()> on_mended;
};

/// Writes a signed checkpoint (core/checkpoint.hpp) after a commit, at most one each pause, without
/// holding the journal up. Needs one tick to begin.
checkpointer_actor spawn_checkpointer(caf::actor_system& system, Threading threading,
                                      std::shared_ptr<ActorMeter> meter,
                                      CheckpointerOptions options, journal_actor journal);

}  // namespace horae
