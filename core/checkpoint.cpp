#include "core/checkpoint.hpp"

#include <algorithm>
#include <charconv>

#include "core/base64.hpp"
#include "core/hash.hpp"

namespace horae {
namespace {

// Em dash and space, UTF-8.
constexpr std::string_view signature_mark = "\xe2\x80\x94 ";
constexpr std::size_t key_hash_size = 4;

// SHA-256(name ‖ LF ‖ 0x01 ‖ public key), the first four bytes (C2SP signed-note; 0x01 is Ed25519).
Bytes key_hash(std::string_view name, const Hash32& public_key) {
  static constexpr std::array<std::uint8_t, 2> between = {'\n', 0x01};
  const auto whole = sha256({as_bytes(name), between, public_key.view()});
  return {whole.bytes.begin(), whole.bytes.begin() + key_hash_size};
}

// Takes the next line off, without its line feed; refuses a text that does not end with one.
Result<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return fail("the end of a line is missing");
  const auto out = text.substr(0, end);
  text.remove_prefix(end + 1);
  return out;
}

Result<std::uint64_t> size_from(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || std::to_string(out) != text) {
    return fail("size: no decimal number: " + std::string(text.substr(0, 40)));
  }
  return out;
}

Result<SignedCheckpoint::Line> signature_from(std::string_view line) {
  const auto space = line.rfind(' ');
  if (!line.starts_with(signature_mark) || space < signature_mark.size()) {
    return fail("no signature line: " + std::string(line.substr(0, 80)));
  }
  SignedCheckpoint::Line out;
  out.name = line.substr(signature_mark.size(), space - signature_mark.size());
  auto bytes = from_base64(line.substr(space + 1));
  if (!bytes) return within("signature", bytes.error());
  if (out.name.empty() || out.name.find_first_of(" +") != std::string::npos ||
      bytes->size() <= key_hash_size) {
    return fail("no signature line: " + std::string(line.substr(0, 80)));
  }
  out.signature = std::move(*bytes);
  return out;
}

}  // namespace

std::string log_origin(std::uint64_t l1_chain_id, std::uint64_t l2_chain_id,
                       const Hash32& public_key) {
  return "horae/" + std::to_string(l1_chain_id) + "/" + std::to_string(l2_chain_id) + "/" +
         to_hex(public_key).substr(2);
}

std::string to_text(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
         to_base64(checkpoint.root.view()) + "\n";
}

Result<Checkpoint> checkpoint_from_text(std::string_view text) {
  Checkpoint out;
  const auto origin = take_line(text);
  if (!origin || origin->empty()) return fail("origin: missing");
  out.origin = *origin;
  const auto size_line = take_line(text);
  if (!size_line) return within("size", size_line.error());
  const auto size = size_from(*size_line);
  if (!size) return tl::unexpected(size.error());
  out.size = *size;
  const auto root_line = take_line(text);
  if (!root_line) return within("root", root_line.error());
  const auto bytes = from_base64(*root_line);
  if (!bytes) return within("root", bytes.error());
  const auto root = Hash32::from(*bytes);
  if (!root) return within("root", root.error());
  out.root = *root;
  if (!text.empty()) return fail("a checkpoint with more than three lines");
  return out;
}

std::string sign_note(std::string_view text, std::string_view name, const Ed25519Key& key) {
  auto signature = key_hash(name, key.public_key());
  const auto signed_text = key.sign(as_bytes(text));
  signature.insert(signature.end(), signed_text.bytes.begin(), signed_text.bytes.end());
  return std::string(text) + "\n" + std::string(signature_mark) + std::string(name) + " " +
         to_base64(signature) + "\n";
}

bool SignedCheckpoint::signed_by(const Hash32& public_key) const {
  const auto hash = key_hash(checkpoint.origin, public_key);
  return std::ranges::any_of(signatures, [&](const Line& line) {
    const BytesView bytes(line.signature);
    if (line.name != checkpoint.origin || bytes.size() != key_hash_size + Signature64::size ||
        !std::ranges::equal(bytes.first(key_hash_size), hash)) {
      return false;
    }
    const auto signature = Signature64::from(bytes.subspan(key_hash_size));
    return signature && ed25519_verifies(public_key, as_bytes(text), *signature);
  });
}

Result<SignedCheckpoint> parse_checkpoint(std::string_view note) {
  constexpr std::string_view separator = "\n\n";
  const auto end = note.rfind(separator);
  if (end == std::string_view::npos) return fail("no signed note: no empty line before signatures");
  SignedCheckpoint out;
  out.note = note;
  out.text = note.substr(0, end + 1);
  auto checkpoint = checkpoint_from_text(out.text);
  if (!checkpoint) return tl::unexpected(checkpoint.error());
  out.checkpoint = std::move(*checkpoint);
  auto rest = note.substr(end + separator.size());
  while (!rest.empty()) {
    const auto line = take_line(rest);
    if (!line) return within("signature", line.error());
    auto signature = signature_from(*line);
    if (!signature) return tl::unexpected(signature.error());
    out.signatures.push_back(std::move(*signature));
  }
  if (out.signatures.empty()) return fail("no signature");
  return out;
}

}  // namespace horae
