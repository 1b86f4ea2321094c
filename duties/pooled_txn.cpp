#include "duties/pooled_txn.hpp"

#include "core/message.hpp"

namespace horae {

void write(schema::PooledTxn::Builder out, const Txn& txn, const Address& sender, BytesView raw) {
  out.setNonce(txn.nonce);
  out.setGasLimit(txn.gas_limit);
  out.setRaw(data(raw));
  out.setHash(data(txn.hash));
  out.setSender(data(sender));
  out.setMaxFee(data(to_word(txn.max_fee)));
  out.setMaxPriorityFee(data(to_word(txn.max_priority_fee)));
  out.setValue(data(to_word(txn.value)));
}

}  // namespace horae
