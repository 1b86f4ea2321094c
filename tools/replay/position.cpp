#include "tools/replay/position.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "events/locking/pool.hpp"
#include "events/world.hpp"
#include "tools/replay/reading.hpp"
#include "tools/replay/show.hpp"

namespace horae::replay {
namespace {

Outcome<RecordView> decode(const LogValue& value) {
  auto record = decode_record(value.value);
  if (record) return *record;
  return refuse(Trouble::log_corrupt,
                "record " + std::to_string(value.seq) + ": " + record.error().what);
}

template <class Fact>
Outcome<Msg<Fact>> parse(const RecordView& record) {
  auto fact = Msg<Fact>::parse(record.payload);
  if (fact) return *fact;
  return refuse(Trouble::log_corrupt,
                "record " + std::to_string(record.header.seq) + ": " + fact.error().what);
}

Outcome<RecordView> get(LogReader& reader, std::uint64_t seq, LogValue& keep) {
  auto value = reader.get(seq);
  if (!value) return refuse(Trouble::log_corrupt, value.error().what);
  if (!*value) return refuse(Trouble::log_corrupt, "record " + std::to_string(seq) + " is missing");
  keep = std::move(**value);
  return decode(keep);
}

Outcome<std::uint64_t> resolve_seq(const Source& source, std::uint64_t seq) {
  if (seq == 0 || seq > source.last()) {
    return refuse(Trouble::not_in_log, "no record " + std::to_string(seq) + ": the log has 1 to " +
                                           std::to_string(source.last()));
  }
  auto reader = source.reader();
  LogValue value;
  auto record = get(reader, seq, value);
  if (!record) return tl::unexpected(record.error());
  if (!record->header.more) return seq;
  auto before = seq;
  while (record && record->header.more && --before > 0) record = get(reader, before, value);
  if (!record) return tl::unexpected(record.error());
  auto after = seq;
  do {
    if (++after > source.last()) {
      return refuse(Trouble::log_corrupt, "record " + std::to_string(source.last()) +
                                              ": more: wanted 0 at the end, got 1");
    }
    record = get(reader, after, value);
  } while (record && record->header.more);
  if (!record) return tl::unexpected(record.error());
  std::string beside = "the next settled one is " + std::to_string(after);
  if (before > 0)
    beside = "settled are " + std::to_string(before) + " before it and " + std::to_string(after);
  return refuse(Trouble::not_in_log,
                "record " + std::to_string(seq) + " is in the midst of a decision (records " +
                    std::to_string(before + 1) + " to " + std::to_string(after) + "): " + beside);
}

// The first record of this time or a later one; behind the last where there is none. Times never
// fall: a search by halves.
Outcome<std::uint64_t> first_not_earlier(const Source& source, std::uint64_t time_ms) {
  auto reader = source.reader();
  LogValue value;
  std::uint64_t earlier = 0;  // the last known to be
  std::uint64_t out = source.last() + 1;
  while (out - earlier > 1) {
    const auto middle = earlier + (out - earlier) / 2;
    const auto record = get(reader, middle, value);
    if (!record) return tl::unexpected(record.error());
    (record->header.time_ms < time_ms ? earlier : out) = middle;
  }
  return out;
}

// The first later record, likewise.
Outcome<std::uint64_t> first_later(const Source& source, std::uint64_t time_ms) {
  if (time_ms == UINT64_MAX) return source.last() + 1;
  return first_not_earlier(source, time_ms + 1);
}

Outcome<std::uint64_t> resolve_time(const Source& source, std::uint64_t time_ms) {
  const auto later = first_later(source, time_ms);
  if (!later) return tl::unexpected(later.error());
  auto reader = source.reader();
  LogValue value;
  auto not_later = *later - 1;
  while (not_later > 0) {
    const auto record = get(reader, not_later, value);
    if (!record) return tl::unexpected(record.error());
    if (!record->header.more) return not_later;
    --not_later;
  }
  const auto first = get(reader, 1, value);
  if (!first) return tl::unexpected(first.error());
  return refuse(Trouble::not_in_log, "that is before the log's first decision, of " +
                                         show_time(first->header.time_ms) +
                                         "; by L1's own time it is l1:" + show_time(time_ms));
}

// Follows the locking facts and remembers which of those above an L1 block, or behind a time of L1,
// survived.
class L1Search {
 public:
  explicit L1Search(const Position& position) : position_(position) {}

