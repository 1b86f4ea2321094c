#include "tools/replay/position.hpp"

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
  return refuse(Exit::corrupt, "record " + std::to_string(value.seq) + ": " + record.error().what);
}

template <class Fact>
Outcome<Msg<Fact>> parse(const RecordView& record) {
  auto fact = Msg<Fact>::parse(record.payload);
  if (fact) return *fact;
  return refuse(Exit::corrupt,
                "record " + std::to_string(record.header.seq) + ": " + fact.error().what);
}

Outcome<RecordView> get(LogReader& reader, std::uint64_t seq, LogValue& keep) {
  auto value = reader.get(seq);
  if (!value) return refuse(Exit::corrupt, value.error().what);
  if (!*value) return refuse(Exit::corrupt, "record " + std::to_string(seq) + " is missing");
  keep = std::move(**value);
  return decode(keep);
}

Outcome<std::uint64_t> resolve_seq(const Source& source, std::uint64_t seq) {
  if (seq == 0 || seq > source.last()) {
    return refuse(Exit::precondition, "no record " + std::to_string(seq) + ": the log has 1 to " +
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
      return refuse(Exit::corrupt, "record " + std::to_string(source.last()) +
                                       ": more: wanted 0 at the end, got 1");
    }
    record = get(reader, after, value);
  } while (record && record->header.more);
  if (!record) return tl::unexpected(record.error());
  std::string beside = "the next settled one is " + std::to_string(after);
  if (before > 0)
    beside = "settled are " + std::to_string(before) + " before it and " + std::to_string(after);
  return refuse(Exit::precondition,
                "record " + std::to_string(seq) + " is in the midst of a decision (records " +
                    std::to_string(before + 1) + " to " + std::to_string(after) + "): " + beside);
}

// Times never fall: a search by halves.
Outcome<std::uint64_t> resolve_time(const Source& source, std::uint64_t time_ms) {
  auto reader = source.reader();
  LogValue value;
  std::uint64_t not_later = 0;  // the last known not to be
  std::uint64_t later = source.last() + 1;
  while (later - not_later > 1) {
    const auto middle = not_later + (later - not_later) / 2;
    const auto record = get(reader, middle, value);
    if (!record) return tl::unexpected(record.error());
    (record->header.time_ms <= time_ms ? not_later : later) = middle;
  }
  while (not_later > 0) {
    const auto record = get(reader, not_later, value);
    if (!record) return tl::unexpected(record.error());
    if (!record->header.more) return not_later;
    --not_later;
  }
  const auto first = get(reader, 1, value);
  if (!first) return tl::unexpected(first.error());
  return refuse(Exit::precondition,
                "that is before the log's first decision, of " + show_time(first->header.time_ms));
}

// Follows the locking facts and remembers which of those above an L1 block survived.
class L1Search {
 public:
  explicit L1Search(std::uint64_t above) : above_(above) {}

  /// settled: the last position at which a decision ended before this fact.
  void see(schema::LockingFact::Reader fact, std::uint64_t settled) {
    if (fact.isL1Advanced()) {
      confirmed_ = fact.getL1Advanced().getConfirmed().getNumber();
    } else if (fact.isL1Reverted()) {
      const auto to = fact.getL1Reverted().getTo().getNumber();
      std::erase_if(events_, [&](const Event& event) { return event.block > to; });
      if (confirmed_ && *confirmed_ > to) confirmed_ = to;
    } else if (fact.isPoolOpened()) {
      add(fact.getPoolOpened().getBlock(), settled);
    } else if (is_event(fact)) {
      add(position_of(fact).getBlock(), settled);
    }
  }

  Outcome<std::uint64_t> answer(std::uint64_t last_settled) const {
    if (!confirmed_ || above_ > *confirmed_) {
      return refuse(Exit::precondition,
                    "l1:" + std::to_string(above_) + " is above what the log knows: " +
                        (confirmed_ ? "its confirmed L1 head is " + std::to_string(*confirmed_)
                                    : std::string("it has no confirmed L1 head yet")));
    }
    const auto at = events_.empty() ? last_settled : events_.front().settled;
    if (at > 0) return at;
    return refuse(Exit::precondition,
                  "l1:" + std::to_string(above_) + " is before the log's first record");
  }

