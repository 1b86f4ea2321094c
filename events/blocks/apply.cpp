#include <algorithm>

#include "events/blocks/epoch.hpp"

namespace horae {
namespace {

using schema::BlocksFact;

// More have no honest reason: each is a head of L1, or a sequencer's standing, that changed while a
// block was under way, and went back so far that it could not be named any more.
constexpr std::size_t most_refused = 64;

// Whoever comes back begins at nothing, as a newcomer does.
void forget_credits(Blocks& chain) {
  std::erase_if(chain.credits, [&](const auto& credit) {
    return std::ranges::none_of(
        chain.epoch.shares, [&](const EpochShare& each) { return each.share.id == credit.first; });
  });
}

// From the next block on, and for good.
void set_revocable(const Blocks& chain, Attestation& asked) {
  if (asked.revocable_from != 0) return;
  asked.revocable_from = chain.head.number + 1;
  asked.points.push_back({chain.head, chain.txns, chain.epoch.number});
}

// The running epoch is over: it is needed as long as one of its blocks may be revoked.
void keep_epoch(Blocks& chain) {
  if (!chain.attestation || chain.attestation->points.size() < 2) return;
  if (chain.attestation->points.back().epoch != chain.epoch.number) return;
  chain.attestation->earlier_epochs.push_back(chain.epoch);
}

// Of those before the attested block.
void forget_points(const Blocks& chain, Attestation& asked) {
  auto& points = asked.points;
  while (points.size() > 1 && points[1].head.number <= asked.attested) points.pop_front();
  const auto first = points.size() > 1 ? points[1].epoch : chain.epoch.number;
  auto& epochs = asked.earlier_epochs;
  while (!epochs.empty() && epochs.front().number < first) epochs.pop_front();
}

void apply_revoked(Blocks& chain, schema::BlocksRevoked::Reader fact) {
  auto& asked = chain.attestation;
  const auto number = fact.getNumber();
  if (!asked || asked->points.size() < 2 || asked->points[1].head.number != number ||
      fact.getLast() != chain.head.number) {
    stop("BlocksRevoked names blocks " + std::to_string(number) + " to " +
         std::to_string(fact.getLast()) + ", which cannot be revoked");
  }
  auto& points = asked->points;
  for (; points.size() > 1; points.pop_back()) {
    const auto& epoch = epoch_of(chain, points.back().epoch);
    refund_block(chain.credits, charged_shares(epoch), epoch.sequencer_id);
  }
  chain.head = points.front().head;
  chain.txns = points.front().txns;
  asked->earlier_epochs.clear();
  while (!asked->unattested.empty() && asked->unattested.back().first >= number) {
    asked->unattested.pop_back();
  }
  chain.revoked.push_back({number, fact.getLast(), fact.getRunning()});
}

}  // namespace

void apply(Blocks& chain, BlocksFact::Reader fact) {
  switch (fact.which()) {
    case BlocksFact::NONE:
      break;
    case BlocksFact::CHAIN_OPENED: {
      if (chain.open) stop("ChainOpened in a chain that is open");
      const auto opened = fact.getChainOpened();
      chain.open = true;
      chain.chain_id = opened.getChainId();
      chain.genesis_time = opened.getGenesisTime();
      chain.gas_limit = opened.getGasLimit();
      chain.ordering_rule = opened.getOrderingRule();
      chain.genesis_hash = fixed<Hash32>(opened.getGenesisHash());
      chain.genesis_state_root = fixed<Hash32>(opened.getStateRoot());
      chain.genesis_base_fee = read_u256(opened.getBaseFee());
      chain.head = {0,
                    chain.genesis_time,
                    0,
                    0,
                    chain.genesis_base_fee,
                    chain.genesis_hash,
                    chain.genesis_state_root};
      return;
    }
    case BlocksFact::BLOCK_SEALED: {
      const auto header = fact.getBlockSealed().getHeader();
      if (!chain.open) stop("BlockSealed before ChainOpened");
      if (header.getNumber() != chain.head.number + 1) {
        stop("BlockSealed " + std::to_string(header.getNumber()) + " after block " +
             std::to_string(chain.head.number));
      }
      chain.head = {header.getNumber(),
                    header.getTimestamp(),
                    header.getGasUsed(),
                    header.getL1Origin().getNumber(),
                    read_u256(header.getBaseFee()),
                    fixed<Hash32>(header.getBlockHash()),
                    fixed<Hash32>(header.getStateRoot())};
      chain.txns += fact.getBlockSealed().getTxns().size();
      if (chain.turns) {
        charge_block(chain.credits, charged_shares(chain.epoch), chain.epoch.sequencer_id);
      }
      if (auto& asked = chain.attestation) {
        asked->unattested.emplace_back(chain.head.number, chain.head.hash);
        if (asked->revocable_from != 0) {
          asked->points.push_back({chain.head, chain.txns, chain.epoch.number});
        }
      }
      return;
    }
    case BlocksFact::EPOCH_LENGTH_SET:
      chain.epoch_length = fact.getEpochLengthSet().getBlocks();
      return;
    case BlocksFact::L1_BOUND_SET:
      chain.l1_bound = fact.getL1BoundSet().getSeconds();
      return;
    case BlocksFact::TURNS_SET:
      chain.turns = {fact.getTurnsSet().getRule(), fact.getTurnsSet().getSkipEpochs()};
      return;
    case BlocksFact::ATTESTATION_SET:
      if (!chain.attestation) chain.attestation = Attestation{0, chain.head.number, {}, 0, {}, {}};
      chain.attestation->most = fact.getAttestationSet().getMost();
      if (fact.getAttestationSet().getRevocable()) set_revocable(chain, *chain.attestation);
      return;
    case BlocksFact::BLOCKS_REVOKED:
      return apply_revoked(chain, fact.getBlocksRevoked());
    case BlocksFact::BLOCKS_ATTESTED: {
      const auto number = fact.getBlocksAttested().getNumber();
      if (!unattested_hash(chain, number)) {
        stop("BlocksAttested names block " + std::to_string(number) +
             ", which waits for no attestation");
      }
      auto& waiting = chain.attestation->unattested;
      while (!waiting.empty() && waiting.front().first <= number) waiting.pop_front();
      chain.attestation->attested = number;
      forget_points(chain, *chain.attestation);
      return;
    }
    case BlocksFact::SEAL_RULES_SET:
      chain.seal_rules = {fact.getSealRulesSet().getSignsTxns()};
      return;
    case BlocksFact::SEAL_REFUSED: {
      const auto header = fact.getSealRefused().getHeader();
      chain.refused.push_back(
          {header.getNumber(), signing_digest(Msg<schema::BlockHeader>::copy_of(header))});
      if (chain.refused.size() > most_refused) chain.refused.pop_front();
      return;
    }
    case BlocksFact::EPOCH_STARTED: {
      const auto started = fact.getEpochStarted();
      if (started.getNumber() != chain.epoch.number + 1 ||
          started.getStartBlock() != chain.head.number + 1) {
        stop("EpochStarted " + std::to_string(started.getNumber()) + " at block " +
             std::to_string(started.getStartBlock()) + " after epoch " +
             std::to_string(chain.epoch.number) + " and block " +
             std::to_string(chain.head.number));
      }
      keep_epoch(chain);
      chain.epoch = to_epoch(started);
      forget_credits(chain);
      return;
    }
  }
  stop("a blocks fact written by a newer version");
}

}  // namespace horae
