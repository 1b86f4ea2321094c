#include "tools/replay/export/lines.hpp"

namespace horae::replay {
namespace {

constexpr std::size_t step = 1 << 20;

}  // namespace

Outcome<std::optional<std::string_view>> Lines::next() {
  std::size_t seen = begin_;  // where no end of a line is up to
  for (;;) {
    const auto end = buffer_.find('\n', seen);
    if (end != std::string::npos) {
      const auto line = std::string_view(buffer_).substr(begin_, end - begin_);
      bytes_ += line.size() + 1;
      begin_ = end + 1;
      return line;
    }
    buffer_.erase(0, begin_);
    begin_ = 0;
    seen = buffer_.size();
    if (seen > longest) return refuse(Trouble::file_form, "longer than any line that we write");
    buffer_.resize(seen + step);
    in_.read(buffer_.data() + seen, static_cast<std::streamsize>(step));
    buffer_.resize(seen + static_cast<std::size_t>(in_.gcount()));
    if (in_.bad()) return refuse(Trouble::no_file, "the file cannot be read to its end");
    if (buffer_.find('\0', seen) != std::string::npos) {
      return refuse(Trouble::file_form, "no JSON object, but a zero byte");
    }
    if (buffer_.size() > seen) continue;
    if (buffer_.empty()) return std::nullopt;
    // The last line has no end.
    begin_ = buffer_.size();
    bytes_ += begin_;
    return std::string_view(buffer_);
  }
}

}  // namespace horae::replay
