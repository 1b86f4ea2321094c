#include "tools/replay/tree_audit.hpp"

#include "core/checkpoint.hpp"
#include "events/record.hpp"
#include "storage/files.hpp"

namespace horae::replay {
namespace {

Finding wrong(std::uint64_t seq, std::string what, std::string wanted, std::string got) {
  return {Exit::corrupt, seq, std::move(what), std::move(wanted), std::move(got)};
}

std::optional<Finding> check_signer(const SignedCheckpoint& note, const NodeState& node) {
  const auto& identity = node.identity;
  const auto origin =
      log_origin(identity.l1_chain_id, identity.l2_chain_id, identity.log_public_key);
  const auto& checkpoint = note.checkpoint;
  if (checkpoint.origin != origin) {
    return wrong(checkpoint.size, "checkpoint's origin", origin, checkpoint.origin);
  }
  if (!note.signed_by(identity.log_public_key)) {
    return wrong(checkpoint.size, "checkpoint's signature",
                 "one by " + to_hex(identity.log_public_key), "none that holds");
  }
  return std::nullopt;
}

}  // namespace

std::optional<Finding> check_tree(const Source& source, const NodeState& node,
                                  const std::filesystem::path& checkpoint) {
  std::optional<SignedCheckpoint> note;
  std::error_code error;
  if (std::filesystem::exists(checkpoint, error) || error) {
    const auto text = read_small_file(checkpoint);
    if (!text) return wrong(0, "checkpoint", "a file that can be read", text.error().what);
    auto parsed = parse_checkpoint(*text);
    if (!parsed) return wrong(0, "checkpoint", "a signed one", parsed.error().what);
    note = std::move(*parsed);
    if (auto found = check_signer(*note, node)) return found;
  }
  const auto stored = source.tree().stored_tiles();
  if (!stored) return wrong(0, "tree", "tiles that can be read", stored.error().what);
  // A node that goes on writing may have signed, and filled, more than there was when the source
  // was opened.
  auto reader = source.reader();
  const auto last = reader.last_seq();
  if (!last) return wrong(0, "record", "a readable last one", last.error().what);
  if (note && note->checkpoint.size > *last) {
    return wrong(*last, "end of the log",
                 "at least the " + std::to_string(note->checkpoint.size) + " records signed",
                 std::to_string(*last));
  }
  if (stored->size() > *last / merkle::tile_leaves) {
    return wrong(*last, "tree", std::to_string(*last / merkle::tile_leaves) + " full tiles",
                 std::to_string(stored->size()));
  }

  merkle::Frontier tree;
  std::size_t tiles = 0;
  std::optional<Finding> found;
  const auto see = [&](std::uint64_t seq, const Hash32& hash) {
    const auto root = tree.add(hash);
    if (root && tiles < stored->size() && (*stored)[tiles] != *root) {
      found = wrong(seq, "stored root of tile " + std::to_string(tiles), to_hex(*root),
                    to_hex((*stored)[tiles]));
    }
    tiles += root ? 1 : 0;
    if (note && !found && seq == note->checkpoint.size && tree.root() != note->checkpoint.root) {
      found = wrong(seq, "root of the tree", to_hex(note->checkpoint.root) + ", which is signed",
                    to_hex(tree.root()));
    }
    return !found;
  };
  const auto scanned = reader.scan(1, *last, [&](std::uint64_t seq, BytesView value) {
    const auto record = decode_record(value);
    if (!record) found = wrong(seq, "record", "a readable one", record.error().what);
    return record && see(seq, record_hash(*record));
  });
  if (!scanned) return wrong(tree.size() + 1, "record", "a readable one", scanned.error().what);
  return found;
}

}  // namespace horae::replay
