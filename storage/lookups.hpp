#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "storage/environment.hpp"

namespace horae {

struct LookupEntry {
  Bytes key;  // 1 to 511 bytes
  Bytes value;
};

/// What is found by random keys, apart from the log, since one such key in the journal's commit
/// would cost it ten to twenty-five times. Written behind publication, its log position inside;
/// deleted and built again whenever in doubt. One writing thread; any thread may ask.
class Lookups {
 public:
  struct Options {
    std::filesystem::path directory;
    /// Names the log that this was built from; another one's lookups are deleted.
    std::string identity;
    /// Empty: the running system's own.
    std::string boot_id;
  };
  /// Opens or begins the lookups. What was written under another boot and not sealed (power loss
  /// may have corrupted it, killed processes cannot), from another log or is damaged is deleted:
  /// position() is 0 then. Whoever opens sealed ones breaks the seal.
  static Result<Lookups> open(const Options& options);

  /// Puts the entries and the position that they reach in one commit; the same again changes
  /// nothing. Refuses a position behind the one inside.
  Result<void> put(std::uint64_t position, std::span<const LookupEntry> entries);

  /// To be called when nothing more will be put: afterwards everything is on the disk and says so,
  /// and another boot takes it as it is.
  Result<void> seal();

  /// Up to which record the log has been entered; 0 at first.
  [[nodiscard]] Result<std::uint64_t> position() const;
  [[nodiscard]] Result<std::optional<Bytes>> get(BytesView key) const;
  /// Keys that begin so, in order, at most so many.
  [[nodiscard]] Result<std::vector<Bytes>> keys(BytesView prefix, std::size_t limit) const;

  /// An entry for "record seq names this hash": key = hash ‖ seq, 8 bytes big-endian, no value.
  [[nodiscard]] static LookupEntry mention(const Hash32& hash, std::uint64_t seq);
  /// The records that name this hash, ascending: the first `limit` of them.
  [[nodiscard]] Result<std::vector<std::uint64_t>> mentions(const Hash32& hash,
                                                            std::size_t limit = 1024) const;
  /// The last record that names this hash.
  [[nodiscard]] Result<std::optional<std::uint64_t>> last_mention(const Hash32& hash) const;

  [[nodiscard]] Environment& environment() { return *environment_; }

 private:
  Lookups(std::shared_ptr<Environment> environment, std::string identity);
  std::shared_ptr<Environment> environment_;
  std::string identity_;
  unsigned entries_;
  unsigned state_;
};

}  // namespace horae
