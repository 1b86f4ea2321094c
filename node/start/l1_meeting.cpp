#include "node/start/l1_meeting.hpp"

#include <fmt/core.h>

#include <thread>

#include "duties/l1_deployment.hpp"
#include "duties/l1_memo.hpp"
#include "edges/l1_rpc.hpp"
#include "edges/stop_signals.hpp"
#include "node/start/signals.hpp"

namespace horae {
namespace {

constexpr std::uint64_t first_pause_ms = 250, longest_pause_ms = 30'000;

tl::unexpected<Failure> no_meeting(Trouble trouble, std::string what) {
  return tl::unexpected(Failure{trouble, std::move(what)});
}

tl::unexpected<Failure> no_meeting(const L1Fault& fault) {
  switch (fault.kind) {
    case L1Fault::refused:
      return no_meeting(Trouble::l1_refused, "L1: " + fault.what);
    case L1Fault::cancelled:
      return no_meeting(Trouble::none, fault.what);
    case L1Fault::unreachable:
    case L1Fault::rate_limited:
    case L1Fault::doubtful:
      return no_meeting(Trouble::l1_unreachable, "L1: " + fault.what);
  }
  stop("an L1 fault of no kind");
}

/// Answers none of the many questions for the deployment once a signal asks to give up.
class GivingUpL1 : public L1Memo {
 public:
  using L1Memo::L1Memo;
  L1Result<bool> has_code(const Address& address, std::uint64_t block) override {
    if (stop_asked()) return tl::unexpected(L1Fault{L1Fault::cancelled, given_up().what, {}});
    return L1Memo::has_code(address, block);
  }
};

/// Waits as an endpoint asks that limits how often it is asked; false: a signal asks to give up.
bool pause(const L1Fault& fault, std::uint64_t& wait_ms) {
  const auto until = std::chrono::steady_clock::now() +
                     std::chrono::milliseconds(std::min(
                         std::max(fault.retry_after_ms.value_or(0), wait_ms), longest_pause_ms));
  wait_ms = std::min(wait_ms * 2, longest_pause_ms);
  while (std::chrono::steady_clock::now() < until) {
    if (stop_asked()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return true;
}

AddressNames names_of(const NodeSystem& node) {
  if (node.options.sequence) return {"l1.locking_pool", "l1.locking_info"};
  return {"--locking-pool", "--locking-info"};
}

// The chain that is wanted: of a log that is there, of the network, or else any.
Started<std::uint64_t> wanted_l1_chain(const NodeSystem& node, const NodeState& log) {
  const auto of_network = node.options.follow.l1_chain_id;
  if (!log.open) return of_network;
  const auto of_log = log.identity.l1_chain_id;
  if (of_network != 0 && of_network != of_log) {
    return no_meeting(Trouble::l1_chain,
                      fmt::format("the log tells of the L1 chain {}, the network's is {}: give the "
                                  "network or the data directory that belongs to the other",
                                  of_log, of_network));
  }
  return of_log;
}

/// The block that the confirmed head is, or nothing where there is none yet.
L1Result<std::optional<L1Header>> confirmed_head(L1Port& l1, const FollowOptions& follow,
                                                 const L1Header& latest) {
  if (!follow.confirmations) return l1.head(L1Tag::finalized);
  if (latest.number < *follow.confirmations) return std::optional<L1Header>();
  return l1.block(latest.number - *follow.confirmations);
}

L1Result<bool> both_there(L1Port& l1, const ViewContracts& contracts, std::uint64_t block) {
  auto pool = l1.has_code(contracts.pool, block);
  if (!pool || !*pool) return pool;
  return l1.has_code(contracts.info, block);
}

Started<std::uint64_t> first_block(const NodeSystem& node, const Deployment& found) {
  const auto wanted = node.options.follow.from_block;
  const auto* const name = node.options.sequence ? "l1.from_block" : "--from-block";
  if (found.before_wanted) {
    const auto where = found.block ? fmt::format("in block {}: give that one", *found.block)
                                   : "before it, in a block that the endpoint does not tell (" +
                                         found.unknown + ")";
    return no_meeting(
        Trouble::l1_refused,
        fmt::format("{} {} lies above the contracts' deployment, which is {}; what happened "
                    "between would be missing for ever",
                    name, wanted, where));
  }
  if (!found.block) {
    node.logger.warn(
        "the contracts' deployment is not looked for, since the endpoint does not tell of old "
        "blocks: L1 is read from the block that is set",
        {{"block", wanted}, {"setting", name}, {"why", found.unknown}});
  } else if (*found.block != wanted) {
    node.logger.info("L1 is read from the contracts' deployment on, not from the block that is set",
                     {{"block", *found.block}, {"set", wanted}, {"setting", name}});
  }
  return found.block.value_or(wanted);
}

/// One try; an endpoint that limits the rate may interrupt it.
L1Result<Started<std::uint64_t>> meet_pool(const NodeSystem& node, L1Port& l1) {
  const auto& follow = node.options.follow;
  const ViewContracts contracts{follow.locking_pool, follow.locking_info};
  const auto latest = l1.head(L1Tag::latest);
  if (!latest) return tl::unexpected(latest.error());
  if (!*latest) return no_meeting(Trouble::l1_unreachable, "the L1 endpoint has no block");
  const auto trouble = check_addresses(l1, contracts, names_of(node), **latest);
  if (!trouble) return tl::unexpected(trouble.error());
  if (*trouble) {
    return no_meeting((*trouble)->no_code ? Trouble::l1_no_contracts : Trouble::l1_refused,
                      fmt::format("at block {} of L1, {}", (*latest)->number, (*trouble)->what));
  }
  if (const auto& sequence = node.options.sequence) {
    const auto seen = read_addresses(l1, contracts, **latest);
    if (!seen) return tl::unexpected(seen.error());
    if (seen->l2_chain_id != sequence->chain_id) {
      return no_meeting(
          Trouble::l1_refused,
          fmt::format("the pool at {} is of the L2 chain {}, l2.chain_id is {}",
                      to_hex(contracts.pool), to_decimal(seen->l2_chain_id), sequence->chain_id));
    }
  }
  // What is not confirmed may move.
  const auto confirmed = confirmed_head(l1, follow, **latest);
  if (!confirmed) return tl::unexpected(confirmed.error());
  if (!*confirmed) return follow.from_block;
  const auto there = both_there(l1, contracts, (*confirmed)->number);
  if (!there) return tl::unexpected(there.error());
  if (!*there) return follow.from_block;
  const auto found = find_deployment(l1, contracts, follow.from_block, **confirmed);
  if (!found) return tl::unexpected(found.error());
  return first_block(node, *found);
}

Started<std::uint64_t> find_first_block(const NodeSystem& node, L1Port& endpoint) {
  GivingUpL1 l1(endpoint);
  for (auto wait_ms = first_pause_ms;;) {
    const auto met = meet_pool(node, l1);
    if (met) return *met;
    if (met.error().kind != L1Fault::rate_limited) return no_meeting(met.error());
    if (wait_ms == first_pause_ms) {
      node.logger.warn("L1 limits how often it is asked, and the start waits for it",
                       {{"why", met.error().what}});
    }
    if (!pause(met.error(), wait_ms)) return no_meeting(Trouble::none, given_up().what);
  }
}

}  // namespace

Started<void> meet_l1(NodeSystem& node, const NodeState& log) {
  const auto wanted = wanted_l1_chain(node, log);
  if (!wanted) return tl::unexpected(wanted.error());
  const HttpOptions patience{.connect_timeout_ms = 3'000, .read_timeout_ms = 5'000};
  const auto& endpoint = node.options.follow.l1;
  L1Rpc l1(endpoint, patience);
  const auto id = l1.chain_id();
  if (!id && !log.open) {
    return no_meeting(Trouble::l1_unreachable, "L1: " + id.error().what);
  }
  if (!id) {
    node.logger.warn("L1 does not answer, and is followed when it does",
                     {{"why", id.error().what}});
  }
  if (id && *wanted != 0 && *id != *wanted) {
    return no_meeting(
        Trouble::l1_chain,
        fmt::format("the L1 endpoint {} is of chain {}, wanted {}: give an endpoint of "
                    "that chain",
                    endpoint.shown(), *id, *wanted));
  }
  node.l1_chain_id = *wanted != 0 ? *wanted : *id;
  if (log.open) {
    node.l1_from_block = log.identity.from_block;
    return {};
  }
  const auto first = find_first_block(node, l1);
  if (!first) return tl::unexpected(first.error());
  node.l1_from_block = *first;
  return {};
}

}  // namespace horae