  /// settled: the last position at which a decision ended before this fact.
  void see(schema::LockingFact::Reader fact, std::uint64_t settled) {
    const auto time_ms = l1_time(fact).value_or(0) * 1000;
    if (fact.isL1Advanced()) {
      confirmed_ = fact.getL1Advanced().getConfirmed().getNumber();
      known_ms_ = std::max(known_ms_, time_ms);
    } else if (fact.isL1Reverted()) {
      const auto to = fact.getL1Reverted().getTo().getNumber();
      std::erase_if(events_, [&](const Event& event) { return event.block > to; });
      if (confirmed_ && *confirmed_ > to) {
        confirmed_ = to;
        known_ms_ = time_ms;
      }
    } else if (fact.isPoolOpened()) {
      add(fact.getPoolOpened().getBlock(), time_ms, settled);
    } else if (is_event(fact)) {
      add(position_of(fact).getBlock(), time_ms, settled);
    }
  }

  /// The position before the first event beyond what was asked for; the end where there is none.
  [[nodiscard]] std::uint64_t before_events(std::uint64_t last_settled) const {
    return events_.empty() ? last_settled : events_.front().settled;
  }

  [[nodiscard]] Outcome<std::uint64_t> answer(std::uint64_t last_settled) const {
    const bool by_time = position_.kind == Position::Kind::l1_time;
    const auto name =
        "l1:" + (by_time ? show_time(position_.number) : std::to_string(position_.number));
    if (!confirmed_ || position_.number > (by_time ? known_ms_ : *confirmed_)) {
      auto known = std::string("it has no confirmed L1 head yet");
      if (confirmed_) {
        known = "its confirmed L1 head is " + std::to_string(*confirmed_);
        if (by_time && known_ms_ > 0) known += ", of " + show_time(known_ms_);
        if (by_time && known_ms_ == 0) known += ", and its time was not logged";
      }
      return refuse(Trouble::not_in_log, name + " is above what the log knows: " + known);
    }
    if (const auto at = before_events(last_settled); at > 0) return at;
    return refuse(Trouble::not_in_log, name + " is before the log's first record");
  }

 private:
  struct Event {
    std::uint64_t block, settled;
  };
  void add(std::uint64_t block, std::uint64_t time_ms, std::uint64_t settled) {
    // The first that survives is all that is asked for, but any of them may be taken back; of those
    // in one block the first is enough.
    const bool by_time = position_.kind == Position::Kind::l1_time;
    if ((by_time ? time_ms : block) <= position_.number) return;
    if (!events_.empty() && events_.back().block >= block) return;
    events_.push_back({block, settled});
  }
  const Position position_;
  std::optional<std::uint64_t> confirmed_;
  std::uint64_t known_ms_ = 0;  // L1's time up to which the log knows
  std::vector<Event> events_;
};

// Reads up to the record where the search ends, or all. The last position at which a decision
// ended.
template <class See>
Outcome<std::uint64_t> search_all(const Source& source, std::atomic<std::uint64_t>* at, See see) {
  std::uint64_t settled = 0;
  Reading reading(at, "searching", source.last());
  Walk walk(source.reader(), 1, source.last());
  for (;; walk.pop()) {
    auto value = walk.peek();
    if (!value) return tl::unexpected(value.error());
    if (*value == nullptr) return settled;
    reading.at((*value)->seq);
    auto record = decode(**value);
    if (!record) return tl::unexpected(record.error());
    const auto found = see(*record, settled);
    if (!found) return tl::unexpected(found.error());
    if (record->header.more) continue;
    settled = (*value)->seq;
    if (*found) return settled;
  }
}

Outcome<std::uint64_t> search_l1(const Source& source, L1Search& l1,
                                 std::atomic<std::uint64_t>* at) {
  return search_all(source, at, [&](const RecordView& record, std::uint64_t settled) {
    if (record.header.domain != Domain::LOCKING) return Outcome<bool>(false);
    const auto fact = parse<schema::LockingFact>(record);
    if (!fact) return Outcome<bool>(tl::unexpected(fact.error()));
    l1.see(fact->read(), settled);
    return Outcome<bool>(false);
  });
}

// Where the decision ends that this record is part of.
Outcome<std::uint64_t> end_of_decision(const Source& source, std::uint64_t seq) {
  auto reader = source.reader();
  LogValue value;
  for (;; ++seq) {
    const auto record = get(reader, seq, value);
    if (!record) return tl::unexpected(record.error());
    if (!record->header.more) return seq;
  }
}

// A block of this number that was sealed, and is not revoked later.
class BlockSearch {
 public:
  explicit BlockSearch(std::uint64_t number) : number_(number) {}

