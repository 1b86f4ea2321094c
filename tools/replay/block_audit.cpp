#include "tools/replay/block_audit.hpp"

#include <map>
#include <set>
#include <string>

namespace horae::replay {
namespace {

std::string number(std::uint64_t value) { return std::to_string(value); }

}  // namespace

Outcome<std::optional<Finding>> BlockAudit::check(const World& before, std::uint64_t seq,
                                                  schema::BlockSealed::Reader block) {
  const auto position = block.getHeader().getPoolPosition();
  const auto what = "block " + number(block.getHeader().getNumber()) + ", pool position";
  if (position < pool_.position || position > before.local.mempool.position) {
    return Finding{Exit::mismatch, seq, what,
                   number(pool_.position) + " to " + number(before.local.mempool.position),
                   number(position)};
  }
  if (auto advanced = advance(position); !advanced) {
    return tl::unexpected(advanced.error());
  }
  return check_order(before, seq, block);
}

Outcome<void> BlockAudit::advance(std::uint64_t position) {
  while (pool_.position < position) {
    if (next_ == slice_.records.size()) {
      slice_ = slices_.next();
      next_ = 0;
      if (slice_.broken) return tl::unexpected(*slice_.broken);
      if (slice_.records.empty()) return refuse(Exit::unexpected, "the mempool's facts ran out");
    }
    const auto record = decode_record(slice_.records[next_++].value);
    if (!record) return refuse(Exit::corrupt, record.error().what);
    if (record->header.domain == Domain::MEMPOOL) {
      apply(pool_, Msg<schema::MempoolFact>::of(Message::borrowed(record->payload)).read());
    }
  }
  return {};
}

std::optional<Finding> BlockAudit::check_order(const World& before, std::uint64_t seq,
                                               schema::BlockSealed::Reader block) const {
  const auto header = block.getHeader();
  const auto name = "block " + number(header.getNumber());
  const auto found = [&](const std::string& what, std::string wanted, std::string got) {
    return Finding{Exit::mismatch, seq, name + ", " + what, std::move(wanted), std::move(got)};
  };
  // A block is proposed only once the one before it has left the pool.
  if (pool_.included_block + 1 != header.getNumber()) {
    return found("last block that the pool knew at its pool position",
                 number(header.getNumber() - 1), number(pool_.included_block));
  }
  std::set<Hash32> skipped;
  for (const auto skip : block.getSkipped()) {
    if (!skipped.insert(fixed<Hash32>(skip.getHash())).second) {
      return found("skipped transactions", "each once",
                   to_hex(fixed<Hash32>(skip.getHash())) + " twice");
    }
  }
  const auto hashes = block.getHashes();
  const auto chosen =
      select(pool_, next_base_fee(before.shared.blocks), before.shared.blocks.gas_limit);
  if (chosen.empty() && !starved(pool_, next_base_fee(before.shared.blocks))) {
    return found("need of it", "a transaction that is ready or waits for the base fee", "none");
  }
  unsigned next = 0;
  std::map<Address, std::uint64_t> nonces;  // of the senders, after the block
  for (const auto* txn : chosen) {
    if (skipped.erase(txn->hash) > 0) continue;
    nonces[txn->sender] = txn->nonce + 1;
    if (next >= hashes.size()) {
      return found("transaction " + number(next), to_hex(txn->hash), "the end of the block");
    }
    if (const auto got = fixed<Hash32>(hashes[next]); got != txn->hash) {
      return found("transaction " + number(next), to_hex(txn->hash), to_hex(got));
    }
    ++next;
  }
  if (next < hashes.size()) {
    return found("transaction " + number(next), "the end of the block",
                 to_hex(fixed<Hash32>(hashes[next])));
  }
  if (!skipped.empty()) {
    return found("skipped transactions", "what the ordering rule chose", to_hex(*skipped.begin()));
  }
  std::map<Address, std::uint64_t> said;
  for (const auto sender : block.getSenders()) {
    said[fixed<Address>(sender.getAddress())] = sender.getNonce();
  }
  if (said != nonces) {
    return found("senders", number(nonces.size()) + " with the nonces that its transactions leave",
                 number(said.size()) + " with others");
  }
  return std::nullopt;
}

}  // namespace horae::replay
