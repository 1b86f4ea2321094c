#include "tools/replay/audit/tree_audit.hpp"

#include <algorithm>

#include "core/files.hpp"
#include "events/record.hpp"

namespace horae::replay {
namespace {

Finding wrong(std::uint64_t seq, std::string what, std::string wanted, std::string got) {
  return {Trouble::audit_mismatch, seq, std::move(what), std::move(wanted), std::move(got)};
}

Finding unreadable(std::uint64_t seq, std::string what, std::string wanted, const Fault& fault) {
  return {Trouble::log_corrupt, seq, std::move(what), std::move(wanted), fault.what};
}

std::optional<Finding> check_signer(const SignedCheckpoint& note, const std::string& name,
                                    const NodeState& node) {
  const auto& identity = node.identity;
  const auto origin =
      log_origin(identity.l1_chain_id, identity.l2_chain_id, identity.log_public_key);
  const auto& checkpoint = note.checkpoint;
  if (checkpoint.origin != origin) {
    return wrong(checkpoint.size, name + "'s origin", origin, checkpoint.origin);
  }
  if (!note.signed_by(identity.log_public_key)) {
    return wrong(checkpoint.size, name + "'s signature",
                 "one by " + to_hex(identity.log_public_key), "none that holds");
  }
  return std::nullopt;
}

}  // namespace

tl::expected<TreeAudit, Finding> TreeAudit::begin(const Source& source,
                                                  std::optional<SignedCheckpoint> kept) {
  TreeAudit out;
  out.leaves_.reserve(merkle::tile_leaves);
  const auto file = source.checkpoint();
  std::error_code error;
  if (std::filesystem::exists(file, error) || error) {
    const auto text = read_small_file(file);
    if (!text) {
      return tl::unexpected(unreadable(0, "checkpoint", "a file that can be read", text.error()));
    }
    auto parsed = parse_checkpoint(*text);
    if (!parsed) return tl::unexpected(wrong(0, "checkpoint", "a signed one", parsed.error().what));
    out.notes_.push_back({std::move(*parsed), "checkpoint"});
  }
  if (kept) out.notes_.push_back({std::move(*kept), "kept checkpoint"});
  out.find_next(0);
  auto stored = source.tree().stored_tiles();
  if (!stored) {
    return tl::unexpected(unreadable(0, "tree", "tiles that can be read", stored.error()));
  }
  out.stored_ = std::move(*stored);
  return out;
}

std::uint64_t TreeAudit::pass(std::uint64_t before) {
  auto tiles = (before - 1) / merkle::tile_leaves;
  for (const auto& each : notes_) {
    if (each.note.checkpoint.size == 0) continue;
    tiles = std::min(tiles, (each.note.checkpoint.size - 1) / merkle::tile_leaves);
  }
  if (tiles > stored_.size()) return 1;
  for (std::uint64_t i = 0; i < tiles; ++i) tiles_.add_tile(stored_[i]);
  return tiles * merkle::tile_leaves + 1;
}

void TreeAudit::find_next(std::uint64_t after) {
  next_signed_ = UINT64_MAX;
  for (const auto& each : notes_) {
    const auto size = each.note.checkpoint.size;
    if (size > after) next_signed_ = std::min(next_signed_, size);
  }
}

merkle::Frontier TreeAudit::tree() const {
  auto out = tiles_;
  for (const auto& leaf : leaves_) static_cast<void>(out.add(leaf));
  return out;
}

std::optional<Finding> TreeAudit::check_root(const Note& note, const NodeState& node) const {
  if (auto found = check_signer(note.note, note.name, node)) return found;
  const auto root = tree().root();
  const auto& checkpoint = note.note.checkpoint;
  if (checkpoint.root == root) return std::nullopt;
  return wrong(checkpoint.size, "root of the tree",
               to_hex(checkpoint.root) + ", which the " + note.name + " has signed", to_hex(root));
}

std::optional<Finding> TreeAudit::look(std::uint64_t seq, const NodeState& node,
                                       const std::optional<Hash32>& tile) {
  if (seq == next_signed_) {
    for (const auto& each : notes_) {
      if (each.note.checkpoint.size != seq) continue;
      if (auto found = check_root(each, node)) return found;
    }
    find_next(seq);
  }
  if (leaves_.size() < merkle::tile_leaves) return std::nullopt;
  const auto place = tiles_.size() / merkle::tile_leaves;
  const auto root = tile ? *tile : tile_root();
  if (place < stored_.size() && stored_[place] != root) {
    return wrong(seq, "stored root of tile " + std::to_string(place), to_hex(root),
                 to_hex(stored_[place]));
  }
  tiles_.add_tile(root);
  leaves_.clear();
  return std::nullopt;
}

Hash32 TreeAudit::tile_root() const {
  merkle::Frontier out;
  for (const auto& leaf : leaves_) {
    if (const auto root = out.add(leaf)) return *root;
  }
  stop("a tile that is not full");
}

std::optional<Finding> TreeAudit::end(const Source& source, const NodeState& node) {
  auto reader = source.reader();
  const auto last = reader.last_seq();
  if (!last) return unreadable(0, "record", "a readable last one", last.error());
  std::uint64_t wanted = stored_.size() * merkle::tile_leaves;
  for (const auto& each : notes_) {
    const auto size = each.note.checkpoint.size;
    if (auto found = check_signer(each.note, each.name, node)) return found;
    if (size == 0) {
      // The empty tree's, which every log grows from.
      if (each.note.checkpoint.root == merkle::Frontier().root()) continue;
      return wrong(0, "root of the tree", to_hex(merkle::Frontier().root()),
                   to_hex(each.note.checkpoint.root) + ", which the " + each.name + " has signed");
    }
    if (size > *last) {
      return Finding{
          Trouble::log_incomplete, *last, "end of the log",
          "at least the " + std::to_string(size) + " records that the " + each.name + " signs",
          std::to_string(*last)};
    }
    wanted = std::max(wanted, size);
  }
  if (stored_.size() > *last / merkle::tile_leaves) {
    return Finding{Trouble::log_incomplete, *last, "tree",
                   std::to_string(*last / merkle::tile_leaves) + " full tiles",
                   std::to_string(stored_.size())};
  }
  std::optional<Finding> found;
  const auto next = tiles_.size() + leaves_.size() + 1;
  const auto scanned = reader.scan(next, wanted, [&](std::uint64_t seq, BytesView value) {
    const auto record = decode_record(value);
    found = record ? see(record_hash(*record), node)
                   : wrong(seq, "record", "a readable one", record.error().what);
    return !found;
  });
  if (!scanned) return unreadable(next, "record", "a readable one", scanned.error());
  return found;
}

}  // namespace horae::replay
