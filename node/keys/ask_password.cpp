#include "node/keys/ask_password.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "core/files.hpp"

namespace horae {
namespace {

constexpr std::size_t least_characters = 8;
constexpr std::size_t most_characters = 1024;

// The terminal, silent as long as this lives.
class SilentTerminal {
 public:
  SilentTerminal() : file_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
    if (file_ < 0 || ::tcgetattr(file_, &before_) != 0) return;
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent_ = ::tcsetattr(file_, TCSAFLUSH, &silent) == 0;
  }
  ~SilentTerminal() {
    if (silent_) ::tcsetattr(file_, TCSAFLUSH, &before_);
    if (file_ >= 0) ::close(file_);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

  [[nodiscard]] bool there() const { return silent_; }
  void show(const std::string& text) const {
    if (::write(file_, text.data(), text.size()) < 0) return;  // nobody to tell
  }
  [[nodiscard]] Result<Password> line() const {
    std::array<char, most_characters + 1> text{};
    std::size_t length = 0;
    while (length < text.size()) {
      const auto got = ::read(file_, text.data() + length, 1);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0 || text[length] == '\n') break;
      ++length;
    }
    auto out = length > most_characters ? Result<Password>(fail("more than 1024 characters"))
                                        : Result<Password>(Password({text.data(), length}));
    OPENSSL_cleanse(text.data(), text.size());
    return out;
  }

 private:
  int file_;
  termios before_{};
  bool silent_ = false;
};

}  // namespace

Result<Password> ask_secret(const std::string& question, const std::string& flag) {
  const SilentTerminal terminal;
  if (!terminal.there()) {
    return fail("there is no terminal to ask for the " + question + ": give a file (" + flag + ")");
  }
  terminal.show(question + ": ");
  auto line = terminal.line();
  terminal.show("\n");
  if (line && line->expose().empty()) return fail("nothing was entered");
  return line;
}

Result<Password> secret_from_file(const std::filesystem::path& file) {
  auto text = read_private_file(file);
  if (!text) return tl::unexpected(text.error());
  auto line = std::string_view(*text).substr(0, text->find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  auto out = line.empty() ? Result<Password>(fail(file.string() + ": its first line is empty"))
                          : Result<Password>(Password(line));
  OPENSSL_cleanse(text->data(), text->size());
  return out;
}

Result<Password> password_for(const std::string& what,
                              const std::optional<std::filesystem::path>& file,
                              const std::string& flag) {
  return file ? secret_from_file(*file) : ask_secret("password of " + what, flag);
}

Result<Password> new_password_for(const std::string& what,
                                  const std::optional<std::filesystem::path>& file,
                                  const std::string& flag) {
  auto first = file ? secret_from_file(*file) : ask_secret("new password for " + what, flag);
  if (!first) return first;
  if (first->expose().size() < least_characters) {
    return fail((file ? file->string() + ": " : "") + "a password of less than " +
                std::to_string(least_characters) + " characters");
  }
  if (file) return first;
  const auto second = ask_secret("new password once more", flag);
  if (!second) return tl::unexpected(second.error());
  if (!(*first == *second)) return fail("the two are not the same");
  return first;
}

}  // namespace horae
