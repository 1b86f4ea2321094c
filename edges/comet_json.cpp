#include "edges/comet_json.hpp"

#include <charconv>
#include <chrono>

#include "core/base64.hpp"

namespace horae {
namespace {

/// The whole of a text as a decimal number.
template <class Number>
std::optional<Number> decimal(std::string_view text) {
  Number out = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, out);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return out;
}

/// Reads exactly so many digits, and what must stand before them.
class DateReader {
 public:
  explicit DateReader(std::string_view text) : rest_(text) {}
  unsigned number(std::string_view before, std::size_t count) {
    const auto digits = rest_.substr(std::min(before.size(), rest_.size()), count);
    const auto out = decimal<unsigned>(digits);
    ok_ = ok_ && rest_.starts_with(before) && digits.size() == count && out;
    rest_.remove_prefix(std::min(before.size() + count, rest_.size()));
    return out.value_or(0);
  }
  /// The digits after a point, if there are any.
  std::int32_t nanos() {
    if (!rest_.starts_with('.')) return 0;
    const auto count = std::min<std::size_t>(rest_.find_first_not_of("0123456789", 1) - 1, 9);
    auto out = static_cast<std::int32_t>(number(".", count));
    for (auto more = count; more < 9; ++more) out *= 10;
    return out;
  }
  [[nodiscard]] bool ends_with(std::string_view end) const { return ok_ && rest_ == end; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

/// "2026-11-28T08:09:10.123456789Z".
std::optional<CometTime> read_time(std::string_view text) {
  namespace chrono = std::chrono;
  DateReader from(text);
  const chrono::year year{static_cast<int>(from.number("", 4))};
  const chrono::month month{from.number("-", 2)};
  const chrono::day day{from.number("-", 2)};
  const auto hour = from.number("T", 2);
  const auto minute = from.number(":", 2);
  const auto second = from.number(":", 2);
  const auto nanos = from.nanos();
  const chrono::year_month_day date{year, month, day};
  if (!from.ends_with("Z") || !date.ok() || hour > 23 || minute > 59 || second > 59) {
    return std::nullopt;
  }
  const auto since = chrono::sys_days(date).time_since_epoch() + chrono::hours(hour) +
                     chrono::minutes(minute) + chrono::seconds(second);
  return CometTime{chrono::seconds(since).count(), nanos};
}

}  // namespace

void CometReader::note(std::string_view path, std::string_view what) const {
  if (!*fault_) *fault_ = Fault{std::string(path) + ": " + std::string(what)};
}

const boost::json::value* CometReader::find(std::string_view path) const {
  const auto* here = value_;
  while (!path.empty() && here != nullptr) {
    const auto end = std::min(path.find('.'), path.size());
    const auto* object = here->if_object();
    here = object == nullptr ? nullptr : object->if_contains(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return here;
}

const boost::json::value& CometReader::at(std::string_view path) const {
  static const boost::json::value nothing;
  const auto* found = find(path);
  if (found == nullptr) note(path, "it is missing");
  return found == nullptr ? nothing : *found;
}

std::string CometReader::text(std::string_view path) const {
  const auto* found = at(path).if_string();
  if (found == nullptr) note(path, "it is no text");
  return found == nullptr ? std::string() : std::string(*found);
}

bool CometReader::boolean(std::string_view path) const {
  const auto* found = at(path).if_bool();
  if (found == nullptr) note(path, "it is neither true nor false");
  return found != nullptr && *found;
}

std::int64_t CometReader::integer(std::string_view path) const {
  const auto& found = at(path);
  std::optional<std::int64_t> out;
  if (const auto* written = found.if_string()) {
    out = decimal<std::int64_t>(*written);
  } else if (const auto* number = found.if_int64()) {
    out = *number;
  }
  if (!out) note(path, "it is no whole number");
  return out.value_or(0);
}

std::uint64_t CometReader::count(std::string_view path) const {
  const auto out = integer(path);
  if (out < 0) note(path, "it is below 0");
  return static_cast<std::uint64_t>(std::max<std::int64_t>(out, 0));
}

Bytes CometReader::hex(std::string_view path) const {
  const auto out = from_hex("0x" + text(path));
  if (!out) note(path, "it is no hex");
  return out.value_or(Bytes());
}

Bytes CometReader::base64(std::string_view path) const {
  if (at(path).is_null()) return {};
  const auto out = from_base64(text(path));
  if (!out) note(path, "it is no base64");
  return out.value_or(Bytes());
}

CometTime CometReader::time(std::string_view path) const {
  const auto out = read_time(text(path));
  if (!out) note(path, "it is no time in UTC");
  return out.value_or(CometTime());
}

std::vector<CometReader> CometReader::list(std::string_view path) const {
  std::vector<CometReader> out;
  const auto& found = at(path);
  if (found.is_null()) return out;
  if (!found.is_array()) note(path, "it is no list");
  if (const auto* all = found.if_array()) {
    for (const auto& each : *all) out.push_back(CometReader(each, fault_));
  }
  return out;
}

}  // namespace horae
