#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "events/pool/input.hpp"

namespace horae {

/// Looks at inputs as check_input does. Consensus shows each of them again and again (at the door,
/// after each block, proposed, ordered): what was good is kept, by the hash of its bytes, so that a
/// signature is recovered once. Holds so many bytes of the newest at most.
class CheckedInputs {
 public:
  explicit CheckedInputs(std::string chain, std::size_t most_bytes = std::size_t{64} << 20)
      : chain_(std::move(chain)), most_bytes_(most_bytes) {}

  /// The fault is check_input's, each time anew.
  [[nodiscard]] Result<std::shared_ptr<const CheckedInput>> look_at(BytesView bytes);
  /// It is ordered, and nobody shows it again.
  void forget(const Hash32& key);

 private:
  struct Kept {
    std::shared_ptr<const CheckedInput> input;
    std::size_t bytes = 0;
  };

  std::string chain_;
  std::size_t most_bytes_, bytes_ = 0;
  std::map<Hash32, Kept> kept_;
  std::deque<Hash32> in_order_;  // some of them forgotten
};

}  // namespace horae
