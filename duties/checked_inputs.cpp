#include "duties/checked_inputs.hpp"

#include "core/hash.hpp"

namespace horae {

Result<std::shared_ptr<const CheckedInput>> CheckedInputs::look_at(BytesView bytes) {
  if (bytes.size() > input_max_bytes) return tl::unexpected(check_input(chain_, bytes).error());
  const auto key = sha256(bytes);
  if (const auto known = kept_.find(key); known != kept_.end()) return known->second.input;
  auto checked = check_input(chain_, bytes, key);
  if (!checked) return tl::unexpected(checked.error());
  auto out = std::make_shared<const CheckedInput>(std::move(*checked));
  kept_.emplace(key, Kept{out, bytes.size()});
  in_order_.push_back(key);
  bytes_ += bytes.size();
  while (bytes_ > most_bytes_ || in_order_.size() > 2 * kept_.size()) {
    forget(in_order_.front());
    in_order_.pop_front();
  }
  return out;
}

void CheckedInputs::forget(const Hash32& key) {
  const auto known = kept_.find(key);
  if (known == kept_.end()) return;
  bytes_ -= known->second.bytes;
  kept_.erase(known);
}

}  // namespace horae
