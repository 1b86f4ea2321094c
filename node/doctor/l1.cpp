#include "node/doctor/l1.hpp"

#include <fmt/core.h>

namespace horae::doctor {
namespace {

// An L1 slot is 12 s; a head that is so old is one of an endpoint that hangs.
constexpr std::uint64_t old_s = 60;
constexpr std::uint64_t too_old_s = 600;
// Finality is two epochs, 64 slots; MetisProtocol's own endpoints were seen with tags that froze.
constexpr std::uint64_t finality_blocks = 256;

}  // namespace

Finding judge_l1_chain(const Result<std::uint64_t>& chain, std::uint64_t wanted) {
  const Check check{"l1.chain", fmt::format("chain id {}", wanted),
                    "give an endpoint of that chain that answers (l1.endpoint)"};
  if (!chain) return check.failed("no answer: " + chain.error().what);
  return check.ok_if(*chain == wanted, fmt::format("chain id {}", *chain));
}

Finding judge_l1_head(const Result<L1Header>& head, std::uint64_t now) {
  const Check check{"l1.head", fmt::format("a block of the last {} s", old_s),
                    "see whether the endpoint follows its chain, or give another (l1.endpoint)"};
  if (!head) return check.failed(head.error().what);
  const auto age = now > head->timestamp ? now - head->timestamp : 0;
  const auto found = fmt::format("block {}, {} s old", head->number, age);
  if (age <= old_s) return check.ok(found);
  return age <= too_old_s ? check.warning(found) : check.failed(found);
}

Finding judge_finalized(const Result<std::optional<L1Header>>& finalized, bool wanted,
                        std::uint64_t latest) {
  const Check check{"l1.finalized",
                    fmt::format("at most {} blocks behind the head", finality_blocks),
                    "give an endpoint that knows finalized blocks, or a number of blocks "
                    "(l1.confirmations)"};
  if (!wanted) {
    return check.ok("not needed: l1.confirmations is a number");
  }
  if (!finalized) return check.failed(finalized.error().what);
  if (!*finalized) return check.failed("the endpoint calls no block finalized");
  const auto number = (*finalized)->number;
  const auto behind = latest > number ? latest - number : 0;
  const auto found = fmt::format("block {}, {} behind the head", number, behind);
  return behind <= finality_blocks ? check.ok(found) : check.warning(found);
}

Finding judge_l1_logs(const Result<std::size_t>& logs, std::uint64_t from_block) {
  const Check check{"l1.logs", fmt::format("the proxies' logs from block {} on", from_block),
                    "give an endpoint that keeps old logs (l1.endpoint), or the block of the "
                    "proxies' deployment (l1.from_block)"};
  if (!logs) return check.failed(logs.error().what);
  if (*logs == 0)
    return check.warning("none in the first blocks: it begins long before the proxies");
  return check.ok(fmt::format("{} in the first blocks", *logs));
}

Finding judge_l1_receipts(const Result<std::size_t>& logs) {
  const Check check{"l1.receipts", "the head's receipts, as its header's logsBloom tells",
                    "give an endpoint that has eth_getBlockReceipts (l1.endpoint): without it "
                    "the node cannot tell whether logs of the pool were left out, and stops "
                    "sealing where they may have been"};
  if (!logs) return check.failed(logs.error().what);
  return check.ok(fmt::format("{} logs in them, none left out", *logs));
}

Finding judge_code(const CodeSeen& seen, const ViewContracts& contracts) {
  const Check check{"l1.code", "contracts at both addresses",
                    "give the proxies' addresses (l1.locking_pool, l1.locking_info)"};
  for (const auto& [name, code, address] :
       {std::tuple{"LockingPool", &seen.pool, contracts.pool},
        std::tuple{"LockingInfo", &seen.info, contracts.info}}) {
    if (!*code) return check.failed(code->error().what);
    if (!**code) return check.failed(fmt::format("no code at {}, {}", name, to_hex(address)));
  }
  return check.ok("contracts at both addresses");
}

Finding judge_pairing(const Result<std::optional<AddressTrouble>>& trouble) {
  const Check check{"l1.pairing", "LockingPool and LockingInfo of one deployment",
                    "give the two proxies of one deployment, each in its place "
                    "(l1.locking_pool, l1.locking_info)"};
  if (!trouble) return check.failed(trouble.error().what);
  return *trouble ? check.failed((*trouble)->what) : check.ok("each names the other");
}

Finding judge_l2_of_pool(const Result<ContractAddresses>& seen, std::uint64_t wanted) {
  const Check check{"l1.l2_chain", fmt::format("a pool of the L2 chain {}", wanted),
                    "give the contracts and the chain id of one network (network, l2.chain_id)"};
  if (!seen) return check.failed(seen.error().what);
  return check.ok_if(seen->l2_chain_id == wanted,
                     fmt::format("a pool of the L2 chain {}", to_decimal(seen->l2_chain_id)));
}

Finding judge_paused(const Result<ContractParameters>& seen) {
  const Check check{"l1.paused", "open",
                    "wait, or ask the pool's governance: nobody can lock, withdraw or leave"};
  if (!seen) return check.failed(seen.error().what);
  return seen->paused ? check.warning("the pool is paused") : check.ok("open");
}

}  // namespace horae::doctor
