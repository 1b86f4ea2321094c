#pragma once

#include <map>
#include <optional>
#include <vector>

#include "events/record.hpp"
#include "tools/replay/source.hpp"

namespace horae::replay {

/// The shared facts of one log, found by their number within their domain and known by their
/// domain's running digest. StateHashed says the digests every so many records (a mark); between
/// two marks the records are read, once, and the digests that come out must be those of the second.
/// So a question costs a stretch of a log and not the log, as far as nodes wrote such marks; where
/// there is none the log is one stretch. One thread at a time.
class SharedFacts {
 public:
  /// by_marks: whether what the log says of its digests is believed where nothing is read. Without,
  /// only the facts behind a record are looked at, and counted from there. name: of the log, in
  /// refusals.
  SharedFacts(const Source& source, bool by_marks, std::uint64_t behind, std::string name,
              std::atomic<std::uint64_t>* at);

  /// Whether there is a mark at a record or not far before it.
  Outcome<bool> marked_near(std::uint64_t seq);

  /// How many shared facts of the domain the log has up to this record, it included.
  Outcome<std::uint64_t> count_at(Domain domain, std::uint64_t seq);
  /// How many it has in all.
  Outcome<std::uint64_t> count(Domain domain) { return count_at(domain, source_.last()); }
  /// The digest of the domain's first so many facts, which must be there.
  Outcome<Hash32> digest(Domain domain, std::uint64_t count);
  /// The record of the domain's fact of this number, from 1, which must be there.
  Outcome<std::uint64_t> seq_of(Domain domain, std::uint64_t number);
  /// A number of facts, more than `low` and fewer than `high`, whose digest a mark tells; none
  /// where there is none. The one nearest to the middle, about.
  Outcome<std::optional<std::uint64_t>> marked_between(Domain domain, std::uint64_t low,
                                                       std::uint64_t high);
  /// The number of facts at the end of the stretch that record seq stands in.
  Outcome<std::uint64_t> count_behind(Domain domain, std::uint64_t seq);

  [[nodiscard]] std::uint64_t records_read() const { return read_; }

 private:
  // What StateHashed says; seq 0: the log's beginning.
  struct Mark {
    std::uint64_t seq = 0;
    std::uint64_t said_by = 0;  // the record of StateHashed
    DomainDigests digests;
  };
  struct Fact {
    std::uint64_t seq = 0;
    Hash32 digest;  // of the domain's facts up to this one
  };
  // The records behind one mark up to the next, or to the log's end.
  struct Stretch {
    Mark from;
    std::uint64_t to = 0;
    std::map<Domain, std::vector<Fact>> facts;
  };

  Outcome<const std::optional<Mark>*> mark(std::uint64_t index);
  Outcome<std::uint64_t> mark_before(std::uint64_t index);  // itself, if there is one
  Outcome<std::uint64_t> mark_of(Domain domain, std::uint64_t count);
  Outcome<const Stretch*> stretch(std::uint64_t index);
  Outcome<const Fact*> fact(Domain domain, std::uint64_t number);
  Outcome<Stretch> read_stretch(const Mark& from, const std::optional<Mark>& next);
  Outcome<std::optional<Mark>> find_mark(std::uint64_t index);

  const Source& source_;
  std::string name_;
  std::atomic<std::uint64_t>* at_;
  std::uint64_t behind_;
  std::uint64_t last_mark_;  // the greatest index that there can be
  std::uint64_t read_ = 0;
  std::map<std::uint64_t, std::optional<Mark>> marks_;  // by index: at or behind index * every
  std::map<std::uint64_t, Stretch> stretches_;          // by the index of the mark before
};

}  // namespace horae::replay
