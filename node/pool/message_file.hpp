#pragma once

#include <boost/json/value.hpp>
#include <filesystem>
#include <functional>

#include "core/bytes.hpp"
#include "core/message.hpp"
#include "core/result.hpp"

namespace horae {

/// The text of a file that operators give to one another unchanged: JSON with what a message says
/// for people (`words`) under that name, and its canonical bytes (`bytes`), which alone are read.
[[nodiscard]] std::string message_text(const std::string& name, const boost::json::value& words,
                                       BytesView bytes);

/// Such a file as it stands there.
struct MessageFile {
  std::vector<std::uint64_t> bytes;  // whole words, the last one filled up with zeros
  std::size_t size = 0;
  boost::json::value words;
  [[nodiscard]] BytesView view() const {
    return {reinterpret_cast<const std::uint8_t*>(bytes.data()), size};
  }
};
/// Refuses what is no such file; made_by: the command that makes it.
[[nodiscard]] Result<MessageFile> read_message_file(const std::filesystem::path& file,
                                                    const std::string& name,
                                                    const std::string& made_by);

/// The message of such a file. Refuses one whose two forms do not say the same, since somebody
/// edited it.
template <class Schema>
[[nodiscard]] Result<Msg<Schema>> read_message(
    const std::filesystem::path& file, const std::string& name, const std::string& made_by,
    const std::function<boost::json::value(const Msg<Schema>&)>& shown) {
  const auto read = read_message_file(file, name, made_by);
  if (!read) return tl::unexpected(read.error());
  auto message = Msg<Schema>::parse(read->view());
  if (!message) return within(file.string() + ": bytes", message.error());
  if (shown(*message) != read->words) {
    return fail(file.string() + ": what it says under \"" + name +
                "\" is not what its bytes say: it is made anew by `" + made_by +
                "`, and not edited");
  }
  return message;
}

}  // namespace horae
