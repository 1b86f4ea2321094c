#include "events/state_hashes.hpp"

#include <algorithm>

namespace horae {
namespace {

// A node says what it took within the next few thousand records; a crash may keep it from ever
// saying it.
constexpr std::size_t kept = 16;

}  // namespace

StateHashWatch::StateHashWatch(HashedState at) : next_((at.seq / every + 1) * every) {
  taken_.push_back(std::move(at));
}

Result<void> StateHashWatch::see(const World& world, const RecordView& record) {
  take(world);
  if (record.header.domain != Domain::NODE) return {};
  const auto fact = Msg<schema::NodeFact>::of(Message::trusted(record.payload));
  return fact.read().isStateHashed() ? check(fact.read().getStateHashed()) : Result<void>();
}

void StateHashWatch::take(const World& world) {
  if (world.seq < next_ || !world.settled) return;
  next_ = (world.seq / every + 1) * every;
  taken_.push_back({world.seq, state_hashes(world), world.shared.digests});
  if (taken_.size() > kept) taken_.pop_front();
}

Result<void> StateHashWatch::check(schema::StateHashed::Reader said) {
  told_ = said.getSeq();
  for (const auto& at : taken_) {
    if (at.seq != said.getSeq()) continue;
    const StateHashes logged{fixed<Hash32>(said.getShared()), fixed<Hash32>(said.getLocal())};
    if (logged == at.hashes) {
      if (!said.hasDomains() || digests_of(said) == at.digests) return {};
      return fail("digests of the shared domains at record " + std::to_string(at.seq) +
                  ": wanted what the log folds to, got others");
    }
    const bool shared = logged.shared != at.hashes.shared;
    return fail(std::string(shared ? "shared" : "local") + " state at record " +
                std::to_string(at.seq) + ": wanted " +
                to_hex(shared ? at.hashes.shared : at.hashes.local) + ", got " +
                to_hex(shared ? logged.shared : logged.local));
  }
  return {};
}

bool StateHashWatch::took(std::uint64_t seq) const {
  return std::ranges::any_of(taken_, [&](const auto& at) { return at.seq == seq; });
}

std::optional<HashedState> StateHashWatch::owed() const {
  if (taken_.empty() || taken_.back().seq <= told_) return std::nullopt;
  return taken_.back();
}

}  // namespace horae
