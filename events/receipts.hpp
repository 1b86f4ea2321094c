#pragma once

#include "events/decision.hpp"

namespace horae {

/// Makes the receipts of one commit's accepted decisions in one allocation: a message built for
/// each would be a good part of what a record costs the journal.
class Receipts {
 public:
  /// most: how many accepted() are asked for at most.
  explicit Receipts(std::size_t most);
  [[nodiscard]] Receipt accepted(std::uint64_t seq);

 private:
  std::shared_ptr<std::uint64_t[]> words_;
  std::size_t left_;
  std::uint64_t* next_;
};

}  // namespace horae
