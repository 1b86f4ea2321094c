#include "tools/replay/audit/block_audit.hpp"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <set>
#include <string>

#include "events/penalties/evidence.hpp"
#include "events/pool/input.hpp"

namespace horae::replay {
namespace {

// Whether a member proposed this very block; another one may have made the one of that number.
bool is_proposed(const std::optional<ProposedInput>& proposed, schema::BlockSealed::Reader block) {
  if (!proposed || proposed->block != block.getHeader().getNumber()) return false;
  const auto mine = block_in(proposed->input);
  return mine && std::ranges::equal(view(mine->read().getSignature()), view(block.getSignature()));
}

}  // namespace

void BlockAudit::follow(std::uint64_t seq, BytesView payload, const Slice& slice) {
  if (kept_.empty() || kept_.back().bytes != slice.bytes) {
    if (kept_bytes_ + slice.size > most_kept_) {
      kept_.clear();
      kept_bytes_ = 0;
      let_go_ = seq;
      return;
    }
    auto& fresh = kept_.emplace_back();
    fresh.bytes = slice.bytes;
    fresh.size = slice.size;
    fresh.facts.reserve(slice.records.size());
    kept_bytes_ += slice.size;
  }
  kept_.back().facts.emplace_back(seq, payload);
}

Outcome<std::optional<Finding>> BlockAudit::check(const World& before, std::uint64_t seq,
                                                  schema::BlockSealed::Reader block) {
  const auto position = block.getHeader().getPoolPosition();
  const auto number = block.getHeader().getNumber();
  const auto what = "block " + std::to_string(number) + ", pool position";
  if (before.shared.pool.is_founded() && !is_proposed(before.local.progress.proposed, block)) {
    return check_within(seq, block);
  }
  if (position < pool_.position || position > before.local.mempool.position) {
    return Finding{
        Trouble::audit_mismatch, seq, what,
        std::to_string(pool_.position) + " to " + std::to_string(before.local.mempool.position),
        std::to_string(position)};
  }
  if (auto advanced = advance(position); !advanced) {
    return tl::unexpected(advanced.error());
  }
  return check_order(before, seq, block);
}

// Of another member's block: what it chose from is in that member's log, but not for every order of
// these transactions is there a pool from which the rule chooses it.
std::optional<Finding> BlockAudit::check_within(std::uint64_t seq,
                                                schema::BlockSealed::Reader block) {
  const auto evidence = evidence_in(block);
  if (!evidence) return std::nullopt;
  const auto shown = horae::check(evidence->read());
  return Finding{Trouble::audit_mismatch, seq,
                 "block " + std::to_string(block.getHeader().getNumber()) + ", order",
                 "one that the ordering rule gives",
                 shown ? fault_name(shown->kind) + ": " + shown->detail : "another"};
}

Outcome<void> BlockAudit::pass(const World& before, schema::BlockSealed::Reader block) {
  const auto position = block.getHeader().getPoolPosition();
  return position > before.local.mempool.position ? Outcome<void>() : advance(position);
}

void BlockAudit::take(std::uint64_t seq, BytesView payload) {
  apply(pool_, Msg<schema::MempoolFact>::read(payload));
  taken_ = seq;
}

Outcome<void> BlockAudit::advance(std::uint64_t position) {
  while (pool_.position < position) {
    if (taken_ < let_go_) {
      if (auto read = read_again(position); !read) return read;
      continue;
    }
    if (kept_.empty()) return refuse(Trouble::unexpected, "the mempool's facts ran out");
    auto& front = kept_.front();
    const auto [seq, payload] = front.facts[front.next++];
    take(seq, payload);
    if (front.next < front.facts.size()) continue;
    kept_bytes_ -= front.size;
    kept_.pop_front();
  }
  return {};
}

// Those that were let go, as far as the position.
Outcome<void> BlockAudit::read_again(std::uint64_t position) {
  Outcome<void> out;
  const auto shown = reader_.scan(taken_ + 1, let_go_, [&](std::uint64_t seq, BytesView value) {
    const auto record = decode_record(value);
    if (!record) {
      out = refuse(Trouble::log_corrupt, record.error().what);
      return false;
    }
    if (record->header.domain != Domain::MEMPOOL) return true;
    take(seq, record->payload);
    return pool_.position < position;
  });
  if (!shown) return refuse(Trouble::log_corrupt, shown.error().what);
  if (out && pool_.position < position) taken_ = let_go_;
  return out;
}

std::optional<Finding> BlockAudit::check_order(const World& before, std::uint64_t seq,
                                               schema::BlockSealed::Reader block) const {
  const auto header = block.getHeader();
  const auto name = "block " + std::to_string(header.getNumber());
  const auto found = [&](const std::string& what, std::string wanted, std::string got) {
    return Finding{Trouble::audit_mismatch, seq, name + ", " + what, std::move(wanted),
                   std::move(got)};
  };
  // A block is proposed only once the one before it has left the pool.
  if (pool_.included_block + 1 != header.getNumber()) {
    return found("last block that the pool knew at its pool position",
                 std::to_string(header.getNumber() - 1), std::to_string(pool_.included_block));
  }
  std::set<Hash32> skipped;
  for (const auto skip : block.getSkipped()) {
    if (!skipped.insert(fixed<Hash32>(skip.getHash())).second) {
      return found("skipped transactions", "each once",
                   to_hex(fixed<Hash32>(skip.getHash())) + " twice");
    }
  }
  const auto hashes = block.getHashes();
  const auto chosen = select(pool_, next_base_fee(before.shared.blocks),
                             before.shared.blocks.gas_limit, most_block_bytes(before.shared));
  if (chosen.empty() && !starved(pool_, next_base_fee(before.shared.blocks))) {
    return found("need of it", "a transaction that is ready or waits for the base fee", "none");
  }
  unsigned next = 0;
  // Of the senders, after the block.
  boost::unordered_flat_map<Address, std::uint64_t, FixedHasher> nonces;
  for (const auto* txn : chosen) {
    if (skipped.erase(txn->hash) > 0) continue;
    nonces[txn->sender] = txn->nonce + 1;
    if (next >= hashes.size()) {
      return found("transaction " + std::to_string(next), to_hex(txn->hash),
                   "the end of the block");
    }
    if (const auto got = fixed<Hash32>(hashes[next]); got != txn->hash) {
      return found("transaction " + std::to_string(next), to_hex(txn->hash), to_hex(got));
    }
    ++next;
  }
  if (next < hashes.size()) {
    return found("transaction " + std::to_string(next), "the end of the block",
                 to_hex(fixed<Hash32>(hashes[next])));
  }
  if (!skipped.empty()) {
    return found("skipped transactions", "what the ordering rule chose", to_hex(*skipped.begin()));
  }
  const auto wanted = nonces.size();
  const auto said = block.getSenders();
  // Each is taken out, so that none counts twice.
  for (const auto sender : said) {
    const auto place = nonces.find(fixed<Address>(sender.getAddress()));
    if (place != nonces.end() && place->second == sender.getNonce()) nonces.erase(place);
  }
  if (said.size() != wanted || !nonces.empty()) {
    return found("senders", std::to_string(wanted) + " with the nonces that its transactions leave",
                 std::to_string(said.size()) + " with others");
  }
  return std::nullopt;
}

}  // namespace horae::replay
