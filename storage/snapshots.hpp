#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "core/bytes.hpp"

namespace horae {

/// What a snapshot is of: the record that it stands behind, the log's own key, and the hashes that
/// the log says of the state there (StateHashed).
struct SnapshotHeader {
  std::uint64_t seq = 0;
  std::uint64_t time_ms = 0;
  Hash32 head;  // hash of that record
  Hash32 log_key;
  Hash32 shared, local;

  bool operator==(const SnapshotHeader&) const = default;
};

/// Bytes of a part and its number; its length a multiple of 8.
struct SnapshotPiece {
  std::uint32_t kind = 0;
  BytesView bytes;
};

/// A snapshot file that was read, its pieces views into the bytes, 8-aligned.
struct SnapshotFile {
  Bytes bytes;
  SnapshotHeader header;
  std::vector<SnapshotPiece> pieces;
};

/// magic `HORAESNP`, version (4), number of pieces (4), header (144), of each piece kind (4), zero
/// (4), length (8) and bytes, and SHA-256 over all that; integers little-endian. The same for the
/// same content.
[[nodiscard]] Bytes encode_snapshot(std::uint32_t version, const SnapshotHeader& header,
                                    std::span<const SnapshotPiece> pieces);
/// Refuses what is torn, damaged, of another version or no snapshot.
[[nodiscard]] Result<SnapshotFile> decode_snapshot(std::uint32_t version, Bytes bytes);

/// The snapshots of a data directory, each in a file named by its seq. Throw-away: nothing is lost
/// with them but time.
class Snapshots {
 public:
  static constexpr std::size_t kept = 2;

  explicit Snapshots(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// The seqs of the files, newest first; none where there is no directory.
  [[nodiscard]] std::vector<std::uint64_t> list() const;
  [[nodiscard]] std::filesystem::path path_of(std::uint64_t seq) const;
  [[nodiscard]] Result<Bytes> read(std::uint64_t seq) const;
  /// Whole or not at all, whatever crashes; then only the newest ones are kept.
  Result<void> write(std::uint64_t seq, BytesView bytes);
  void remove(std::uint64_t seq);

 private:
  void remove_unfinished();

  std::filesystem::path directory_;
};

}  // namespace horae
