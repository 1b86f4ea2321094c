#include "tools/replay/proof/check_proof.hpp"

#include <charconv>

#include "core/base64.hpp"
#include "core/hash.hpp"
#include "events/json.hpp"
#include "events/world.hpp"
#include "tools/replay/show.hpp"

namespace horae::replay {
namespace {

using Hashes = std::vector<Hash32>;

tl::unexpected<Failure> no_proof(const std::string& why) {
  return refuse(Trouble::file_form, "no proof: " + why);
}
tl::unexpected<Failure> not_shown(std::string why) {
  return refuse(Trouble::audit_mismatch, std::move(why));
}

Hash32 parent(const Hash32& left, const Hash32& right) {
  static constexpr std::uint8_t tag = 1;
  return sha256({BytesView(&tag, 1), left.view(), right.view()});
}

bool is_even(std::uint64_t n) { return n % 2 == 0; }

// Reads a proof line by line; what was wrong first is kept.
class ProofLines {
 public:
  explicit ProofLines(std::string_view text) : rest_(text) {}

  std::string_view line() {
    const auto end = rest_.find('\n');
    if (end == std::string_view::npos) {
      wrong("it ends within a line");
      return {};
    }
    const auto out = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return out;
  }
  // The value of the line that begins with this name.
  std::string_view value(std::string_view name) {
    const auto out = line();
    if (!out.starts_with(name) || out.size() <= name.size() || out[name.size()] != ' ') {
      wrong("wanted a line \"" + std::string(name) + " …\"");
      return {};
    }
    return out.substr(name.size() + 1);
  }
  std::uint64_t number(std::string_view text) {
    std::uint64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc() || end != text.data() + text.size() || std::to_string(out) != text) {
      wrong("no number: " + std::string(text.substr(0, 40)));
    }
    return out;
  }
  Bytes hex(std::string_view text) {
    auto out = from_hex("0x" + std::string(text));
    if (!out || to_hex(*out).substr(2) != text) wrong("no lower-case hex digits");
    return out.value_or(Bytes());
  }
  Hashes path() {
    const auto count = number(value("path"));
    Hashes out;
    // A tree of 2^64 leaves has no longer one.
    if (count > 130) wrong("a path of " + std::to_string(count) + " hashes");
    for (std::uint64_t i = 0; i < count && !trouble_; ++i) {
      const auto bytes = from_base64(line());
      const auto hash = bytes ? Hash32::from(*bytes) : tl::unexpected(bytes.error());
      if (!hash) wrong("path: " + hash.error().what);
      out.push_back(hash.value_or(Hash32()));
    }
    return out;
  }
  struct Head {
    Checkpoint checkpoint;
    std::optional<SignedCheckpoint> note;
  };
  Head head(std::string_view name) {
    Head out;
    const auto kind = value(name);
    const auto space = kind.find(' ');
    const bool is_signed = kind.substr(0, space) == "signed";
    if (space == std::string_view::npos || (!is_signed && kind.substr(0, space) != "unsigned")) {
      wrong("a head is signed or unsigned");
      return out;
    }
    const auto* begin = rest_.data();
    std::size_t size = 0;
    for (auto left = number(kind.substr(space + 1)); left > 0 && !trouble_; --left) {
      size += line().size() + 1;
    }
    if (trouble_) return out;
    const std::string_view text(begin, size);
    if (is_signed) {
      auto note = parse_checkpoint(text);
      if (!note) {
        wrong(std::string(name) + ": " + note.error().what);
        return out;
      }
      out.checkpoint = note->checkpoint;
      out.note = std::move(*note);
    } else if (auto checkpoint = checkpoint_from_text(text)) {
      out.checkpoint = std::move(*checkpoint);
    } else {
      wrong(std::string(name) + ": " + checkpoint.error().what);
    }
    return out;
  }
  void end() {
    if (!rest_.empty()) wrong("something stands behind its end");
  }

  void wrong(std::string why) {
    if (!trouble_) trouble_ = std::move(why);
  }
  [[nodiscard]] const std::optional<std::string>& trouble() const { return trouble_; }

