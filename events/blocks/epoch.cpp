#include "events/blocks/epoch.hpp"

namespace horae {

std::vector<TurnShare> charged_shares(const Epoch& epoch) {
  std::vector<TurnShare> out;
  for (const auto& each : epoch.shares) {
    if (!each.passed_over) out.push_back(each.share);
  }
  return out;
}

void write(schema::EpochStarted::Builder out, const Epoch& epoch) {
  out.setNumber(epoch.number);
  out.setStartBlock(epoch.start_block);
  out.setEndBlock(epoch.end_block);
  out.setSequencerId(data(to_word(epoch.sequencer_id)));
  out.setSigner(data(epoch.signer));
  out.setWhy(epoch.why);
  if (epoch.shares.empty()) return;  // as where members take no turns
  auto shares = out.initShares(static_cast<unsigned>(epoch.shares.size()));
  for (unsigned i = 0; i < shares.size(); ++i) {
    const auto& each = epoch.shares[i];
    shares[i].setPower(each.share.power);
    shares[i].setPassedOver(each.passed_over);
    shares[i].setSequencerId(data(to_word(each.share.id)));
    shares[i].setSigner(data(each.signer));
  }
}

const Epoch& epoch_of(const Blocks& chain, std::uint64_t number) {
  if (chain.epoch.number == number) return chain.epoch;
  for (const auto& each : chain.attestation->earlier_epochs) {
    if (each.number == number) return each;
  }
  stop("epoch " + std::to_string(number) + " is not known any more");
}

Epoch to_epoch(schema::EpochStarted::Reader started) {
  Epoch out{started.getNumber(),
            started.getStartBlock(),
            started.getEndBlock(),
            read_u256(started.getSequencerId()),
            fixed<Address>(started.getSigner()),
            started.getWhy(),
            {}};
  for (const auto share : started.getShares()) {
    out.shares.push_back({{read_u256(share.getSequencerId()), share.getPower()},
                          fixed<Address>(share.getSigner()),
                          share.getPassedOver()});
  }
  return out;
}

}  // namespace horae
