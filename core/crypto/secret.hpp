#pragma once

#include <openssl/crypto.h>

#include <array>
#include <cstdint>
#include <type_traits>

namespace horae {

/// A value that never becomes a fact, a message or a line of text: it cannot be copied, printed or
/// handed to Cap'n Proto, and its bytes are wiped when it dies or is moved from.
template <class T>
class Secret {
  static_assert(std::is_trivially_copyable_v<T>, "what owns memory elsewhere cannot be wiped here");

 public:
  explicit Secret(const T& value) : value_(value) {}
  Secret(Secret&& other) noexcept : value_(other.value_) { other.wipe(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      value_ = other.value_;
      other.wipe();
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(); }

  /// The bytes, for the one computation that needs them: never to be kept or copied.
  [[nodiscard]] const T& expose() const { return value_; }

 private:
  void wipe() { OPENSSL_cleanse(&value_, sizeof value_); }
  T value_;
};

template <class Stream, class T>
Stream& operator<<(Stream&, const Secret<T>&) = delete;
template <class T>
void format_as(const Secret<T>&) = delete;
template <class T>
void data(const Secret<T>&) = delete;

/// A secp256k1 private key: a number from 1 to the group's order less one (to_secret_key checks).
using SecretKey = Secret<std::array<std::uint8_t, 32>>;

}  // namespace horae
