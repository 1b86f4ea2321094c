#include "events/json.hpp"

namespace horae {

namespace json = boost::json;

namespace {

json::value attestation_json(const std::optional<Attestation>& asked) {
  if (!asked) return nullptr;
  return json::object{{"most", asked->most},
                      {"attested", asked->attested},
                      {"unattested", asked->unattested.size()},
                      {"revocableFrom", asked->revocable_from}};
}

json::array revoked_json(const std::vector<RevokedBlocks>& revoked) {
  json::array out;
  for (const auto& each : revoked) {
    out.push_back(json::object{{"first", each.first}, {"last", each.last}, {"epoch", each.epoch}});
  }
  return out;
}

json::value turns_json(const Blocks& chain) {
  if (!chain.turns) return nullptr;
  json::array credits;
  for (const auto& [id, credit] : chain.credits) {
    credits.push_back(json::object{{"sequencerId", to_decimal(id)}, {"credit", credit}});
  }
  return json::object{{"rule", schema_name(chain.turns->rule)},
                      {"skipEpochs", chain.turns->skip_epochs},
                      {"credits", std::move(credits)}};
}

json::value seal_rules_json(const std::optional<SealRules>& rules) {
  if (!rules) return nullptr;
  return json::object{{"signsTxns", rules->signs_txns}};
}

}  // namespace

json::object to_json(const Blocks& chain) {
  return {{"open", chain.open},
          {"chainId", std::to_string(chain.chain_id)},
          {"genesisHash", to_hex(chain.genesis_hash)},
          {"genesisTime", chain.genesis_time},
          {"gasLimit", std::to_string(chain.gas_limit)},
          {"orderingRule", schema_name(chain.ordering_rule)},
          {"txns", chain.txns},
          {"epochLength", chain.epoch_length},
          {"l1Bound", chain.l1_bound},
          {"sealRules", seal_rules_json(chain.seal_rules)},
          {"attestation", attestation_json(chain.attestation)},
          {"revoked", revoked_json(chain.revoked)},
          {"turns", turns_json(chain)},
          {"epoch",
           {{"number", chain.epoch.number},
            {"startBlock", chain.epoch.start_block},
            {"endBlock", chain.epoch.end_block},
            {"sequencerId", to_decimal(chain.epoch.sequencer_id)},
            {"signer", to_hex(chain.epoch.signer)}}},
          {"head",
           {{"number", chain.head.number},
            {"timestamp", chain.head.timestamp},
            {"hash", to_hex(chain.head.hash)},
            {"stateRoot", to_hex(chain.head.state_root)},
            {"gasUsed", std::to_string(chain.head.gas_used)},
            {"baseFee", to_decimal(chain.head.base_fee)},
            {"l1Origin", chain.head.l1_origin}}}};
}

}  // namespace horae
