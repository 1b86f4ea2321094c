#include "tools/replay/export/export_line.hpp"

#include <boost/json.hpp>
#include <charconv>

#include "events/json.hpp"
#include "tools/replay/list.hpp"

namespace horae::replay {
namespace {

namespace json = boost::json;

// What is needed of a line.
struct Members {
  std::uint64_t seq = 0, time = 0, cause = 0, kind = 0;
  bool more = false;
  std::string_view domain, prev, hash, payload;
};

// Reads the form that append_line writes, which is nearly every line there is.
class Written {
 public:
  explicit Written(std::string_view line) : rest_(line) {}

  bool read(Members& out) {
    return take("{\"seq\":") && number(out.seq) && take(",\"time\":") && number(out.time) &&
           take(",\"cause\":") && number(out.cause) && take(",\"more\":") && flag(out.more) &&
           take(",\"domain\":\"") && word(out.domain) && take(",\"kind\":\"") && word(name_) &&
           take(",\"kindNumber\":") && number(out.kind) && take(",\"prev\":\"") && word(out.prev) &&
           take(",\"hash\":\"") && word(out.hash) && take(",\"payload\":\"") && word(out.payload) &&
           take(",\"fact\":") && rest_.ends_with('}');
  }

 private:
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  bool number(std::uint64_t& out) {
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), out);
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return error == std::errc{};
  }
  bool flag(bool& out) {
    out = rest_.starts_with("true");
    return take(out ? "true" : "false");
  }
  // Up to the closing quote; none of these words has anything that JSON would escape.
  bool word(std::string_view& out) {
    const auto end = rest_.find_first_of("\"\\");
    if (end == std::string_view::npos || rest_[end] != '"') return false;
    out = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return true;
  }

  std::string_view rest_;
  std::string_view name_;
};

Outcome<Members> members_of(const json::object& object) {
  Members out;
  std::string missing;
  const auto member = [&](const char* name) -> const json::value* {
    const auto* found = object.if_contains(name);
    if (found == nullptr && missing.empty()) missing = name;
    return found;
  };
  const auto number = [&](const char* name, std::uint64_t& to) {
    const auto* value = member(name);
    boost::system::error_code bad;
    if (value != nullptr && value->is_number()) to = value->to_number<std::uint64_t>(bad);
    if ((bad || (value != nullptr && !value->is_number())) && missing.empty()) missing = name;
  };
  const auto text = [&](const char* name, std::string_view& to) {
    const auto* value = member(name);
    if (value != nullptr && value->is_string()) to = value->as_string();
    if (value != nullptr && !value->is_string() && missing.empty()) missing = name;
  };
  number("seq", out.seq);
  number("time", out.time);
  number("cause", out.cause);
  number("kindNumber", out.kind);
  const auto* more = member("more");
  out.more = more != nullptr && more->is_bool() && more->as_bool();
  text("domain", out.domain);
  text("prev", out.prev);
  text("hash", out.hash);
  text("payload", out.payload);
  if (!missing.empty()) return refuse(Trouble::file_form, "it has no " + missing);
  return out;
}

Outcome<Bytes> record_of(const Members& members) {
  const auto domain = parse_domain(members.domain);
  const auto prev = fixed_from_hex<Hash32>(members.prev);
  const auto hash = fixed_from_hex<Hash32>(members.hash);
  const auto payload = from_hex(members.payload);
  if (!domain || !prev || !hash || !payload || members.kind > UINT16_MAX) {
    return refuse(Trouble::file_form, "domain, kindNumber, prev, hash or payload is none");
  }
  RecordHeader header;
  header.seq = members.seq;
  header.time_ms = members.time;
  header.cause = members.cause;
  header.kind = static_cast<std::uint16_t>(members.kind);
  header.more = members.more;
  header.domain = *domain;
  header.prev = *prev;
  const auto bytes = encode(header);
  if (const auto got = record_hash(bytes, sha256(*payload)); got != *hash) {
    return refuse(Trouble::file_form, "hash: wanted " + to_hex(*hash) + ", got " + to_hex(got));
  }
  Bytes out;
  out.reserve(bytes.size() + payload->size());
  out.insert(out.end(), bytes.begin(), bytes.end());
  out.insert(out.end(), payload->begin(), payload->end());
  return out;
}

}  // namespace

void append_line(std::string& out, const RecordView& record, const json::object& described) {
  const auto& header = record.header;
  const auto number = [&](const char* name, std::uint64_t value) {
    out += name;
    out += std::to_string(value);
  };
  const auto text = [&](const char* name, std::string_view value) {
    out += name;
    out += value;
  };
  number("{\"seq\":", header.seq);
  number(",\"time\":", header.time_ms);
  number(",\"cause\":", header.cause);
  text(",\"more\":", header.more ? "true" : "false");
  text(",\"domain\":\"", described.at("domain").as_string());
  text("\",\"kind\":\"", described.at("kind").as_string());
  number("\",\"kindNumber\":", header.kind);
  text(",\"prev\":\"", to_hex(header.prev));
  text("\",\"hash\":\"", described.at("hash").as_string());
  text("\",\"payload\":\"", to_hex(record.payload));
  text("\",\"fact\":", json::serialize(described.at("fact")));
  if (const auto* l1 = described.if_contains("l1Time")) {
    number(",\"l1Time\":", l1->to_number<std::uint64_t>());
  }
  out += "}\n";
}

Outcome<Bytes> record_of_line(std::string_view line) {
  Members members;
  if (Written(line).read(members)) return record_of(members);
  boost::system::error_code error;
  const auto parsed = json::parse(line, error);
  const auto* object = parsed.if_object();
  if (error || object == nullptr) return refuse(Trouble::file_form, "no JSON object");
  const auto read = members_of(*object);
  if (!read) return tl::unexpected(read.error());
  return record_of(*read);
}

}  // namespace horae::replay
