#include "actors/chain_log.hpp"

namespace horae {

ChainLog::ChainLog(std::shared_ptr<Environment> log, const Hash32& genesis, GiveUp give_up)
    : log_(std::move(log)), genesis_(genesis), give_up_(std::move(give_up)) {}

void ChainLog::end_at(std::uint64_t number, std::uint64_t seq, std::vector<RevokedBlocks> revoked) {
  head_ = number;
  blocks_.emplace(log_, seq, std::move(revoked));
}

Result<SealedBlock> ChainLog::block(std::uint64_t number) {
  SealedBlock out;
  if (number == 0) {
    out.hash = genesis_;
    return out;
  }
  if (const auto why = give_up_()) return tl::unexpected(*why);
  if (!blocks_) return fail("no end of the logged chain was named");
  const auto found = blocks_->find(number);
  if (!found) return tl::unexpected(found.error());
  const auto block = found->fact.read().getBlockSealed();
  const auto header = block.getHeader();
  out.number = header.getNumber();
  out.attributes.timestamp = header.getTimestamp();
  out.attributes.gas_limit = header.getGasLimit();
  out.attributes.base_fee = read_u256(header.getBaseFee());
  // Blocks of before SealRulesSet have none: an engine was asked for nothing of it then.
  const auto payload = block.getPayload();
  out.attributes.fee_recipient = fixed<Address>(payload.getFeeRecipient());
  out.attributes.prev_randao = fixed<Hash32>(payload.getPrevRandao());
  out.attributes.beacon_root = fixed<Hash32>(payload.getBeaconRoot());
  out.attributes.extra_data = copy(payload.getExtraData());
  out.hash = fixed<Hash32>(header.getBlockHash());
  out.parent = fixed<Hash32>(header.getParentHash());
  for (unsigned i = 0; i < block.getTxns().size(); ++i) {
    out.txns.push_back({fixed<Hash32>(block.getHashes()[i]), copy(block.getTxns()[i])});
  }
  return out;
}

}  // namespace horae
