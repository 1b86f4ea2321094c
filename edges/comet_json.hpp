#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "edges/canonical_vote.hpp"

namespace horae {

/// Reads an answer of CometBFT's RPC (libs/json: integers of 64 bits as text, hashes as hex without
/// 0x, other bytes as base64). A path names keys within keys, as "sync_info.catching_up". The first
/// field that is not there, or not so, makes the whole a fault that names it; until result() such a
/// field reads as empty.
class CometReader {
 public:
  explicit CometReader(const boost::json::value& value)
      : value_(&value), fault_(std::make_shared<std::optional<Fault>>()) {}

  [[nodiscard]] bool has(std::string_view path) const { return find(path) != nullptr; }
  [[nodiscard]] std::string text(std::string_view path) const;
  [[nodiscard]] bool boolean(std::string_view path) const;
  /// As a number or as text.
  [[nodiscard]] std::int64_t integer(std::string_view path) const;
  /// Refuses what is below 0.
  [[nodiscard]] std::uint64_t count(std::string_view path) const;
  [[nodiscard]] Bytes hex(std::string_view path) const;
  template <class Fixed>
  [[nodiscard]] Fixed fixed(std::string_view path) const {
    const auto out = Fixed::from(hex(path));
    if (!out) note(path, out.error().what);
    return out.value_or(Fixed{});
  }
  /// null reads as empty.
  [[nodiscard]] Bytes base64(std::string_view path) const;
  /// RFC 3339 in UTC, with up to nine digits of a second.
  [[nodiscard]] CometTime time(std::string_view path) const;
  /// null reads as empty. What is wrong within them is wrong with the whole.
  [[nodiscard]] std::vector<CometReader> list(std::string_view path) const;

  template <class T>
  [[nodiscard]] Result<T> result(T read) const {
    if (*fault_) return tl::unexpected(**fault_);
    return read;
  }
  /// Something else that is wrong with a field.
  void note(std::string_view path, std::string_view what) const;

 private:
  CometReader(const boost::json::value& value, std::shared_ptr<std::optional<Fault>> fault)
      : value_(&value), fault_(std::move(fault)) {}
  [[nodiscard]] const boost::json::value* find(std::string_view path) const;
  [[nodiscard]] const boost::json::value& at(std::string_view path) const;

  const boost::json::value* value_;
  std::shared_ptr<std::optional<Fault>> fault_;
};

}  // namespace horae
