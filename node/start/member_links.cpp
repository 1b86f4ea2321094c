#include "node/start/member_links.hpp"

#include <caf/send.hpp>

#include "actors/copier.hpp"
#include "actors/forwarder.hpp"
#include "actors/member_service.hpp"
#include "events/turns.hpp"

namespace horae {

Started<void> spawn_links(NodeSystem& node, const LogSession& session) {
  if (!node.options.pool) return {};
  const auto& pool = *node.options.pool;
  auto links = MemberLinks::listen(
      {pool.genesis.read().getName().cStr(), pool.key, pool.link_listen.shown(), {}});
  if (!links) {
    return tl::unexpected(Failure{Trouble::port_taken, "pool.link_listen: " + links.error().what});
  }
  node.links = std::move(*links);
  if (pool.copies > 1) {
    node.copier = spawn_copier(node.actors, Threading::own, node.meters->add("copier"), node.board,
                               pool.copies, node.links);
  }
  node.forwarder =
      spawn_forwarder(node.actors, Threading::own, node.meters->add("forwarder"), node.board,
                      {address_of(public_key(*pool.key)), session.world.shared.pool,
                       leader_of(session.world.shared), session.watch.waiting(), session.world.seq},
                      std::make_unique<LogReader>(session.environment), node.links,
                      {node.pool_sequence, node.copier, node.monitor, node.producer}, node.journal);
  return {};
}

void begin_links(NodeSystem& node) {
  if (!node.links) return;
  node.links->begin(
      {[client = node.client](const Address& from, Bytes request, MemberLinks::Answer answer) {
         serve_member(*client, from, request, std::move(answer));
       },
       [forwarder = node.forwarder](const Address& member, bool open, const std::string& why) {
         caf::anon_send(forwarder, MemberLink{member, open, why});
       }});
}

}  // namespace horae
