#include "tests/crash/load.hpp"

#include <map>

#include "core/merkle.hpp"
#include "events/mempool/mempool.hpp"
#include "events/record.hpp"
#include "events/world.hpp"
#include "storage/log_tree.hpp"

namespace horae::crash {
namespace {

std::uint64_t mixed(std::uint64_t seed, const FactPlace& place) {
  Dice dice(seed ^ place.life * 0x9e3779b97f4a7c15ull);
  return dice() ^ Dice(dice() ^ place.asker << 40 ^ place.number)();
}

std::size_t facts_at(std::uint64_t seed, const FactPlace& place) {
  Dice dice(mixed(seed, place));
  return dice.below(30) == 0 ? 1 + dice.below(24) : 1 + dice.below(4);
}

void put(Hash32& out, std::size_t at, std::uint64_t value) {
  for (std::size_t i = 0; i < 8; ++i) {
    out.bytes[at + i] = static_cast<std::uint8_t>(value >> 8 * i);
  }
}
std::uint64_t get(BytesView bytes, std::size_t at) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < 8; ++i) out |= std::uint64_t{bytes[at + i]} << 8 * i;
  return out;
}

// The place stands in the fact, so that a reader need not guess it; the rest follows from it.
Fact fact_at(std::uint64_t seed, const FactPlace& place, std::size_t index) {
  Dice dice(mixed(seed, place) + index);
  const auto length = dice.below(40) == 0 ? 1500 + dice.below(9000) : dice.below(160);
  std::string detail(length, ' ');
  for (auto& letter : detail) letter = static_cast<char>('a' + dice.below(26));
  Hash32 name;
  put(name, 0, place.life);
  put(name, 8, place.asker);
  put(name, 16, place.number);
  put(name, 24, index);
  return make_fact<schema::MempoolFact>([&](auto fact) {
    auto drop = fact.initTxnDropped();
    drop.setHash(data(name));
    drop.setReason(Reason::EVICTED);
    drop.setDetail(detail.c_str());
  });
}

// Which place a record says that it is of.
Result<std::pair<FactPlace, std::size_t>> place_of(const RecordView& record) {
  const auto payload = checked_fact(record.header.domain, record.payload);
  if (!payload) return tl::unexpected(payload.error());
  if (record.header.domain != Domain::MEMPOOL) return fail("a fact that nobody submitted");
  const auto fact = Msg<schema::MempoolFact>::of(*payload).read();
  if (!fact.isTxnDropped()) return fail("a fact that nobody submitted");
  const auto name = fact.getTxnDropped().getHash();
  const BytesView bytes(name.begin(), name.size());
  if (bytes.size() != Hash32::size) return fail("a fact without a place");
  return std::pair{FactPlace{get(bytes, 0), get(bytes, 8), get(bytes, 16)}, get(bytes, 24)};
}

// Follows the log, record by record.
class Follower {
 public:
  explicit Follower(std::uint64_t seed) : seed_(seed) {}

  Result<void> see(std::uint64_t seq, BytesView value) {
    const auto record = decode_record(value);
    if (!record) return tl::unexpected(record.error());
    const auto& header = record->header;
    if (seq != found.hashes.size() + 1 || header.seq != seq) return fail("a gap");
    if (header.prev != head_) return fail("is not linked to the record before it");
    if (header.time_ms < time_ms_) return fail("is earlier than the record before it");
    const auto place = place_of(*record);
    if (!place) return tl::unexpected(place.error());
    const auto& [decision, index] = *place;
    if (index != index_ || (index > 0 && decision != decision_)) {
      return fail("does not go on with the decision before it");
    }
    if (index == 0) {
      if (decision.number != next_[{decision.life, decision.asker}]++) {
        return fail("is not the next that its asker submitted");
      }
      if (decision.life < decision_.life) return fail("is of an earlier life");
      decision_ = decision;
      facts_ = facts_at(seed_, decision);
    }
    const auto wanted = fact_at(seed_, decision, index).payload;
    if (!std::equal(record->payload.begin(), record->payload.end(), wanted.bytes().begin(),
                    wanted.bytes().end())) {
      return fail("does not hold what was submitted");
    }
    if (header.more != (index + 1 < facts_)) return fail("marks its decision's end wrongly");
    index_ = header.more ? index + 1 : 0;
    time_ms_ = header.time_ms;
    head_ = record_hash(*record);
    found.hashes.push_back(head_);
    found.decisions.push_back(decision);
    return {};
  }
  [[nodiscard]] bool settled() const { return index_ == 0; }

  Found found;

 private:
  std::uint64_t seed_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> next_;
  FactPlace decision_;
  std::size_t facts_ = 0;
  std::size_t index_ = 0;  // of the next fact in its decision
  std::uint64_t time_ms_ = 0;
  Hash32 head_;
};

}  // namespace

Decision decision_at(std::uint64_t seed, const FactPlace& place) {
  Decision out;
  const auto facts = facts_at(seed, place);
  for (std::size_t i = 0; i < facts; ++i) out.facts.push_back(fact_at(seed, place, i));
  return out;
}

Result<Found> read_log(const std::shared_ptr<Environment>& environment, std::uint64_t seed) {
  Follower follower(seed);
  Result<void> trouble;
  LogReader reader(environment);
  const auto shown = reader.scan(0, UINT64_MAX, [&](std::uint64_t seq, BytesView value) {
    auto seen = follower.see(seq, value);
    if (!seen) trouble = within("record " + std::to_string(seq), seen.error());
    return seen.has_value();
  });
  if (!shown) return tl::unexpected(shown.error());
  if (!trouble) return tl::unexpected(trouble.error());
  if (!follower.settled()) return fail("the log ends within a decision");

  auto stored = LogTree(environment, nullptr).stored_tiles();
  if (!stored) return tl::unexpected(stored.error());
  merkle::Frontier tree;
  std::vector<Hash32> tiles;
  for (const auto& hash : follower.found.hashes) {
    if (const auto tile = tree.add(hash)) tiles.push_back(*tile);
  }
  if (*stored != tiles) return fail("the tree does not have the roots of the records' tiles");
  return std::move(follower.found);
}

Result<void> check_acks(const Found& found, const std::vector<Ack>& acks) {
  for (const auto& ack : acks) {
    const auto name = "record " + std::to_string(ack.seq);
    if (ack.seq == 0 || ack.seq > found.hashes.size()) {
      return fail(name + " was acknowledged and is missing");
    }
    if (found.decisions[ack.seq - 1] != ack.place) {
      return fail(name + " was acknowledged to another");
    }
    if (found.hashes[ack.seq - 1] != ack.hash) {
      return fail(name + " was acknowledged and is another");
    }
  }
  return {};
}

}  // namespace horae::crash
