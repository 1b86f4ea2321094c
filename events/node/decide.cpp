#include "events/node/node.hpp"

namespace horae {
namespace {

using schema::NodeFact;

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
  // A log begins at the contracts' deployment; a block before it that is wanted means the same.
  compare("first L1 block", std::to_string(log.from_block),
          std::to_string(std::max(log.from_block, wanted.from_block)));
  compare("genesis time", std::to_string(log.genesis_time), std::to_string(wanted.genesis_time));
  compare("engine", log.engine, wanted.engine);
  compare("LockingPool", to_hex(log.locking_pool), to_hex(wanted.locking_pool));
  compare("LockingInfo", to_hex(log.locking_info), to_hex(wanted.locking_info));
  compare("L2 genesis", to_hex(log.l2_genesis), to_hex(wanted.l2_genesis));
  return out;
}

}  // namespace horae
