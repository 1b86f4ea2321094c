#include "tools/replay/tree_audit.hpp"

#include <algorithm>

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

tl::expected<TreeAudit, Finding> TreeAudit::begin(const Source& source) {
  TreeAudit out;
  const auto file = source.checkpoint();
  std::error_code error;
  if (std::filesystem::exists(file, error) || error) {
    const auto text = read_small_file(file);
    if (!text) {
      return tl::unexpected(wrong(0, "checkpoint", "a file that can be read", text.error().what));
    }
    auto parsed = parse_checkpoint(*text);
    if (!parsed) return tl::unexpected(wrong(0, "checkpoint", "a signed one", parsed.error().what));
    out.note_ = std::move(*parsed);
  }
  auto stored = source.tree().stored_tiles();
  if (!stored) {
    return tl::unexpected(wrong(0, "tree", "tiles that can be read", stored.error().what));
  }
  out.stored_ = std::move(*stored);
  return out;
}

void TreeAudit::see(const Hash32& record) {
  if (found_) return;
  const auto root = tree_.add(record);
  const auto seq = tree_.size();
  if (root) {
    if (tiles_ < stored_.size() && stored_[tiles_] != *root) {
      found_ = wrong(seq, "stored root of tile " + std::to_string(tiles_), to_hex(*root),
                     to_hex(stored_[tiles_]));
    }
    ++tiles_;
  }
  if (note_ && !found_ && seq == note_->checkpoint.size && tree_.root() != note_->checkpoint.root) {
    found_ = wrong(seq, "root of the tree", to_hex(note_->checkpoint.root) + ", which is signed",
                   to_hex(tree_.root()));
  }
}

std::optional<Finding> TreeAudit::end(const Source& source, const NodeState& node) {
  if (note_) {
    if (auto found = check_signer(*note_, node)) return found;
  }
  if (found_) return found_;
  auto reader = source.reader();
  const auto last = reader.last_seq();
  if (!last) return wrong(0, "record", "a readable last one", last.error().what);
  if (note_ && note_->checkpoint.size > *last) {
    return wrong(*last, "end of the log",
                 "at least the " + std::to_string(note_->checkpoint.size) + " records signed",
                 std::to_string(*last));
  }
  if (stored_.size() > *last / merkle::tile_leaves) {
    return wrong(*last, "tree", std::to_string(*last / merkle::tile_leaves) + " full tiles",
                 std::to_string(stored_.size()));
  }
  const auto wanted = std::max<std::uint64_t>(note_ ? note_->checkpoint.size : 0,
                                              stored_.size() * merkle::tile_leaves);
  const auto scanned =
      reader.scan(tree_.size() + 1, wanted, [&](std::uint64_t seq, BytesView value) {
        const auto record = decode_record(value);
        if (!record) found_ = wrong(seq, "record", "a readable one", record.error().what);
        if (record) see(record_hash(*record));
        return !found_;
      });
  if (!scanned) return wrong(tree_.size() + 1, "record", "a readable one", scanned.error().what);
  return found_;
}

}  // namespace horae::replay
