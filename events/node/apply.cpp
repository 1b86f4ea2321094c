#include "events/node/node.hpp"

namespace horae {
namespace {

using schema::NodeFact;

}  // namespace

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
      node.identity = to_identity(opened);
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

}  // namespace horae
