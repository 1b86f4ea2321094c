#include "events/snapshot.hpp"

#include <algorithm>

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

// Whether the part says what the service's watch knows (duties/service_watch.hpp), which is no
// state of the world.
bool is_of_service(const SnapshotPart& part) {
  return part.kind == Kind::service || part.kind == Kind::service_txns;
}

// Reads one part into the state.
class Restoring {
 public:
  Result<void> see(const SnapshotPart& part) {
    if (is_of_service(part)) return {};
    if (part.kind == Kind::digests) return take_digests(part);
    if (part.kind == Kind::pool_accounts) return put<schema::PoolAccountsPart>(part);
    if (part.kind == Kind::pool_txns) return put<schema::PoolTxnsPart>(part);
    Result<void> out = fail("a part of kind " + std::to_string(static_cast<unsigned>(part.kind)) +
                            ", which is unknown to this version");
    for_each_shared([&](auto row) {
      using State = typename decltype(row)::Shared;
      if (part.kind != State::part) return;
      const bool has_facts = world_.shared.digests.contains(number_of<decltype(row)>);
      out = take<typename State::Schema>(part, world_.shared.*State::state, has_facts);
    });
    for_each_local([&](auto row) {
      using State = typename decltype(row)::Local;
      if (part.kind != State::part) return;
      out = take<typename State::Schema>(part, world_.local.*State::state, true);
    });
    return out;
  }

  World end() {
    finish_restore(world_.local.mempool);
    return std::move(world_);
  }

 private:
  // has_facts: whether the domain has any, for a state whose message does not say it.
  template <class S, class State>
  Result<void> take(const SnapshotPart& part, State& into, bool has_facts) {
    const auto state = walked<S>(part);
    if (!state) return tl::unexpected(state.error());
    if constexpr (requires { restore(*state, has_facts); }) {
      into = restore(*state, has_facts);
    } else {
      into = restore(*state);
    }
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

// Whether the state says of itself what it was restored from: so nothing was left out, no part is
// missing, twice, or out of order.
Result<void> compare(const std::vector<SnapshotPart>& parts, const World& world) {
  auto wanted = parts.begin();
  for (const auto& part : parts_of(world)) {
    while (wanted != parts.end() && is_of_service(*wanted)) ++wanted;
    if (wanted == parts.end() || wanted->kind != part.kind ||
        !std::ranges::equal(wanted->message.bytes(), part.message.bytes())) {
      return fail("its part of kind " + std::to_string(static_cast<unsigned>(part.kind)) +
                  " is not what a state says of itself");
    }
    ++wanted;
  }
  while (wanted != parts.end() && is_of_service(*wanted)) ++wanted;
  if (wanted != parts.end()) return fail("it has a part too many");
  return {};
}

}  // namespace

std::vector<SnapshotPart> parts_of(const World& world) {
  std::vector<SnapshotPart> out;
  out.push_back({Kind::digests, digests_message(world.shared)});
  for_each_shared([&](auto row) {
    using State = typename decltype(row)::Shared;
    out.push_back({State::part, state_message(world.shared.*State::state)});
  });
  for_each_local([&](auto row) {
    using State = typename decltype(row)::Local;
    out.push_back({State::part, state_message(world.local.*State::state)});
    if constexpr (State::part == Kind::mempool) {
      // Its own message has accounts and transactions as sums alone.
      auto pool = pool_parts(world.local.mempool);
      for (auto& each : pool.accounts) out.push_back({Kind::pool_accounts, std::move(each)});
      for (auto& each : pool.txns) out.push_back({Kind::pool_txns, std::move(each)});
    }
  });
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
