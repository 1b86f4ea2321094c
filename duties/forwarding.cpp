#include "duties/forwarding.hpp"

#include <utility>

#include "core/message.hpp"
#include "schemas/mempool.capnp.h"

namespace horae {
namespace {

// A look at more of them each time would cost what it is to spare.
constexpr std::size_t most_looked_at = 1024, most_reminded = 256;

}  // namespace

bool is_passing(schema::Reason reason) {
  using schema::Reason;
  return reason == Reason::BUSY || reason == Reason::SHUTTING_DOWN || reason == Reason::POOL_FULL ||
         reason == Reason::STALE_VIEW;
}

Forwarding::Forwarding(const std::vector<std::pair<std::uint64_t, Hash32>>& waiting) {
  for (const auto& [seq, hash] : waiting) admit(seq, hash);
}

void Forwarding::admit(std::uint64_t seq, const Hash32& hash) {
  waiting_.emplace(seq, Waiting{hash, std::nullopt});
  records_[hash] = seq;
  open_.insert(open_.end(), seq);
}

void Forwarding::drop(const Hash32& hash) {
  const auto found = records_.extract(hash);
  if (!found) return;
  waiting_.erase(found.mapped());
  open_.erase(found.mapped());
  later_.erase(found.mapped());
}

void Forwarding::see(const RecordView& record) {
  if (record.header.domain != Domain::MEMPOOL) return;
  const auto message = Message::trusted(record.payload);
  const auto fact = Msg<schema::MempoolFact>::read(message.bytes());
  using schema::MempoolFact;
  switch (fact.which()) {
    case MempoolFact::NONE:
    case MempoolFact::PARAMETERS_SET:
    case MempoolFact::TXNS_RETURNED:  // each is admitted anew in the same decision
      return;
    case MempoolFact::TXN_ADMITTED:
      return admit(record.header.seq, fixed<Hash32>(fact.getTxnAdmitted().getTxn().getHash()));
    case MempoolFact::TXN_REPLACED:
      return drop(fixed<Hash32>(fact.getTxnReplaced().getHash()));
    case MempoolFact::TXN_DROPPED:
      return drop(fixed<Hash32>(fact.getTxnDropped().getHash()));
    case MempoolFact::TXNS_INCLUDED:
      for (const auto hash : fact.getTxnsIncluded().getHashes()) drop(fixed<Hash32>(hash));
      return;
  }
  stop("a fact of the mempool written by a newer version");
}

void Forwarding::begin() {
  later_.clear();
  open_.clear();
  for (auto& [seq, waiting] : waiting_) {
    waiting.given.reset();
    open_.insert(open_.end(), seq);
  }
}

std::optional<std::uint64_t> Forwarding::next() const {
  if (open_.empty()) return std::nullopt;
  return *open_.begin();
}

void Forwarding::give(std::uint64_t seq, Time now) {
  open_.erase(seq);
  waiting_.at(seq).given = now;
}

void Forwarding::take_back(std::uint64_t seq) {
  const auto found = waiting_.find(seq);
  if (found == waiting_.end()) return;
  found->second.given.reset();
  later_.insert(seq);
}

std::optional<Hash32> Forwarding::refuse(std::uint64_t seq) {
  const auto found = waiting_.find(seq);
  if (found == waiting_.end() || std::exchange(found->second.refused, true)) return std::nullopt;
  return found->second.hash;
}

void Forwarding::retry() { open_.merge(later_); }

void Forwarding::remind(Time now, std::chrono::milliseconds after) {
  std::size_t looked_at = 0, reminded = 0;
  for (auto& [seq, waiting] : waiting_) {
    if (++looked_at > most_looked_at || reminded == most_reminded) return;
    if (!waiting.given || now - *waiting.given < after) continue;
    waiting.given.reset();
    open_.insert(seq);
    ++reminded;
  }
}

std::size_t Forwarding::to_give() const { return open_.size() + later_.size(); }

}  // namespace horae
