#pragma once

#include <string>
#include <string_view>

#include "core/crypto/ed25519.hpp"

namespace horae {

/// What a log's keeper says of its tree: so many leaves have this root. Text as C2SP's
/// tlog-checkpoint has it: three lines, origin, size in decimal, root in base64.
struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Hash32 root;
  bool operator==(const Checkpoint&) const = default;
};

/// horae/<L1 chain id>/<L2 chain id>/<the log's public key, hex>: chain and node in one line, and
/// at the same time the name that the key signs under.
[[nodiscard]] std::string log_origin(std::uint64_t l1_chain_id, std::uint64_t l2_chain_id,
                                     const Hash32& public_key);

/// The text that is signed, with the line feed that ends it.
[[nodiscard]] std::string to_text(const Checkpoint& checkpoint);
/// Refuses everything that to_text does not write.
[[nodiscard]] Result<Checkpoint> checkpoint_from_text(std::string_view text);

/// A C2SP signed-note: the text, an empty line, a line "— <name> <base64(key hash ‖ signature)>".
[[nodiscard]] std::string sign_note(std::string_view text, std::string_view name,
                                    const Ed25519Key& key);

/// A checkpoint's note, taken apart; nothing is known yet of its signatures.
struct SignedCheckpoint {
  Checkpoint checkpoint;
  std::string note;  // whole
  std::string text;  // what is signed
  struct Line {
    std::string name;
    Bytes signature;  // key hash ‖ signature
  };
  std::vector<Line> signatures;

  /// Whether one of the signatures is by this key, under the checkpoint's origin as its name.
  /// Signatures by others are no trouble: witnesses may add theirs.
  [[nodiscard]] bool signed_by(const Hash32& public_key) const;
};

/// Refuses what is no signed note, or one of something else than a checkpoint.
[[nodiscard]] Result<SignedCheckpoint> parse_checkpoint(std::string_view note);

}  // namespace horae
