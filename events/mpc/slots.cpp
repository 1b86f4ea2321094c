#include "events/mpc/mpc.hpp"

#include <algorithm>

namespace horae {

std::string purpose_name(MpcPurpose purpose) {
  switch (purpose) {
    case MpcPurpose::COMMON:
      return "common";
    case MpcPurpose::STATE_SUBMIT:
      return "stateSubmit";
    case MpcPurpose::REWARD_SUBMIT:
      return "rewardSubmit";
    case MpcPurpose::BLOB_SUBMIT:
      return "blobSubmit";
  }
  stop("an MPC purpose written by a newer version");
}

SlotName to_slot(schema::Slot::Reader slot) {
  return {slot.getPurpose(), fixed<Address>(slot.getKey()), read_u256(slot.getBatchId()),
          slot.getComposition()};
}

void write(schema::Slot::Builder out, const SlotName& slot) {
  out.setPurpose(slot.purpose);
  out.setKey(data(slot.key));
  out.setBatchId(data(to_word(slot.batch_id)));
  out.setComposition(slot.composition);
}

std::string to_text(const SlotName& slot) {
  return purpose_name(slot.purpose) + " batch " + to_decimal(slot.batch_id) + ", composition " +
         std::to_string(slot.composition) + ", key " + to_hex(slot.key);
}

std::optional<std::string> SlotTable::refusal(const SlotName& slot, const Hash32& content) const {
  if (const auto limit = oldest.find(slot.purpose);
      limit != oldest.end() && slot.batch_id < limit->second) {
    return to_text(slot) + " is too old: batches below " + to_decimal(limit->second) +
           " are forgotten";
  }
  const auto bound = contents.find(slot);
  if (bound == contents.end() || bound->second == content) return std::nullopt;
  return to_text(slot) + " has another content, SHA-256 " + to_hex(bound->second) + " and not " +
         to_hex(content);
}

void SlotTable::bind(const SlotName& slot, const Hash32& content) {
  contents.emplace(slot, content);
  const auto of_purpose = [&](const auto& entry) { return entry.first.purpose == slot.purpose; };
  while (std::ranges::count_if(contents, of_purpose) > static_cast<std::ptrdiff_t>(kept_slots)) {
    auto lowest = slot.batch_id;
    auto highest = slot.batch_id;
    for (const auto& entry : contents) {
      if (!of_purpose(entry)) continue;
      lowest = std::min(lowest, entry.first.batch_id);
      highest = std::max(highest, entry.first.batch_id);
    }
    // The newest batch is never forgotten, however many compositions it has.
    if (lowest == highest) return;
    std::erase_if(contents, [&](const auto& entry) {
      return of_purpose(entry) && entry.first.batch_id == lowest;
    });
    oldest[slot.purpose] = lowest + 1;
  }
}

Hash32 content_hash(const Msg<schema::Content>& content) { return sha256(content.bytes()); }

Txn to_txn(std::uint64_t l1_chain_id, schema::Content::Reader content,
           schema::Attempt::Reader attempt) {
  Txn txn;
  txn.type = 2;
  txn.chain_id = l1_chain_id;
  txn.nonce = attempt.getNonce();
  txn.gas_limit = attempt.getGasLimit();
  txn.max_fee = read_u256(attempt.getMaxFee());
  txn.max_priority_fee = read_u256(attempt.getMaxPriorityFee());
  txn.to = fixed<Address>(content.getTo());
  txn.value = read_u256(content.getValue());
  txn.data = copy(content.getData());
  return txn;
}

}  // namespace horae
