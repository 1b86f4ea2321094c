#pragma once

#include <botan/secmem.h>

#include <string_view>

namespace horae {

/// What a keystore is opened with. Like Secret: never copied, printed or logged, wiped when it
/// dies.
class Password {
 public:
  explicit Password(std::string_view text) : bytes_(text.begin(), text.end()) {}
  Password(Password&&) noexcept = default;
  Password& operator=(Password&&) noexcept = default;
  Password(const Password&) = delete;
  Password& operator=(const Password&) = delete;
  ~Password() = default;

  /// For the key derivation alone.
  [[nodiscard]] std::string_view expose() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }
  bool operator==(const Password& other) const { return bytes_ == other.bytes_; }

 private:
  Botan::secure_vector<std::uint8_t> bytes_;
};

template <class Stream>
Stream& operator<<(Stream&, const Password&) = delete;
void format_as(const Password&) = delete;

}  // namespace horae