 private:
  std::string_view rest_;
  std::optional<std::string> trouble_;
};

// horae/<L1>/<L2>/<public key, hex>.
std::optional<Hash32> key_named_in(const std::string& origin) {
  const auto slash = origin.rfind('/');
  const auto key = fixed_from_hex<Hash32>("0x" + origin.substr(slash + 1));
  return key ? std::optional(*key) : std::nullopt;
}

Outcome<Proven::Head> judge_head(const ProofLines::Head& head, const std::string& name,
                                 const Hash32& key) {
  Proven::Head out{head.checkpoint, head.note.has_value()};
  if (!head.note || head.note->signed_by(key)) return out;
  return not_shown(name + ": not signed by the log's key, " + to_hex(key));
}

// Everything before the last line, which holds its digest; nothing where it does not.
std::optional<std::string_view> sealed(std::string_view file) {
  constexpr std::string_view mark = "sha256 ";
  constexpr auto length = mark.size() + 64 + 1;
  if (file.size() < length) return std::nullopt;
  const auto body = file.substr(0, file.size() - length);
  const auto wanted = std::string(mark) + to_hex(sha256(as_bytes(body))).substr(2) + "\n";
  if (file.substr(body.size()) != wanted) return std::nullopt;
  return body;
}

std::string show(const Proven::Head& head) {
  return std::to_string(head.checkpoint.size) + " records, root " + to_hex(head.checkpoint.root) +
         (head.is_signed ? ", signed" : ", unsigned");
}

boost::json::object json_of(const Proven::Head& head) {
  return {{"size", head.checkpoint.size},
          {"root", to_hex(head.checkpoint.root)},
          {"signed", head.is_signed}};
}

}  // namespace

