#include "events/node/node.hpp"

#include "events/node/version.hpp"

namespace horae {
namespace {

using schema::NodeFact;

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

}  // namespace

Decision open_log(const NodeState& node, const Identity& identity) {
  if (node.open) return refuse(Reason::WRONG_CONTENT, "the log is open already");
  Decision out;
  out.facts.push_back(
      make_fact<NodeFact>([&](auto fact) { write(fact.initLogOpened(), identity); }));
  return out;
}

Decision start_node(const NodeState& node, const std::string& version) {
  if (!node.open) return refuse(Reason::NOT_OPEN, "the log was never opened");
  Decision out;
  out.facts.push_back(make_fact<NodeFact>([&](auto fact) {
    auto started = fact.initNodeStarted();
    started.setStarts(node.starts + 1);
    started.setVersion(version.c_str());
  }));
  return out;
}

Decision hash_state(const NodeState& node, std::uint64_t seq, const Hash32& shared,
                    const Hash32& local, const DomainDigests& digests) {
  if (seq <= node.hashed_seq) {
    return refuse(Reason::NOT_NEXT,
                  "the state was hashed at record " + std::to_string(node.hashed_seq) + " already");
  }
  Decision out;
  out.facts.push_back(make_fact<NodeFact>([&](auto fact) {
    auto hashed = fact.initStateHashed();
    hashed.setSeq(seq);
    hashed.setShared(data(shared));
    hashed.setLocal(data(local));
    if (digests.empty()) return;
    auto list = hashed.initDomains(static_cast<unsigned>(digests.size()));
    unsigned place = 0;
    for (const auto& [domain, digest] : digests) {
      auto each = list[place++];
      each.setDomain(domain);
      each.setCount(digest.count);
      each.setDigest(data(digest.digest));
    }
  }));
  return out;
}

DomainDigests digests_of(schema::StateHashed::Reader hashed) {
  DomainDigests out;
  for (const auto each : hashed.getDomains()) {
    out[each.getDomain()] = {fixed<Hash32>(each.getDigest()), each.getCount()};
  }
  return out;
}

std::string difference(const Identity& log, const Identity& wanted) {
  std::string out;
  const auto compare = [&](const char* what, const auto& ours, const auto& theirs) {
    if (ours == theirs) return;
    if (!out.empty()) out += "; ";
    out += std::string(what) + ": the log has " + ours + ", wanted " + theirs;
  };
  compare("L1 chain id", std::to_string(log.l1_chain_id), std::to_string(wanted.l1_chain_id));
  compare("L2 chain id", std::to_string(log.l2_chain_id), std::to_string(wanted.l2_chain_id));
  compare("first L1 block", std::to_string(log.from_block), std::to_string(wanted.from_block));
  compare("genesis time", std::to_string(log.genesis_time), std::to_string(wanted.genesis_time));
  compare("engine", log.engine, wanted.engine);
  compare("LockingPool", to_hex(log.locking_pool), to_hex(wanted.locking_pool));
  compare("LockingInfo", to_hex(log.locking_info), to_hex(wanted.locking_info));
  compare("L2 genesis", to_hex(log.l2_genesis), to_hex(wanted.l2_genesis));
  return out;
}

void apply(NodeState& node, NodeFact::Reader fact) {
  switch (fact.which()) {
    case NodeFact::NONE:
      break;
    case NodeFact::LOG_OPENED: {
      if (node.open) stop("LogOpened in a log that is open");
      const auto opened = fact.getLogOpened();
      if (opened.getFormat() != 1) {
        stop("a log of format " + std::to_string(opened.getFormat()) +
             ": written by a newer version");
      }
      node.open = true;
      node.identity = {opened.getL1ChainId(),
                       opened.getL2ChainId(),
                       opened.getFromBlock(),
                       opened.getGenesisTime(),
                       opened.getEngine().cStr(),
                       fixed<Address>(opened.getLockingPool()),
                       fixed<Address>(opened.getLockingInfo()),
                       fixed<Hash32>(opened.getL2Genesis()),
                       fixed<Hash32>(opened.getLogPublicKey())};
      return;
    }
    case NodeFact::NODE_STARTED:
      if (!node.open) stop("NodeStarted before LogOpened");
      node.starts = fact.getNodeStarted().getStarts();
      node.version = fact.getNodeStarted().getVersion().cStr();
      return;
    case NodeFact::STATE_HASHED: {
      const auto seq = fact.getStateHashed().getSeq();
      if (seq <= node.hashed_seq) {
        stop("StateHashed of record " + std::to_string(seq) + " after one of record " +
             std::to_string(node.hashed_seq));
      }
      node.hashed_seq = seq;
      return;
    }
  }
  stop("a node fact written by a newer version");
}

Message state_message(const NodeState& node) {
  return Msg<schema::NodeState>::build([&](auto state) {
    state.setStarts(node.starts);
    state.setVersion(node.version.c_str());
    write(state.initOpened(), node.identity);
    state.setHashedSeq(node.hashed_seq);
  });
}

}  // namespace horae
