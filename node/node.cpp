#include "node/node.hpp"

#include <fmt/core.h>

#include "node/start.hpp"

namespace horae {

Node::Node(std::unique_ptr<NodeSystem> system) : system_(std::move(system)) {}
Node::~Node() = default;

Started<std::unique_ptr<Node>> Node::start(const DataPaths& paths, Options options,
                                           const Say& say) {
  auto system = start_system(paths, std::move(options), say);
  if (!system) return tl::unexpected(system.error());
  return std::unique_ptr<Node>(new Node(std::move(*system)));
}

const Board& Node::board() const { return *system_->board; }

std::uint16_t Node::rpc_port() const { return system_->rpc ? system_->rpc->port() : 0; }

Node::Standing Node::standing() {
  Standing out;
  system_->self
      ->request(system_->world, caf::infinite, Msg<schema::WorldQuery>::build([&](auto query) {
                  query.setAtLeast(system_->board->get<Board::Journal>().seq);
                  auto signers =
                      query.initNextBlock(static_cast<unsigned>(system_->signers.size()));
                  for (unsigned i = 0; i < signers.size(); ++i) {
                    signers.set(i, data(system_->signers[i]));
                  }
                }))
      .receive(
          [&](const Msg<schema::WorldAnswer>& answer) {
            out.active = answer.read().getNextBlock().getActive();
            out.signer = fixed<Address>(answer.read().getNextBlock().getSequencer());
            out.status = answer.read().getNextBlock().getStanding().cStr();
          },
          on_lost("a question to the world"));
  return out;
}

void Node::housekeeping() {
  if (auto freed = system_->environment->check_readers(); !freed) {
    fmt::print(stderr, "horae: reader slots of the log: {}\n", freed.error().what);
  }
  const auto room = system_->environment->room();
  const bool tight = room && Environment::nearly_full(*room);
  const char* why = tight ? "the disk or the log's map is almost full" : nullptr;
  if (system_->admission->closed.exchange(why) != why) {
    fmt::print(stderr, "horae: {}\n",
               tight ? "intake is closed, the disk or the log's map is almost full: free some space"
                     : "intake is open again");
  }
}

}  // namespace horae
