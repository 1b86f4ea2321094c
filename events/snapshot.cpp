#include "events/snapshot.hpp"

#include <algorithm>

#include "events/restore.hpp"
#include "events/restore_pool.hpp"

namespace horae {
namespace {

using Kind = SnapshotPart::Kind;

Message digests_message(const SharedState& shared) {
  return Msg<schema::DigestsPart>::build([&](auto part) {
    auto list = part.initDigests(static_cast<unsigned>(shared.digests.size()));
    unsigned next = 0;
    for (const auto& [domain, digest] : shared.digests) {
      auto entry = list[next++];
      entry.setDomain(domain);
      entry.setCount(digest.count);
      entry.setDigest(data(digest.digest));
    }
  });
}

// The bytes as a message of this schema, without a copy.
template <class S>
Result<typename S::Reader> walked(const SnapshotPart& part) {
  if (auto checked = Message::check(part.message.bytes(), capnp::Schema::from<S>()); !checked) {
    return tl::unexpected(checked.error());
  }
  return Msg<S>::of(part.message).read();
}

// Reads one part into the state.
class Restoring {
 public:
  Result<void> see(const SnapshotPart& part) {
    auto& shared = world_.shared;
    auto& local = world_.local;
    switch (part.kind) {
      case Kind::node:
        return take<schema::NodeState>(part, local.node);
      case Kind::mempool:
        return take<schema::MempoolState>(part, local.mempool);
      case Kind::rounds:
        return take<schema::RoundsState>(part, local.rounds);
      case Kind::submissions:
        return take<schema::SubmissionsState>(part, local.submissions);
      case Kind::observations:
        return take<schema::ObservationsState>(part, local.observations);
      case Kind::locking:
        return take<schema::LockingState>(part, shared.locking);
      case Kind::blocks: {
        const auto state = walked<schema::BlocksState>(part);
        if (!state) return tl::unexpected(state.error());
        shared.blocks = restore(*state, shared.digests.contains(Domain::BLOCKS));
        return {};
      }
      case Kind::mpc:
        return take<schema::MpcState>(part, shared.mpc);
      case Kind::rewards:
        return take<schema::RewardsState>(part, shared.rewards);
      case Kind::faults:
        return take<schema::FaultsState>(part, shared.faults);
      case Kind::digests:
        return take_digests(part);
      case Kind::pool_accounts:
        return put<schema::PoolAccountsPart>(part);
      case Kind::pool_txns:
        return put<schema::PoolTxnsPart>(part);
      case Kind::service:
      case Kind::service_txns:
        return {};
      case Kind::none:
        break;
    }
    return fail("a part of kind " + std::to_string(static_cast<unsigned>(part.kind)) +
                ", which is unknown to this version");
  }

  World end() {
    finish_restore(world_.local.mempool);
    return std::move(world_);
  }

 private:
  template <class S, class State>
  Result<void> take(const SnapshotPart& part, State& into) {
    const auto state = walked<S>(part);
    if (!state) return tl::unexpected(state.error());
    into = restore(*state);
    return {};
  }
  template <class S>
  Result<void> put(const SnapshotPart& part) {
    const auto entries = walked<S>(part);
    if (!entries) return tl::unexpected(entries.error());
    restore(world_.local.mempool, *entries);
    return {};
  }
  Result<void> take_digests(const SnapshotPart& part) {
    const auto digests = walked<schema::DigestsPart>(part);
    if (!digests) return tl::unexpected(digests.error());
    for (const auto each : digests->getDigests()) {
      world_.shared.digests[each.getDomain()] = {fixed<Hash32>(each.getDigest()), each.getCount()};
    }
    return {};
  }

  World world_;
};

bool is_of_world(const SnapshotPart& part) {
  return part.kind != Kind::service && part.kind != Kind::service_txns;
}

// Whether the state says of itself what it was restored from: so nothing was left out, no part is
// missing, twice, or out of order.
Result<void> compare(const std::vector<SnapshotPart>& parts, const World& world) {
  auto wanted = parts.begin();
  for (const auto& part : parts_of(world)) {
    while (wanted != parts.end() && !is_of_world(*wanted)) ++wanted;
    if (wanted == parts.end() || wanted->kind != part.kind ||
        !std::ranges::equal(wanted->message.bytes(), part.message.bytes())) {
      return fail("its part of kind " + std::to_string(static_cast<unsigned>(part.kind)) +
                  " is not what a state says of itself");
    }
    ++wanted;
  }
  while (wanted != parts.end() && !is_of_world(*wanted)) ++wanted;
  if (wanted != parts.end()) return fail("it has a part too many");
  return {};
}

}  // namespace

std::vector<SnapshotPart> parts_of(const World& world) {
  const auto& shared = world.shared;
  const auto& local = world.local;
  std::vector<SnapshotPart> out;
  out.push_back({Kind::digests, digests_message(shared)});
  out.push_back({Kind::locking, state_message(shared.locking)});
  out.push_back({Kind::blocks, state_message(shared.blocks)});
  out.push_back({Kind::mpc, state_message(shared.mpc)});
  out.push_back({Kind::rewards, state_message(shared.rewards)});
  out.push_back({Kind::faults, state_message(shared.faults)});
  out.push_back({Kind::node, state_message(local.node)});
  out.push_back({Kind::mempool, state_message(local.mempool)});
  add_pool_parts(out, local.mempool);
  out.push_back({Kind::rounds, state_message(local.rounds)});
  out.push_back({Kind::submissions, state_message(local.submissions)});
  out.push_back({Kind::observations, state_message(local.observations)});
  return out;
}

Result<World> restore_world(const std::vector<SnapshotPart>& parts) {
  Restoring restoring;
  for (const auto& part : parts) {
    if (auto seen = restoring.see(part); !seen) {
      return within("its part of kind " + std::to_string(static_cast<unsigned>(part.kind)),
                    seen.error());
    }
  }
  auto world = restoring.end();
  if (auto same = compare(parts, world); !same) return tl::unexpected(same.error());
  return world;
}

}  // namespace horae
