#pragma once

#include "duties/l1_deployment.hpp"
#include "node/config/settings.hpp"
#include "node/doctor/check.hpp"

// The L1 endpoint, and the contracts behind it.
namespace horae::doctor {

[[nodiscard]] Finding judge_l1_chain(const Result<std::uint64_t>& chain, std::uint64_t wanted);
/// Seconds since 1970: this machine's, and of the latest block.
[[nodiscard]] Finding judge_l1_head(const Result<L1Header>& head, std::uint64_t now);
/// wanted: whether the settings trust what L1 calls finalized; latest: the head's number.
[[nodiscard]] Finding judge_finalized(const Result<std::optional<L1Header>>& finalized, bool wanted,
                                      std::uint64_t latest);
/// How many logs of the proxies the endpoint gives from this block on.
[[nodiscard]] Finding judge_l1_logs(const Result<std::size_t>& logs, std::uint64_t from_block);
/// logs: how many the receipts of the head have.
[[nodiscard]] Finding judge_l1_receipts(const Result<std::size_t>& logs);

struct CodeSeen {
  Result<bool> pool, info;
};
[[nodiscard]] Finding judge_code(const CodeSeen& seen, const ViewContracts& contracts);
/// trouble: what a start would say of the two addresses, nothing where all is well.
[[nodiscard]] Finding judge_pairing(const Result<std::optional<AddressTrouble>>& trouble);
[[nodiscard]] Finding judge_l2_of_pool(const Result<ContractAddresses>& seen, std::uint64_t wanted);
[[nodiscard]] Finding judge_paused(const Result<ContractParameters>& seen);

/// What later groups go on with; nothing where L1 does not answer or is another.
struct L1Seen {
  L1Header head;
  Result<ContractAddresses> addresses;
  Result<ContractParameters> parameters;
};

/// Asks the endpoint; l1 is left open for more questions.
[[nodiscard]] Findings examine_l1(const config::Config& config, L1Port& l1, std::uint64_t now,
                                  std::optional<L1Seen>& seen);

/// In the words of its fault.
template <class T>
Result<T> told(L1Result<T> answer) {
  if (!answer) return fail(answer.error().what);
  return std::move(*answer);
}

}  // namespace horae::doctor
