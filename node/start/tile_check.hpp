#pragma once

#include <memory>
#include <vector>

#include "core/bytes.hpp"
#include "storage/environment.hpp"

namespace horae {

/// Holds the stored tiles of a log's tree against its records, as they are read in order.
class TileCheck {
 public:
  static Result<TileCheck> begin(const std::shared_ptr<Environment>& environment);

  [[nodiscard]] std::uint64_t stored() const { return stored_.size(); }
  /// Those before this one are taken as they are stored: of these many there must be.
  void skip(std::uint64_t tiles) { seen_ = tiles; }
  /// The root of the next tile that the records fill.
  Result<void> see(const Hash32& root);
  /// All records were seen: refuses more tiles than they fill, and stores those that are missing.
  Result<void> end(const std::shared_ptr<Environment>& environment) const;

 private:
  std::vector<Hash32> stored_;
  std::vector<Hash32> missing_;
  std::uint64_t seen_ = 0;
};

}  // namespace horae
