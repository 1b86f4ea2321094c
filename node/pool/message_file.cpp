#include "node/pool/message_file.hpp"

#include <boost/json.hpp>
#include <cstring>

#include "core/files.hpp"

namespace horae {

namespace json = boost::json;

std::string message_text(const std::string& name, const json::value& words, BytesView bytes) {
  json::object out;
  out[name] = words;
  out["bytes"] = to_hex(bytes);
  return json::serialize(out) + "\n";
}

Result<MessageFile> read_message_file(const std::filesystem::path& file, const std::string& name,
                                      const std::string& made_by) {
  const auto text = read_small_file(file);
  if (!text) return tl::unexpected(text.error());
  boost::system::error_code error;
  const auto parsed = json::parse(*text, error);
  const auto* object = error ? nullptr : parsed.if_object();
  const auto* bytes = object == nullptr ? nullptr : object->if_contains("bytes");
  const auto* words = object == nullptr ? nullptr : object->if_contains(name);
  if (bytes == nullptr || !bytes->is_string() || words == nullptr) {
    return fail(file.string() + ": it is not what `" + made_by + "` writes");
  }
  const auto raw = from_hex(std::string(bytes->as_string()));
  if (!raw) return within(file.string() + ": bytes", raw.error());
  MessageFile out;
  out.bytes.resize((raw->size() + 7) / 8);
  out.size = raw->size();
  if (!raw->empty()) std::memcpy(out.bytes.data(), raw->data(), raw->size());
  out.words = *words;
  return out;
}

}  // namespace horae