 private:
  struct Event {
    std::uint64_t block, settled;
  };
  void add(std::uint64_t block, std::uint64_t settled) {
    // The first that survives is all that is asked for, but any of them may be taken back; of those
    // in one block the first is enough.
    if (block <= above_) return;
    if (!events_.empty() && events_.back().block >= block) return;
    events_.push_back({block, settled});
  }
  std::uint64_t above_;
  std::optional<std::uint64_t> confirmed_;
  std::vector<Event> events_;
};

Outcome<std::uint64_t> search(const Source& source, const Position& position,
                              std::atomic<std::uint64_t>* at) {
  const bool by_l1 = position.kind == Position::Kind::l1;
  L1Search l1(position.number);
  std::uint64_t settled = 0;
  std::uint64_t sealed = 0;
  bool found = false;
  Reading reading(at, "searching", source.last());
  Walk walk(source.reader(), 1, source.last());
  for (;; walk.pop()) {
    auto value = walk.peek();
    if (!value) return tl::unexpected(value.error());
    if (*value == nullptr) break;
    reading.at((*value)->seq);
    auto record = decode(**value);
    if (!record) return tl::unexpected(record.error());
    const auto& header = record->header;
    if (by_l1 && header.domain == Domain::LOCKING) {
      auto fact = parse<schema::LockingFact>(*record);
      if (!fact) return tl::unexpected(fact.error());
      l1.see(fact->read(), settled);
    } else if (!by_l1 && header.domain == Domain::BLOCKS) {
      auto fact = parse<schema::BlocksFact>(*record);
      if (!fact) return tl::unexpected(fact.error());
      const auto read = fact->read();
      if (read.isBlockSealed()) sealed = read.getBlockSealed().getHeader().getNumber();
      found = found || (read.isBlockSealed() && sealed == position.number) ||
              (read.isChainOpened() && position.number == 0);
    }
    if (!header.more) {
      settled = (*value)->seq;
      if (found) return settled;
    }
  }
  if (by_l1) return l1.answer(settled);
  return refuse(Exit::precondition, "block:" + std::to_string(position.number) +
                                        " is not sealed: the log's last block is " +
                                        std::to_string(sealed));
}

}  // namespace

Outcome<std::uint64_t> parse_time(std::string_view text) {
  const auto wrong = [&] {
    return refuse(Exit::usage,
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
  if (text.starts_with("ms:") || (text.size() > 4 && text[4] == '-')) {
    const auto time = parse_time(text);
    if (!time) return tl::unexpected(time.error());
    return Position{Position::Kind::time, *time};
  }
  auto digits = text;
  if (text.starts_with("l1:")) {
    out.kind = Position::Kind::l1;
    digits.remove_prefix(3);
  } else if (text.starts_with("block:")) {
    out.kind = Position::Kind::block;
    digits.remove_prefix(6);
  }
  const auto* end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, out.number);
  if (digits.empty() || error != std::errc{} || rest != end) {
    return refuse(Exit::usage,
                  "a position is SEQ, TIME, l1:N or block:N, not " + std::string(text));
  }
  return out;
}

Outcome<std::uint64_t> resolve(const Source& source, const Position& position,
                               std::atomic<std::uint64_t>* at) {
  if (source.last() == 0) return refuse(Exit::precondition, "the log is empty");
  switch (position.kind) {
    case Position::Kind::end:
      return source.last();
    case Position::Kind::seq:
      return resolve_seq(source, position.number);
    case Position::Kind::time:
      return resolve_time(source, position.number);
    case Position::Kind::l1:
    case Position::Kind::block:
      return search(source, position, at);
  }
  return refuse(Exit::unexpected, "an unknown kind of position");
}

}  // namespace horae::replay
