#include "events/node/node.hpp"
#include "events/node/version.hpp"

namespace horae {

void write(schema::LogOpened::Builder out, const Identity& identity) {
  out.setFormat(log_format);
  out.setL1ChainId(identity.l1_chain_id);
  out.setL2ChainId(identity.l2_chain_id);
  out.setFromBlock(identity.from_block);
  out.setGenesisTime(identity.genesis_time);
  out.setEngine(identity.engine.c_str());
  out.setLockingPool(data(identity.locking_pool));
  out.setLockingInfo(data(identity.locking_info));
  out.setL2Genesis(data(identity.l2_genesis));
  out.setLogPublicKey(data(identity.log_public_key));
}

Identity to_identity(schema::LogOpened::Reader opened) {
  return {opened.getL1ChainId(),
          opened.getL2ChainId(),
          opened.getFromBlock(),
          opened.getGenesisTime(),
          opened.getEngine().cStr(),
          fixed<Address>(opened.getLockingPool()),
          fixed<Address>(opened.getLockingInfo()),
          fixed<Hash32>(opened.getL2Genesis()),
          fixed<Hash32>(opened.getLogPublicKey())};
}

Message state_message(const NodeState& node) {
  return Msg<schema::NodeState>::build([&](auto state) {
    state.setStarts(node.starts);
    state.setVersion(node.version.c_str());
    write(state.initOpened(), node.identity);
    state.setHashedSeq(node.hashed_seq);
  });
}

NodeState restore(schema::NodeState::Reader state) {
  NodeState out;
  const auto opened = state.getOpened();
  if (opened.getFormat() != 1) stop("a restored state of a log of another format");
  out.open = true;
  out.identity = to_identity(opened);
  out.starts = state.getStarts();
  out.version = state.getVersion().cStr();
  out.hashed_seq = state.getHashedSeq();
  return out;
}

}  // namespace horae
