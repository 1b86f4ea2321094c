#include "node/chain_log.hpp"

namespace horae {

ChainLog::ChainLog(const LogSession& session, const EngineBlock& genesis)
    : session_(session), genesis_(genesis), log_(session.environment) {}

std::uint64_t ChainLog::head_number() { return session_.block_seqs.size(); }

Result<SealedBlock> ChainLog::block(std::uint64_t number) {
  SealedBlock out;
  if (number == 0) {
    out.hash = genesis_.hash;
    out.timestamp = genesis_.timestamp;
    return out;
  }
  auto stored = log_.get(session_.block_seqs.at(number - 1));
  if (!stored) return tl::unexpected(stored.error());
  if (!*stored) return fail("block " + std::to_string(number) + " is not in the log");
  const auto record = decode_record((*stored)->value);
  if (!record) return within("block " + std::to_string(number), record.error());
  const auto fact = Msg<schema::BlocksFact>::of(Message::trusted(record->payload));
  const auto block = fact.read().getBlockSealed();
  const auto header = block.getHeader();
  out.number = header.getNumber();
  out.timestamp = header.getTimestamp();
  out.gas_limit = header.getGasLimit();
  out.base_fee = read_u256(header.getBaseFee());
  out.hash = fixed<Hash32>(header.getBlockHash());
  out.parent = fixed<Hash32>(header.getParentHash());
  for (unsigned i = 0; i < block.getTxns().size(); ++i) {
    out.txns.push_back({fixed<Hash32>(block.getHashes()[i]), copy(block.getTxns()[i])});
  }
  return out;
}

}  // namespace horae
