#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/merkle.hpp"
#include "storage/log.hpp"

namespace horae {

/// Reads the Merkle tree of a log, whose leaf i is the record of seq i + 1: the stored roots of
/// full tiles, and the records where none is stored. The log must have as many records as are
/// asked about. One thread at a time.
class LogTree {
 public:
  /// The leaf of a record's value; refuses what is no record.
  using LeafHash = std::function<Result<Hash32>(BytesView)>;

  LogTree(std::shared_ptr<Environment> environment, LeafHash leaf_hash);

  /// The tile roots as they are stored, from the first on; none in a log from before there were
  /// any.
  [[nodiscard]] Result<std::vector<Hash32>> stored_tiles();
  [[nodiscard]] Result<merkle::Frontier> frontier(std::uint64_t size);
  /// See merkle::inclusion_path and consistency_path. Beside the tile roots at most two tiles of
  /// records are read.
  [[nodiscard]] Result<std::vector<Hash32>> inclusion_path(std::uint64_t index, std::uint64_t size);
  [[nodiscard]] Result<std::vector<Hash32>> consistency_path(std::uint64_t from, std::uint64_t to);

 private:
  // The hashes of leaves begin … end - 1.
  Result<std::vector<Hash32>> leaves(std::uint64_t begin, std::uint64_t end);
  Result<void> load_tiles(std::uint64_t size);
  merkle::Subtree subtree();

  std::shared_ptr<Environment> environment_;
  LogReader log_;
  LeafHash leaf_hash_;
  std::vector<Hash32> tiles_;
  std::uint64_t size_ = 0;  // of the tree that a path is in
  // The tile whose leaves were read last, as far as the tree goes.
  std::uint64_t read_begin_ = 0;
  std::vector<Hash32> read_;
  Result<void> trouble_;  // the first, where a subtree could not be told
};

}  // namespace horae
