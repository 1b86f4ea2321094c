#include "tools/replay/proof/prove.hpp"

#include <algorithm>
#include <filesystem>

#include "core/base64.hpp"
#include "events/node/node.hpp"
#include "events/world.hpp"
#include "storage/log_tree.hpp"
#include "tools/replay/input.hpp"

namespace horae::replay {
namespace {

// A proof's text. Every line ends with a line feed, and the last holds the digest of those before.
class Text {
 public:
  explicit Text(const std::string& kind) { out_ = "horae-" + kind + "-proof 1\n"; }

  void line(const std::string& name, const std::string& value) {
    out_ += name + " " + value + "\n";
  }
  void path(const std::vector<Hash32>& hashes) {
    line("path", std::to_string(hashes.size()));
    for (const auto& hash : hashes) out_ += to_base64(hash.view()) + "\n";
  }
  // A tree's head with the lines of its note, or of its text alone.
  void head(const std::string& name, const Checkpoint& tree,
            const std::vector<SignedCheckpoint>& known) {
    const auto found = std::ranges::find_if(
        known, [&](const SignedCheckpoint& one) { return one.checkpoint == tree; });
    const auto text = found != known.end() ? found->note : to_text(tree);
    const auto lines = std::ranges::count(text, '\n');
    line(name, (found != known.end() ? "signed " : "unsigned ") + std::to_string(lines));
    out_ += text;
  }
  std::string end() {
    const auto digest = sha256(as_bytes(out_));
    line("sha256", to_hex(digest).substr(2));
    return std::move(out_);
  }

 private:
  std::string out_;
};

Outcome<std::string> origin_of(const Source& source) {
  auto log = source.reader();
  const auto first = log.get(1);
  if (!first) return refuse(Trouble::log_corrupt, first.error().what);
  if (!*first) return refuse(Trouble::not_in_log, "the log is empty");
  const auto record = decode_record((*first)->value);
  if (!record) return refuse(Trouble::log_corrupt, "record 1: " + record.error().what);
  const auto fact = checked_fact(record->header.domain, record->payload);
  if (!fact) return refuse(Trouble::log_corrupt, "record 1: " + fact.error().what);
  if (record->header.domain != Domain::NODE ||
      !Msg<schema::NodeFact>::of(*fact).read().isLogOpened()) {
    return refuse(Trouble::log_corrupt, "record 1: wanted logOpened, got another fact");
  }
  NodeState node;
  apply(node, Msg<schema::NodeFact>::of(*fact).read());
  return log_origin(node.identity.l1_chain_id, node.identity.l2_chain_id,
                    node.identity.log_public_key);
}

// The head of the tree of this size; refuses a log that is not the one that was signed.
Outcome<Checkpoint> tree_at(LogTree& tree, const std::string& origin, std::uint64_t size,
                            const std::vector<SignedCheckpoint>& known) {
  const auto frontier = tree.frontier(size);
  if (!frontier) return refuse(Trouble::log_corrupt, frontier.error().what);
  Checkpoint out{origin, size, frontier->root()};
  for (const auto& one : known) {
    if (one.checkpoint.size == size && one.checkpoint.origin == origin && one.checkpoint != out) {
      return refuse(Trouble::log_corrupt, "the log is not the one that was signed: at " +
                                              std::to_string(size) + " records the root is " +
                                              to_hex(out.root) + ", signed is " +
                                              to_hex(one.checkpoint.root));
    }
  }
  return out;
}

tl::unexpected<Failure> beyond(std::uint64_t wanted, const Source& source) {
  return refuse(Trouble::not_in_log, "the log has " + std::to_string(source.last()) +
                                         " records, not " + std::to_string(wanted));
}

}  // namespace

Outcome<std::optional<SignedCheckpoint>> read_checkpoint(const std::filesystem::path& file,
                                                         bool must_exist) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    if (!must_exist && !error) return std::nullopt;
    return refuse(Trouble::no_file, "no such file: " + file.string());
  }
  const auto note = read_input(file);
  if (!note) return tl::unexpected(note.error());
  auto parsed = parse_checkpoint(*note);
  if (!parsed) return refuse(Trouble::log_corrupt, file.string() + ": " + parsed.error().what);
  return std::move(*parsed);
}

Outcome<std::string> prove_inclusion(const Source& source, std::uint64_t seq,
                                     std::optional<std::uint64_t> size,
                                     const std::vector<SignedCheckpoint>& known) {
  const auto origin = origin_of(source);
  if (!origin) return tl::unexpected(origin.error());
  if (seq == 0 || seq > source.last()) return beyond(seq, source);
  if (!size) {
    size = source.last();
    std::uint64_t newest = 0;
    for (const auto& one : known) {
      const auto of = one.checkpoint.size;
      if (of >= seq && of <= source.last() && of > newest) newest = of;
    }
    if (newest > 0) size = newest;
  }
  if (*size > source.last()) return beyond(*size, source);
  if (seq > *size) {
    return refuse(Trouble::not_in_log, "record " + std::to_string(seq) +
                                           " does not stand in the first " + std::to_string(*size));
  }
  auto tree = source.tree();
  const auto head = tree_at(tree, *origin, *size, known);
  if (!head) return tl::unexpected(head.error());
  const auto path = tree.inclusion_path(seq - 1, *size);
  if (!path) return refuse(Trouble::log_corrupt, path.error().what);
  auto log = source.reader();
  const auto value = log.get(seq);
  if (!value || !*value) {
    return refuse(Trouble::log_corrupt, "record " + std::to_string(seq) + ": " +
                                            (value ? std::string("missing") : value.error().what));
  }
  const auto record = decode_record((*value)->value);
  if (!record) {
    return refuse(Trouble::log_corrupt,
                  "record " + std::to_string(seq) + ": " + record.error().what);
  }
  Text out("inclusion");
  out.line("record", std::to_string(seq));
  out.line("header", to_hex(record->header_bytes).substr(2));
  out.line("payload", to_hex(record->payload).substr(2));
  out.path(*path);
  out.head("head", *head, known);
  return out.end();
}

Outcome<std::string> prove_consistency(const Source& source, std::uint64_t from, std::uint64_t to,
                                       const std::vector<SignedCheckpoint>& known) {
  const auto origin = origin_of(source);
  if (!origin) return tl::unexpected(origin.error());
  if (std::max(from, to) > source.last()) return beyond(std::max(from, to), source);
  if (from > to) return refuse(Trouble::usage, "--from is beyond --to");
  auto tree = source.tree();
  const auto before = tree_at(tree, *origin, from, known);
  if (!before) return tl::unexpected(before.error());
  const auto after = tree_at(tree, *origin, to, known);
  if (!after) return tl::unexpected(after.error());
  const auto path = tree.consistency_path(from, to);
  if (!path) return refuse(Trouble::log_corrupt, path.error().what);
  Text out("consistency");
  out.path(*path);
  out.head("before", *before, known);
  out.head("after", *after, known);
  return out.end();
}

}  // namespace horae::replay
