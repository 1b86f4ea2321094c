#include <algorithm>

#include "node/doctor/l1.hpp"

namespace horae::doctor {
namespace {

// Enough for the proxies' own first logs, and asked at once of any endpoint.
constexpr std::uint64_t blocks_of_logs = 100;

Result<std::size_t> first_logs(const config::Config& config, L1Port& l1, const L1Header& head) {
  const auto to = std::min(config.from_block + blocks_of_logs - 1, head.number);
  if (config.from_block > head.number) return fail("L1 has not come to that block yet");
  return told(l1.logs(config.from_block, to, {config.locking_pool, config.locking_info}))
      .map([](const L1Logs& logs) { return logs.logs.size(); });
}

Result<L1Header> latest(L1Port& l1) {
  auto head = told(l1.head(L1Tag::latest));
  if (!head) return tl::unexpected(head.error());
  if (!*head) return fail("the endpoint has no block");
  return **head;
}

}  // namespace

Findings examine_l1(const config::Config& config, L1Port& l1, std::uint64_t now,
                    std::optional<L1Seen>& seen) {
  const ViewContracts contracts{config.locking_pool, config.locking_info};
  Findings out{judge_l1_chain(told(l1.chain_id()), config.l1_chain_id)};
  const auto rest = [&](const char* why, std::initializer_list<CheckId> ids) {
    for (const CheckId id : ids) out.push_back(skipped(id, why));
  };
  if (out.back().verdict != Verdict::ok) {
    rest("L1 does not answer, or is another",
         {"l1.head", "l1.finalized", "l1.logs", "l1.receipts", "l1.code", "l1.pairing",
          "l1.l2_chain", "l1.paused"});
    return out;
  }
  const auto head = latest(l1);
  out.push_back(judge_l1_head(head, now));
  if (!head) {
    rest("L1 does not tell its head", {"l1.finalized", "l1.logs", "l1.receipts", "l1.code",
                                       "l1.pairing", "l1.l2_chain", "l1.paused"});
    return out;
  }
  out.push_back(
      judge_finalized(told(l1.head(L1Tag::finalized)), !config.confirmations, head->number));
  out.push_back(judge_l1_logs(first_logs(config, l1, *head), config.from_block));
  out.push_back(judge_l1_receipts(
      told(l1.all_logs(*head)).map([](const auto& logs) { return logs.size(); })));
  out.push_back(judge_code({told(l1.has_code(contracts.pool, head->number)),
                            told(l1.has_code(contracts.info, head->number))},
                           contracts));
  if (out.back().verdict != Verdict::ok) {
    rest("the contracts are not there", {"l1.pairing", "l1.l2_chain", "l1.paused"});
    return out;
  }
  seen = L1Seen{*head, told(read_addresses(l1, contracts, *head)),
                told(read_parameters(l1, contracts, *head))};
  out.push_back(judge_pairing(
      told(check_addresses(l1, contracts, {"l1.locking_pool", "l1.locking_info"}, *head))));
  out.push_back(judge_l2_of_pool(seen->addresses, config.chain_id));
  out.push_back(judge_paused(seen->parameters));
  return out;
}

}  // namespace horae::doctor
