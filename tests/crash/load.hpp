#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "events/decision.hpp"
#include "storage/log.hpp"

/// What the crash harness submits: every fact follows from numbers alone, so that whoever knows the
/// seed can tell of any log whether it is a gapless prefix of what was submitted.
namespace horae::crash {

/// Where a decision stands: the life (one process) of a log, the asker in it, the asker's how
/// manieth.
struct FactPlace {
  std::uint64_t life = 0, asker = 0, number = 0;
  auto operator<=>(const FactPlace&) const = default;
};

/// SplitMix64: cheap enough to draw from for each fact.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t operator()() {
    auto out = (state_ += 0x9e3779b97f4a7c15ull);
    out = (out ^ out >> 30) * 0xbf58476d1ce4e5b9ull;
    out = (out ^ out >> 27) * 0x94d049bb133111ebull;
    return out ^ out >> 31;
  }
  std::uint64_t below(std::uint64_t bound) { return (*this)() % bound; }

 private:
  std::uint64_t state_;
};

/// One to 24 facts, a few of them longer than a page.
[[nodiscard]] Decision decision_at(std::uint64_t seed, const FactPlace& place);

/// What the harness writes after a receipt: the decision, the seq it was told and the hash that the
/// log had there.
struct Ack {
  FactPlace place;
  std::uint64_t seq = 0;
  Hash32 hash;
};
static_assert(sizeof(Ack) == 64);  // less than PIPE_BUF: written whole or not at all

/// A log as it was found.
struct Found {
  std::vector<Hash32> hashes;        // of records 1, 2, …
  std::vector<FactPlace> decisions;  // of each record
};

/// Reads a log to its end and refuses one that is not, for each asker of each life, a gapless
/// prefix of what it submitted, whole decisions only, linked, with the roots of all full tiles in
/// the tree.
[[nodiscard]] Result<Found> read_log(const std::shared_ptr<Environment>& environment,
                                     std::uint64_t seed);

/// Refuses a log in which something acknowledged is missing or different.
[[nodiscard]] Result<void> check_acks(const Found& found, const std::vector<Ack>& acks);

}  // namespace horae::crash
