#include "node/start/chain_log.hpp"

#include "edges/stop_signals.hpp"
#include "node/start/signals.hpp"

namespace horae {

ChainLog::ChainLog(const LogSession& session, const EngineBlock& genesis)
    : head_(session.world.shared.blocks.head.number),
      genesis_(genesis),
      blocks_(session.environment, session.world.seq) {}

std::uint64_t ChainLog::head_number() { return head_; }

Result<SealedBlock> ChainLog::block(std::uint64_t number) {
  SealedBlock out;
  if (number == 0) {
    out.hash = genesis_.hash;
    out.timestamp = genesis_.timestamp;
    return out;
  }
  if (stop_asked()) return tl::unexpected(given_up());
  const auto found = blocks_.find(number);
  if (!found) return tl::unexpected(found.error());
  const auto block = found->fact.read().getBlockSealed();
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
