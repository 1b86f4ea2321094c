#pragma once

#include <string>
#include <type_traits>

#include "events/blocks/blocks.hpp"
#include "events/locking/locking.hpp"
#include "events/mempool/mempool.hpp"
#include "events/mpc/mpc.hpp"
#include "events/node/node.hpp"
#include "events/penalties/penalties.hpp"
#include "events/pool/pool.hpp"
#include "events/record.hpp"
#include "events/rewards/rewards.hpp"
#include "events/submissions/submissions.hpp"

// The table of domains. Each domain stands here once, with its facts and the states that its facts
// fold into. Whatever does something for every domain goes by this table, at compile time: the
// fold, the check of a fact from outside, the state hash, snapshots, JSON, the auditor.
namespace horae {

/// The state of all shared domains, on which every honest node of a pool agrees.
struct SharedState {
  Locking locking;
  Blocks blocks;
  Mpc mpc;
  Rewards rewards;
  Faults faults;
  PoolAgreement pool;
  DomainDigests digests;
};

/// What one node has to itself.
struct LocalState {
  NodeState node;
  Mempool mempool;
  MpcRounds rounds;
  Submissions submissions;
  Observations observations;
  PoolProgress progress;
};

/// What a message of a snapshot is. The numbers stand in files: another meaning or order is another
/// snapshot_version.
enum class PartKind : std::uint32_t {
  none = 0,
  node = 1,
  mempool = 2,
  rounds = 3,
  submissions = 4,
  observations = 5,
  locking = 6,
  blocks = 7,
  mpc = 8,
  rewards = 9,
  faults = 10,
  digests = 11,
  pool_accounts = 12,  // as many parts as it takes
  pool_txns = 13,      // as many parts as it takes
  service = 14,
  service_txns = 15,  // as many parts as it takes
  pool_agreement = 16,
  pool_progress = 17,
};

// A row of the table has
//   Fact     the domain's facts; their number in a record is domain_of<Fact>, beside the rules
//   Shared   the state that the shared facts fold into, where there are any
//   Local    the state that this node's own facts fold into, where there are any
// and of a state it says
//   Schema   of its canonical message, which state_message makes and restore reads
//   state    where it stands in SharedState or LocalState
//   part     what its message is in a snapshot
//   name     what it is called in the state's JSON; empty: it is not shown there
//   hashed_always, or has_facts(state): see state_hash in events/world.hpp
// and of a shared one
//   Command  what leads to its facts: settle has an overload for it
// Facts of a domain with one state are all shared or all local. Where there are both states, the
// function is_shared(FactSchema::Which) beside the domain's folds says which kinds are shared.

struct NodeDomain {
  using Fact = schema::NodeFact;
  struct Local {
    using Schema = schema::NodeState;
    static constexpr auto state = &LocalState::node;
    static constexpr auto part = PartKind::node;
    static constexpr auto name = "";
    static constexpr bool hashed_always = true;
  };
};

struct LockingDomain {
  using Fact = schema::LockingFact;
  struct Shared {
    using Command = schema::LockingCommand;
    using Schema = schema::LockingState;
    static constexpr auto state = &SharedState::locking;
    static constexpr auto part = PartKind::locking;
    static constexpr auto name = "locking";
    static constexpr bool hashed_always = true;
  };
};

struct MempoolDomain {
  using Fact = schema::MempoolFact;
  struct Local {
    using Schema = schema::MempoolState;
    static constexpr auto state = &LocalState::mempool;
    static constexpr auto part = PartKind::mempool;
    static constexpr auto name = "mempool";
    static constexpr bool hashed_always = true;
  };
};

struct BlocksDomain {
  using Fact = schema::BlocksFact;
  struct Shared {
    using Command = schema::BlocksCommand;
    using Schema = schema::BlocksState;
    static constexpr auto state = &SharedState::blocks;
    static constexpr auto part = PartKind::blocks;
    static constexpr auto name = "blocks";
    static constexpr bool hashed_always = true;
  };
};

struct MpcDomain {
  using Fact = schema::MpcFact;
  struct Shared {
    using Command = schema::MpcCommand;
    using Schema = schema::MpcState;
    static constexpr auto state = &SharedState::mpc;
    static constexpr auto part = PartKind::mpc;
    static constexpr auto name = "mpc";
    static constexpr bool hashed_always = false;
  };
  struct Local {
    using Schema = schema::RoundsState;
    static constexpr auto state = &LocalState::rounds;
    static constexpr auto part = PartKind::rounds;
    static constexpr auto name = "rounds";
    static constexpr bool hashed_always = false;
    static bool has_facts(const MpcRounds& rounds) { return rounds.rounds != 0; }
  };
};

struct SubmissionsDomain {
  using Fact = schema::SubmissionsFact;
  struct Local {
    using Schema = schema::SubmissionsState;
    static constexpr auto state = &LocalState::submissions;
    static constexpr auto part = PartKind::submissions;
    static constexpr auto name = "submissions";
    static constexpr bool hashed_always = false;
    static bool has_facts(const Submissions& submissions) { return submissions.rules.has_value(); }
  };
};

struct RewardsDomain {
  using Fact = schema::RewardsFact;
  struct Shared {
    using Command = schema::RewardsCommand;
    using Schema = schema::RewardsState;
    static constexpr auto state = &SharedState::rewards;
    static constexpr auto part = PartKind::rewards;
    static constexpr auto name = "rewards";
    static constexpr bool hashed_always = false;
  };
};

struct PenaltiesDomain {
  using Fact = schema::PenaltiesFact;
  struct Shared {
    using Command = schema::PenaltiesCommand;
    using Schema = schema::FaultsState;
    static constexpr auto state = &SharedState::faults;
    static constexpr auto part = PartKind::faults;
    static constexpr auto name = "faults";
    static constexpr bool hashed_always = false;
  };
  struct Local {
    using Schema = schema::ObservationsState;
    static constexpr auto state = &LocalState::observations;
    static constexpr auto part = PartKind::observations;
    static constexpr auto name = "observations";
    static constexpr bool hashed_always = false;
    static bool has_facts(const Observations& seen) { return seen.rules.has_value(); }
  };
};

struct PoolDomain {
  using Fact = schema::PoolFact;
  struct Shared {
    using Command = schema::PoolCommand;
    using Schema = schema::PoolAgreement;
    static constexpr auto state = &SharedState::pool;
    static constexpr auto part = PartKind::pool_agreement;
    static constexpr auto name = "pool";
    static constexpr bool hashed_always = false;
  };
  struct Local {
    using Schema = schema::PoolProgress;
    static constexpr auto state = &LocalState::progress;
    static constexpr auto part = PartKind::pool_progress;
    static constexpr auto name = "consensus";
    static constexpr bool hashed_always = false;
    static bool has_facts(const PoolProgress& progress) {
      return progress.applied.height != 0 || progress.proposed;
    }
  };
};

template <class... Rows>
struct DomainTable {};

/// In the order of their numbers: state hashes, snapshots and JSON go by it.
using Domains = DomainTable<NodeDomain, LockingDomain, MempoolDomain, BlocksDomain, MpcDomain,
                            SubmissionsDomain, RewardsDomain, PenaltiesDomain, PoolDomain>;

template <class Row>
inline constexpr Domain number_of = domain_of<typename Row::Fact>;

template <class Row>
concept HasShared = requires {
  typename Row::Shared;
};
template <class Row>
concept HasLocal = requires {
  typename Row::Local;
};

/// Calls fn(row) for each row of the table.
template <class Fn>
void for_each_domain(Fn&& fn) {
  [&]<class... Rows>(DomainTable<Rows...>) { (fn(Rows{}), ...); }(Domains{});
}
/// Calls fn(row) for each domain that has a shared state, which is Row::Shared.
template <class Fn>
void for_each_shared(Fn&& fn) {
  for_each_domain([&](auto row) {
    if constexpr (HasShared<decltype(row)>) fn(row);
  });
}
/// Calls fn(row) for each domain that has a local state, which is Row::Local.
template <class Fn>
void for_each_local(Fn&& fn) {
  for_each_domain([&](auto row) {
    if constexpr (HasLocal<decltype(row)>) fn(row);
  });
}

template <class Fn, class Otherwise, class Row, class... Rest>
decltype(auto) for_domain_in(DomainTable<Row, Rest...>, Domain domain, Fn& fn,
                             Otherwise& otherwise) {
  if (domain == number_of<Row>) return fn(Row{});
  if constexpr (sizeof...(Rest) == 0) {
    return otherwise();
  } else {
    return for_domain_in(DomainTable<Rest...>{}, domain, fn, otherwise);
  }
}

/// What fn(row) returns for the domain's row; otherwise() for a number that has no row. Both return
/// the same type.
template <class Fn, class Otherwise>
decltype(auto) for_domain(Domain domain, Fn&& fn, Otherwise&& otherwise) {
  return for_domain_in(Domains{}, domain, fn, otherwise);
}

/// Stops: only a newer version can have written a fact of this domain.
[[noreturn]] void stop_at_unknown(Domain domain);

/// The same where a number without a row is a bug or a log of a newer version: stops.
template <class Fn>
decltype(auto) for_domain(Domain domain, Fn&& fn) {
  using Returned = std::invoke_result_t<Fn&, NodeDomain>;
  return for_domain(domain, fn, [&]() -> Returned { stop_at_unknown(domain); });
}

/// What fn(row, fact) returns for a payload of the domain; fact: its typed reader. The payload was
/// built or checked by this process, and lives as long as the call.
template <class Fn>
decltype(auto) visit_fact(Domain domain, BytesView payload, Fn&& fn) {
  return for_domain(domain, [&](auto row) -> decltype(auto) {
    return fn(row, Msg<typename decltype(row)::Fact>::read(payload));
  });
}

/// Whether all honest nodes of a pool must agree on a fact of this kind.
template <class Row>
[[nodiscard]] bool is_shared_kind(typename Row::Fact::Which kind) {
  if constexpr (HasShared<Row> && HasLocal<Row>) {
    return is_shared(kind);
  } else {
    return HasShared<Row>;
  }
}
/// The same of a domain and a kind as they stand in a record.
[[nodiscard]] bool is_shared(Domain domain, std::uint16_t kind);

}  // namespace horae
