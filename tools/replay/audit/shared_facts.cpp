#include "tools/replay/audit/shared_facts.hpp"

#include <algorithm>

#include "events/shared.hpp"
#include "events/state_hashes.hpp"
#include "events/world.hpp"
#include "tools/replay/audit/finding.hpp"
#include "tools/replay/reading.hpp"

namespace horae::replay {
namespace {

constexpr auto every = StateHashWatch::every;

std::uint64_t count_in(const DomainDigests& digests, Domain domain) {
  const auto found = digests.find(domain);
  return found == digests.end() ? 0 : found->second.count;
}

std::string words(const DomainDigests& digests) {
  std::string out;
  for (const auto& [domain, each] : digests) {
    out += (out.empty() ? "" : "; ") + std::to_string(static_cast<int>(domain)) + ": " +
           std::to_string(each.count) + " facts, " + to_hex(each.digest);
  }
  return out.empty() ? "none" : out;
}

}  // namespace

SharedFacts::SharedFacts(const Source& source, bool by_marks, std::uint64_t behind,
                         std::string name, std::atomic<std::uint64_t>* at)
    : source_(source),
      name_(std::move(name)),
      at_(at),
      behind_(by_marks ? 0 : behind),
      last_mark_(by_marks ? source.last() / every : 0) {}

Outcome<bool> SharedFacts::marked_near(std::uint64_t seq) {
  // A crash may have kept a node from saying one of them.
  constexpr std::uint64_t looks = 3;
  const auto newest = std::min(seq / every, last_mark_);
  for (std::uint64_t back = 0; back < looks; ++back) {
    if (newest <= back) return true;  // the beginning is as good
    const auto found = mark(newest - back);
    if (!found) return tl::unexpected(found.error());
    if (**found && (**found)->seq <= seq) return true;
  }
  return false;
}

// A node says what it took at index * every within the next few records, or never.
Outcome<std::optional<SharedFacts::Mark>> SharedFacts::find_mark(std::uint64_t index) {
  std::optional<Mark> out;
  Outcome<void> trouble;
  const auto from = index * every;
  auto reader = source_.reader();
  const auto shown = reader.scan(
      from + 1, std::min(from + every, source_.last()), [&](std::uint64_t seq, BytesView value) {
        if (at_ != nullptr) at_->store(seq, std::memory_order_relaxed);
        const auto record = decode_record(value);
        const auto wrong = [&](const Fault& fault) {
          trouble = refuse(Trouble::log_corrupt,
                           name_ + ": " + to_text(finding_of(seq, fault, "a record")));
          return false;
        };
        if (!record) return wrong(record.error());
        if (record->header.domain != Domain::NODE) return true;
        const auto payload = checked_fact(Domain::NODE, record->payload);
        if (!payload) return wrong(payload.error());
        const auto fact = Msg<schema::NodeFact>::of(*payload);
        if (!fact.read().isStateHashed()) return true;
        const auto said = fact.read().getStateHashed();
        // One from before digests were told is no mark.
        if (said.getSeq() < from || said.getSeq() >= seq || !said.hasDomains()) return true;
        out = Mark{said.getSeq(), seq, digests_of(said)};
        return false;
      });
  if (!shown) return refuse(Trouble::log_corrupt, name_ + ": " + shown.error().what);
  read_ += *shown;
  if (!trouble) return tl::unexpected(trouble.error());
  return out;
}

Outcome<const std::optional<SharedFacts::Mark>*> SharedFacts::mark(std::uint64_t index) {
  const auto known = marks_.find(index);
  if (known != marks_.end()) return &known->second;
  if (index == 0) return &(marks_[0] = Mark{behind_, behind_, {}});
  auto found = find_mark(index);
  if (!found) return tl::unexpected(found.error());
  return &(marks_[index] = std::move(*found));
}

Outcome<std::uint64_t> SharedFacts::mark_before(std::uint64_t index) {
  for (;; --index) {
    const auto found = mark(index);
    if (!found) return tl::unexpected(found.error());
    if (**found) return index;
  }
}

// The last mark at which the domain has no more facts than these.
Outcome<std::uint64_t> SharedFacts::mark_of(Domain domain, std::uint64_t count) {
  std::uint64_t low = 0;
  std::uint64_t high = last_mark_ + 1;  // one with more, or none
  while (high - low > 1) {
    const auto middle = mark_before(low + (high - low) / 2);
    if (!middle) return middle;
    if (*middle <= low) {
      // No mark in the lower half.
      low += (high - low) / 2;
      continue;
    }
    if (count_in(marks_.at(*middle)->digests, domain) <= count) {
      low = low + (high - low) / 2;
    } else {
      high = *middle;
    }
  }
  return mark_before(low);
}

Outcome<SharedFacts::Stretch> SharedFacts::read_stretch(const Mark& from,
                                                        const std::optional<Mark>& next) {
  Stretch out{from, next ? next->seq : source_.last(), {}};
  auto digests = from.digests;
  Outcome<void> trouble;
  auto wanted = from.seq + 1;
  Reading reading(at_, "reading", out.to - from.seq);
  auto reader = source_.reader();
  const auto shown = reader.scan(from.seq + 1, out.to, [&](std::uint64_t seq, BytesView value) {
    reading.at(seq);
    const auto record = decode_record(value);
    if (!record || seq != wanted++) {
      const auto fault =
          record
              ? Fault{"key: wanted " + std::to_string(wanted - 1) + ", got " + std::to_string(seq)}
              : record.error();
      trouble =
          refuse(Trouble::log_corrupt, name_ + ": " + to_text(finding_of(seq, fault, "a record")));
      return false;
    }
    const auto& header = record->header;
    if (!is_shared(header.domain, header.kind)) return true;
    auto& digest = digests[header.domain];
    fold(digest, header.domain, header.kind, record->payload);
    out.facts[header.domain].push_back({seq, digest.digest});
    return true;
  });
  if (!shown) return refuse(Trouble::log_corrupt, name_ + ": " + shown.error().what);
  read_ += *shown;
  if (!trouble) return tl::unexpected(trouble.error());
  if (wanted != out.to + 1) {
    return refuse(Trouble::log_corrupt,
                  name_ + ": record " + std::to_string(wanted) + " is missing");
  }
  if (next && digests != next->digests) {
    return refuse(Trouble::log_corrupt,
                  name_ + ": record " + std::to_string(next->said_by) +
                      ": digests of the shared domains at record " + std::to_string(next->seq) +
                      ": wanted " + words(digests) + ", got " + words(next->digests) +
                      " (`verify` finds the first record that is wrong; --whole "
                      "compares without them)");
  }
  return out;
}

Outcome<const SharedFacts::Stretch*> SharedFacts::stretch(std::uint64_t index) {
  const auto known = stretches_.find(index);
  if (known != stretches_.end()) return &known->second;
  std::optional<Mark> next;
  for (auto behind = index + 1; behind <= last_mark_ && !next; ++behind) {
    const auto found = mark(behind);
    if (!found) return tl::unexpected(found.error());
    next = **found;
  }
  auto read = read_stretch(*marks_.at(index), next);
  if (!read) return tl::unexpected(read.error());
  return &stretches_.emplace(index, std::move(*read)).first->second;
}

Outcome<std::uint64_t> SharedFacts::count_at(Domain domain, std::uint64_t seq) {
  auto index = mark_before(std::min(seq / every, last_mark_));
  // A mark may stand a little behind the multiple that it belongs to.
  while (index && marks_.at(*index)->seq > seq) index = mark_before(*index - 1);
  if (!index) return index;
  const auto& from = *marks_.at(*index);
  const auto before = count_in(from.digests, domain);
  if (from.seq == seq) return before;
  const auto found = stretch(*index);
  if (!found) return tl::unexpected(found.error());
  const auto facts = (*found)->facts.find(domain);
  if (facts == (*found)->facts.end()) return before;
  const auto end = std::ranges::upper_bound(facts->second, seq, {}, &Fact::seq);
  return before + static_cast<std::uint64_t>(end - facts->second.begin());
}

Outcome<std::uint64_t> SharedFacts::count_behind(Domain domain, std::uint64_t seq) {
  auto index = mark_before(std::min(seq / every, last_mark_));
  while (index && marks_.at(*index)->seq > seq) index = mark_before(*index - 1);
  if (!index) return index;
  const auto found = stretch(*index);
  if (!found) return tl::unexpected(found.error());
  return count_at(domain, (*found)->to);
}

Outcome<Hash32> SharedFacts::digest(Domain domain, std::uint64_t count) {
  if (count == 0) return Hash32{};
  const auto index = mark_of(domain, count);
  if (!index) return tl::unexpected(index.error());
  const auto& from = *marks_.at(*index);
  if (count_in(from.digests, domain) == count) return from.digests.at(domain).digest;
  const auto found = fact(domain, count);
  if (!found) return tl::unexpected(found.error());
  return (*found)->digest;
}

Outcome<std::uint64_t> SharedFacts::seq_of(Domain domain, std::uint64_t number) {
  const auto found = fact(domain, number);
  if (!found) return tl::unexpected(found.error());
  return (*found)->seq;
}

Outcome<const SharedFacts::Fact*> SharedFacts::fact(Domain domain, std::uint64_t number) {
  const auto index = mark_of(domain, number - 1);
  if (!index) return tl::unexpected(index.error());
  const auto found = stretch(*index);
  if (!found) return tl::unexpected(found.error());
  const auto place = number - count_in((*found)->from.digests, domain) - 1;
  const auto facts = (*found)->facts.find(domain);
  if (facts != (*found)->facts.end() && place < facts->second.size()) {
    return &facts->second[place];
  }
  return refuse(Trouble::log_corrupt,
                name_ +
                    ": what its StateHashed say of the shared domains contradicts itself near "
                    "record " +
                    std::to_string((*found)->to) + " (`verify` finds the record)");
}

Outcome<std::optional<std::uint64_t>> SharedFacts::marked_between(Domain domain, std::uint64_t low,
                                                                  std::uint64_t high) {
  // Marks whose counts lie between: those behind the last with at most `low` and up to the last
  // with fewer than `high`.
  const auto first = mark_of(domain, low);
  if (!first) return tl::unexpected(first.error());
  const auto last = mark_of(domain, high - 1);
  if (!last) return tl::unexpected(last.error());
  if (*last <= *first) return std::nullopt;
  auto middle = mark_before(*first + (*last - *first + 1) / 2);
  if (!middle) return tl::unexpected(middle.error());
  if (*middle <= *first) middle = *last;
  return count_in(marks_.at(*middle)->digests, domain);
}

}  // namespace horae::replay
