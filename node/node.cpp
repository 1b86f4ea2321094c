#include "node/node.hpp"

#include <fmt/core.h>

#include "node/start/start.hpp"
#include "storage/disk_trouble.hpp"

namespace horae {

Node::Node(std::unique_ptr<NodeSystem> system) : system_(std::move(system)) {}
Node::~Node() { system_->board->stopping = true; }

Started<std::unique_ptr<Node>> Node::start(const DataPaths& paths, Options options) {
  auto system = start_system(paths, std::move(options));
  if (!system) return tl::unexpected(system.error());
  std::unique_ptr<Node> out(new Node(std::move(*system)));
  out->housekeeping();
  return out;
}

const Board& Node::board() const { return *system_->board; }

std::uint16_t Node::rpc_port() const { return system_->rpc ? system_->rpc->port() : 0; }

Node::Standing Node::standing() {
  system_->board->beat_ms = Board::now_ms();
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
  system_->board->beat_ms = Board::now_ms();
  if (auto freed = system_->environment->check_readers(); !freed) {
    system_->log_logger.warn("the log's reader slots cannot be looked through",
                             {{"why", freed.error().what}});
  }
  if (auto there = system_->environment->in_place(); !there) {
    end_at_disk(*system_->environment, there.error());
  }
  system_->room.look(*system_->environment);
  if (!system_->pool) return;
  if (auto runs = system_->pool->tend(); !runs) {
    end_at_once(runs.error());
  }
}

}  // namespace horae
