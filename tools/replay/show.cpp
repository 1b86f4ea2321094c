#include "tools/replay/show.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <boost/json.hpp>

#include "core/words.hpp"
#include "events/json.hpp"

namespace horae::replay {
namespace {

std::string show_block(const std::optional<L1Point>& block) {
  return block ? std::to_string(block->number) : "unknown";
}

std::string show_locking(const Locking& locking) {
  if (!locking.is_open()) return "locking      not open\n";
  const auto& pool = locking.current;
  auto out = fmt::format(
      "locking      {} sequencers, {} METIS locked, {} METIS of rewards claimed\n"
      "             batch {}, epochs {} to {}; L1 confirmed {}, finalized {}\n",
      pool.sequencers.size(), metis_words(pool.total_locked),
      metis_words(pool.total_rewards_liquidated), to_decimal(pool.batch.id),
      to_decimal(pool.batch.start_epoch), to_decimal(pool.batch.end_epoch),
      show_block(locking.confirmed_head), show_block(locking.finalized));
  if (pool.discrepancies > 0) {
    out += fmt::format("             {} discrepancies between logs and fold\n", pool.discrepancies);
  }
  for (const auto& [id, sequencer] : pool.sequencers) {
    out += fmt::format("  {:>9}  {} {}, {} METIS, reward {}\n", to_decimal(id),
                       to_hex(sequencer.signer), status_name(sequencer.status),
                       metis_words(sequencer.amount),
                       sequencer.reward ? metis_words(*sequencer.reward) : "unknown");
  }
  return out;
}

std::string show_blocks(const Blocks& chain) {
  if (!chain.open) return "blocks       no chain\n";
  return fmt::format(
      "blocks       chain {}, head {} {}\n"
      "             {}, {} transactions in all, L1 origin {}\n",
      chain.chain_id, chain.head.number, to_hex(chain.head.hash),
      show_time(chain.head.timestamp > UINT64_MAX / 1000 ? UINT64_MAX
                                                         : chain.head.timestamp * 1000),
      chain.txns, chain.head.l1_origin);
}

std::string show_mempool(const Mempool& pool) {
  if (!pool.open) return "mempool      not open\n";
  return fmt::format("mempool      {} waiting, {} admitted so far, included up to block {}\n",
                     pool.by_hash.size(), pool.arrivals, pool.included_block);
}

std::string show_position(const World& world) {
  const auto hashes = state_hashes(world);
  return fmt::format(
      "seq          {}  {}\n"
      "record hash  {}\n"
      "state hash   {} shared\n"
      "             {} local\n",
      world.seq, show_time(world.time_ms), to_hex(world.head), to_hex(hashes.shared),
      to_hex(hashes.local));
}

}  // namespace

std::string show_time(std::uint64_t time_ms) {
  // Beyond the year 9999 it is no time that people write.
  if (time_ms > 253402300799999) return std::to_string(time_ms) + " ms";
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(static_cast<std::time_t>(time_ms / 1000)), time_ms % 1000);
}

std::string show_world(const World& world) {
  return show_position(world) + show_locking(world.shared.locking) +
         show_blocks(world.shared.blocks) + show_mempool(world.local.mempool);
}

std::string show_verified(const Verified& verified) {
  const auto blocks =
      verified.records_only ? std::string() : fmt::format(", {} blocks", verified.blocks);
  const auto agreed = verified.signed_headers == 0
                          ? std::string()
                          : fmt::format(", {} headers of consensus", verified.signed_headers);
  return fmt::format("verified     {} records{}{}: nothing wrong\n",
                     verified.world.seq - verified.trusted, blocks, agreed) +
         show_position(verified.world);
}

boost::json::object to_json(const Verified& verified) {
  const auto& world = verified.world;
  return {{"ok", true},
          {"seq", world.seq},
          {"hash", to_hex(world.head)},
          {"blocks", verified.blocks},
          {"headers", verified.signed_headers},
          {"stateHash", horae::to_json(state_hashes(world))}};
}

boost::json::object to_json(const Finding& finding) {
  return {{"ok", false},
          {"seq", finding.seq},
          {"what", finding.what},
          {"wanted", finding.wanted},
          {"got", finding.got}};
}

}  // namespace horae::replay