std::optional<Hash32> root_from_inclusion(std::uint64_t index, std::uint64_t size,
                                          const Hash32& leaf, const Hashes& path) {
  if (index >= size) return std::nullopt;
  auto fn = index;
  auto sn = size - 1;
  auto root = leaf;
  for (const auto& sibling : path) {
    if (sn == 0) return std::nullopt;
    if (!is_even(fn) || fn == sn) {
      root = parent(sibling, root);
      while (is_even(fn) && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      root = parent(root, sibling);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 ? std::optional(root) : std::nullopt;
}

bool is_consistent(std::uint64_t from, const Hash32& from_root, std::uint64_t to,
                   const Hash32& to_root, const Hashes& path) {
  if (from > to) return false;
  if (from == to) return path.empty() && from_root == to_root;
  if (from == 0) return path.empty() && from_root == sha256(BytesView());
  auto hashes = path;
  if ((from & (from - 1)) == 0) hashes.insert(hashes.begin(), from_root);
  if (hashes.empty()) return false;
  auto fn = from - 1;
  auto sn = to - 1;
  while (!is_even(fn)) {
    fn >>= 1;
    sn >>= 1;
  }
  auto before = hashes.front();
  auto after = hashes.front();
  for (std::size_t i = 1; i < hashes.size(); ++i) {
    if (sn == 0) return false;
    if (!is_even(fn) || fn == sn) {
      before = parent(hashes[i], before);
      after = parent(hashes[i], after);
      while (is_even(fn) && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      after = parent(after, hashes[i]);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && before == from_root && after == to_root;
}

namespace {

// For people: what is proven is the record's bytes.
std::string fact_of(const RecordView& record) {
  const auto payload = checked_fact(record.header.domain, record.payload);
  if (!payload) return {};
  const auto fact = fact_json(record.header.domain, *payload);
  const auto* object = fact.if_object();
  return object == nullptr || object->empty() ? std::string() : std::string(object->begin()->key());
}

}  // namespace

Outcome<Proven> check_proof(std::string_view file, const std::optional<Hash32>& key) {
  const auto body = sealed(file);
  if (!body) return no_proof("its last line is not the digest of those before");
  ProofLines lines(*body);
  const auto kind = lines.line();
  const bool of_record = kind == "horae-inclusion-proof 1";
  if (!of_record && kind != "horae-consistency-proof 1") {
    return no_proof("another kind, or of a newer version");
  }
  std::uint64_t seq = 0;
  Bytes value;
  if (of_record) {
    seq = lines.number(lines.value("record"));
    value = lines.hex(lines.value("header"));
    if (value.size() != RecordHeader::size) lines.wrong("header: wanted 72 bytes");
    const auto payload = lines.hex(lines.value("payload"));
    value.insert(value.end(), payload.begin(), payload.end());
  }
  const auto path = lines.path();
  std::optional<ProofLines::Head> before;
  if (!of_record) before = lines.head("before");
  const auto head = lines.head(of_record ? "head" : "after");
  lines.end();
  if (lines.trouble()) return no_proof(*lines.trouble());

  Proven out;
  out.key_given = key.has_value();
  const auto named = key_named_in(head.checkpoint.origin);
  if (!named) return no_proof("its origin names no key: " + head.checkpoint.origin);
  out.key = key.value_or(*named);
  if (out.key != *named) {
    return not_shown("the head is of a log with another key: wanted " + to_hex(out.key) + ", got " +
                     to_hex(*named));
  }
  if (key && !head.note) {
    return not_shown("the head of " + std::to_string(head.checkpoint.size) +
                     " records is not signed: nothing ties it to the log's key (prove it up to a "
                     "size that a checkpoint signs)");
  }
  const auto judged = judge_head(head, of_record ? "head" : "after", out.key);
  if (!judged) return tl::unexpected(judged.error());
  out.head = *judged;

  if (of_record) {
    const auto record = decode_record(value);
    if (!record) return no_proof("record: " + record.error().what);
    if (record->header.seq != seq) {
      return not_shown("record " + std::to_string(seq) + ": its header says " +
                       std::to_string(record->header.seq));
    }
    static constexpr std::uint8_t tag = 0;
    const auto digest = sha256(record->payload);
    const auto leaf = sha256({BytesView(&tag, 1), record->header_bytes, digest.view()});
    const auto root = root_from_inclusion(seq - 1, head.checkpoint.size, leaf, path);
    if (!root || *root != head.checkpoint.root) {
      return not_shown("record " + std::to_string(seq) + ": does not stand in this tree");
    }
    out.record = record->header;
    out.fact = fact_of(*record);
    return out;
  }
  if (before->checkpoint.origin != head.checkpoint.origin) {
    return not_shown("the two heads are of two logs");
  }
  const auto judged_before = judge_head(*before, "before", out.key);
  if (!judged_before) return tl::unexpected(judged_before.error());
  out.before = *judged_before;
  if (!is_consistent(before->checkpoint.size, before->checkpoint.root, head.checkpoint.size,
                     head.checkpoint.root, path)) {
    return not_shown("the tree of " + std::to_string(head.checkpoint.size) +
                     " records did not grow from the one of " +
                     std::to_string(before->checkpoint.size));
  }
  return out;
}

std::string to_text(const Proven& proven) {
  std::string out;
  if (proven.record) {
    const auto& record = *proven.record;
    out += "shown: record " + std::to_string(record.seq) + " (" + domain_name(record.domain) +
           (proven.fact.empty() ? " kind " + std::to_string(record.kind) : " " + proven.fact) +
           ", " + show_time(record.time_ms) + ") stands in the log\n";
  } else {
    out += "shown: the log only grew\n";
    out += "before       " + show(*proven.before) + "\n";
  }
  out += std::string(proven.record ? "head         " : "after        ") + show(proven.head) + "\n";
  out += "log          " + proven.head.checkpoint.origin + "\n";
  if (!proven.head.is_signed) {
    out += "nobody signed this head: it shows no more than that the file agrees with itself\n";
  } else if (!proven.key_given) {
    out += "the key is the one that the file names: give the log's own with --key\n";
  }
  return out;
}

boost::json::object to_json(const Proven& proven) {
  boost::json::object out{{"shown", true}, {"origin", proven.head.checkpoint.origin}};
  if (proven.record) {
    out["record"] = proven.record->seq;
    out["domain"] = domain_name(proven.record->domain);
    out["kind"] = proven.record->kind;
    out["fact"] = proven.fact;
    out["time"] = proven.record->time_ms;
  }
  if (proven.before) out["before"] = json_of(*proven.before);
  out[proven.record ? "head" : "after"] = json_of(proven.head);
  out["key"] = to_hex(proven.key);
  out["keyGiven"] = proven.key_given;
  return out;
}

}  // namespace horae::replay