  // Whether nothing that follows can change what was found.
  bool see(std::uint64_t seq, schema::BlocksFact::Reader fact) {
    if (fact.isChainOpened() && number_ == 0) found_ = seq;
    if (fact.isAttestationSet() && fact.getAttestationSet().getRevocable()) revocable_ = true;
    if (fact.isBlockSealed()) {
      last_ = fact.getBlockSealed().getHeader().getNumber();
      if (last_ == number_) found_ = seq;
    }
    if (fact.isBlocksAttested()) attested_ = fact.getBlocksAttested().getNumber();
    if (fact.isBlocksRevoked()) {
      last_ = fact.getBlocksRevoked().getNumber() - 1;
      if (last_ < number_) found_ = 0;
    }
    return found_ != 0 && (!revocable_ || attested_ >= number_);
  }
  // Its record; 0: none.
  [[nodiscard]] std::uint64_t found() const { return found_; }
  [[nodiscard]] std::uint64_t last() const { return last_; }

 private:
  std::uint64_t number_;
  bool revocable_ = false;
  std::uint64_t found_ = 0, last_ = 0, attested_ = 0;
};

Outcome<std::uint64_t> search_block(const Source& source, std::uint64_t number,
                                    std::atomic<std::uint64_t>* at) {
  BlockSearch search(number);
  bool is_sure = false;
  const auto settled =
      search_all(source, at, [&](const RecordView& record, std::uint64_t) -> Outcome<bool> {
        if (is_sure || record.header.domain != Domain::BLOCKS) return is_sure;
        const auto fact = parse<schema::BlocksFact>(record);
        if (!fact) return tl::unexpected(fact.error());
        is_sure = search.see(record.header.seq, fact->read());
        return is_sure;
      });
  if (!settled) return tl::unexpected(settled.error());
  if (search.found() != 0) return end_of_decision(source, search.found());
  return refuse(Trouble::not_in_log, "block:" + std::to_string(number) +
                                         " is not sealed: the log's last block is " +
                                         std::to_string(search.last()));
}

bool is_time(std::string_view text) {
  return text.starts_with("ms:") || (text.size() > 4 && text[4] == '-');
}

}  // namespace

Outcome<std::uint64_t> parse_time(std::string_view text) {
  const auto wrong = [&] {
    return refuse(Trouble::usage,
                  "a time is 2026-11-22, 2026-11-22T17:40:00Z or ms:N, not " + std::string(text));
  };
  auto rest = text;
  bool good = true;
  // So many digits, and the sign before them.
  const auto take = [&](std::string_view before, std::size_t digits) -> std::uint64_t {
    std::uint64_t out = 0;
    good = good && rest.starts_with(before) && rest.size() >= before.size() + digits;
    if (!good) return 0;
    rest.remove_prefix(before.size());
    for (const char digit : rest.substr(0, digits)) {
      good = good && digit >= '0' && digit <= '9';
      out = out * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    rest.remove_prefix(digits);
    return out;
  };
  if (rest.starts_with("ms:")) {
    rest.remove_prefix(3);
    std::uint64_t out = 0;
    const auto* end = rest.data() + rest.size();
    const auto [stopped, error] = std::from_chars(rest.data(), end, out);
    if (rest.empty() || error != std::errc{} || stopped != end) return wrong();
    return out;
  }
  using namespace std::chrono;
  const auto years = take("", 4);
  const auto months = take("-", 2);
  const auto days = take("-", 2);
  std::uint64_t ms = 0;
  if (good && !rest.empty()) {
    const auto hours = take("T", 2);
    const auto minutes = take(":", 2);
    const auto seconds = rest.starts_with(':') ? take(":", 2) : 0;
    const auto fraction = rest.starts_with('.') ? take(".", 3) : 0;
    good = good && rest == "Z" && hours < 24 && minutes < 60 && seconds < 60;
    ms = ((hours * 60 + minutes) * 60 + seconds) * 1000 + fraction;
  }
  const year_month_day date(year(static_cast<int>(years)), month(static_cast<unsigned>(months)),
                            day(static_cast<unsigned>(days)));
  if (!good || years < 1970 || !date.ok()) return wrong();
  const auto whole_days = sys_days(date).time_since_epoch().count();
  return static_cast<std::uint64_t>(whole_days) * 86'400'000 + ms;
}

Outcome<Position> parse_position(std::string_view text) {
  Position out{Position::Kind::seq, 0};
  if (is_time(text)) {
    const auto time = parse_time(text);
    if (!time) return tl::unexpected(time.error());
    return Position{Position::Kind::time, *time};
  }
  auto digits = text;
  if (text.starts_with("l1:")) {
    out.kind = Position::Kind::l1;
    digits.remove_prefix(3);
    if (is_time(digits)) {
      const auto time = parse_time(digits);
      if (!time) return tl::unexpected(time.error());
      return Position{Position::Kind::l1_time, *time};
    }
  } else if (text.starts_with("block:")) {
    out.kind = Position::Kind::block;
    digits.remove_prefix(6);
  }
  const auto* end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, out.number);
  if (digits.empty() || error != std::errc{} || rest != end) {
    return refuse(Trouble::usage,
                  "a position is SEQ, TIME, l1:N, l1:TIME or block:N, not " + std::string(text));
  }
  return out;
}

Outcome<std::uint64_t> resolve(const Source& source, const Position& position,
                               std::atomic<std::uint64_t>* at) {
  if (source.last() == 0) return refuse(Trouble::not_in_log, "the log is empty");
  switch (position.kind) {
    case Position::Kind::end:
      return source.last();
    case Position::Kind::seq:
      return resolve_seq(source, position.number);
    case Position::Kind::time:
      return resolve_time(source, position.number);
    case Position::Kind::l1:
    case Position::Kind::l1_time: {
      L1Search l1(position);
      const auto end = search_l1(source, l1, at);
      return end ? l1.answer(*end) : end;
    }
    case Position::Kind::block:
      return search_block(source, position.number, at);
  }
  return refuse(Trouble::unexpected, "an unknown kind of position");
}

Outcome<std::uint64_t> reading_from(const Source& source, std::string_view text,
                                    std::atomic<std::uint64_t>* at) {
  const auto position = parse_position(text);
  if (!position) return tl::unexpected(position.error());
  switch (position->kind) {
    case Position::Kind::seq:
      return std::max<std::uint64_t>(position->number, 1);
    case Position::Kind::time:
      return first_not_earlier(source, position->number);
    case Position::Kind::l1_time: {
      const auto before = before_l1_time(source, position->number, at);
      return before ? Outcome<std::uint64_t>(*before + 1) : before;
    }
    case Position::Kind::end:
    case Position::Kind::l1:
    case Position::Kind::block:
      break;
  }
  const auto settled = resolve(source, *position, at);
  return settled ? Outcome<std::uint64_t>(*settled + 1) : settled;
}

Outcome<std::uint64_t> reading_to(const Source& source, std::string_view text,
                                  std::atomic<std::uint64_t>* at) {
  const auto position = parse_position(text);
  if (!position) return tl::unexpected(position.error());
  if (position->kind == Position::Kind::seq) return position->number;
  if (position->kind == Position::Kind::time) {
    const auto behind = first_later(source, position->number);
    return behind ? Outcome<std::uint64_t>(*behind - 1) : behind;
  }
  if (position->kind == Position::Kind::l1_time) {
    return before_l1_time(source, position->number + 1, at);
  }
  return resolve(source, *position, at);
}

Outcome<std::uint64_t> before_l1_time(const Source& source, std::uint64_t time_ms,
                                      std::atomic<std::uint64_t>* at) {
  if (time_ms == 0) return 0;
  L1Search l1({Position::Kind::l1_time, time_ms - 1});
  const auto end = search_l1(source, l1, at);
  return end ? Outcome<std::uint64_t>(l1.before_events(*end)) : end;
}

}  // namespace horae::replay
