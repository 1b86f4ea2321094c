#include "node/logging/format.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <ctime>

namespace horae::logging {
namespace {

constexpr std::array<std::string_view, 4> levels{"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 3> forms{"text", "logfmt", "json"};

struct Character {
  std::size_t length = 1;
  std::uint32_t code = 0;
  bool valid = false;
};

// RFC 3629: no overlong form, no surrogate, nothing beyond U+10FFFF.
Character first_of(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  const auto lead = at(0);
  if (lead < 0x80) return {1, lead, true};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || bytes.size() < length) return {};
  std::uint32_t code = lead & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (at(i) & 0x3fu);
  }
  constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {};
  return {length, code, true};
}

// What moves a terminal's cursor, ends a line, or turns text around.
bool harmful(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
         (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
         code == 0x200e || code == 0x200f || code == 0xfeff;
}

// Appends bytes; quoted: they stand between quotation marks. What is escaped in json is escaped as
// json wants it; an invalid byte is \xNN there, too, as text.
void put(std::string& out, std::string_view bytes, Form form, bool quoted) {
  while (!bytes.empty()) {
    const auto next = first_of(bytes);
    if (!next.valid) {
      out += fmt::format("{}x{:02x}", form == Form::json ? "\\\\" : "\\",
                         static_cast<std::uint8_t>(bytes[0]));
    } else if (harmful(next.code)) {
      if (next.code == '\n') {
        out += "\\n";
      } else if (next.code == '\t') {
        out += "\\t";
      } else {
        out += fmt::format("\\u{:04x}", next.code);
      }
    } else if (quoted && (next.code == '"' || next.code == '\\')) {
      out += '\\';
      out += bytes[0];
    } else {
      out += bytes.substr(0, next.length);
    }
    bytes.remove_prefix(next.length);
  }
}

bool bare(std::string_view value) {
  if (value.empty()) return false;
  for (const char c : value) {
    if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) return false;
  }
  return true;
}

void put_value(std::string& out, std::string_view value, Form form) {
  if (form != Form::json && bare(value)) return put(out, value, form, false);
  out += '"';
  put(out, value, form, true);
  out += '"';
}

void put_detail(std::string& out, const Detail& detail, Form form) {
  if (form == Form::json) {
    out += fmt::format(",\"{}\":", detail.name);
  } else {
    out += fmt::format(" {}=", detail.name);
  }
  if (const auto* text = std::get_if<std::string>(&detail.value))
    return put_value(out, *text, form);
  if (const auto* number = std::get_if<std::uint64_t>(&detail.value)) {
    out += std::to_string(*number);
  } else {
    out += std::to_string(std::get<std::int64_t>(detail.value));
  }
}

// RFC 3339, UTC, to the millisecond.
std::string time_of(std::uint64_t time_ms) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(static_cast<std::time_t>(time_ms / 1000)), time_ms % 1000);
}

std::string upper(std::string_view name) {
  std::string out(name);
  for (auto& c : out) c = static_cast<char>(c - 'a' + 'A');
  return out;
}

}  // namespace

std::string line(Form form, std::uint64_t time_ms, Level level, std::string_view who,
                 std::string_view what, Details details) {
  std::string out;
  switch (form) {
    case Form::text:
      out = fmt::format("{} {:<5} ", time_of(time_ms), upper(name_of(level)));
      put(out, who, form, false);
      out += ": ";
      put(out, what, form, false);
      break;
    case Form::logfmt:
      out = fmt::format("time={} level={} who=", time_of(time_ms), name_of(level));
      put_value(out, who, form);
      out += " msg=";
      put_value(out, what, form);
      break;
    case Form::json:
      out = fmt::format(R"({{"time":"{}","level":"{}","who":)", time_of(time_ms), name_of(level));
      put_value(out, who, form);
      out += R"(,"msg":)";
      put_value(out, what, form);
      break;
  }
  for (const auto& detail : details) put_detail(out, detail, form);
  out += form == Form::json ? "}\n" : "\n";
  return out;
}

std::string printable(std::string_view bytes) {
  std::string out;
  put(out, bytes, Form::text, false);
  return out;
}

std::string_view name_of(Level level) { return levels[static_cast<std::size_t>(level)]; }

std::optional<Level> level_called(std::string_view name) {
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (levels[i] == name) return static_cast<Level>(i);
  }
  return std::nullopt;
}

std::optional<Form> form_called(std::string_view name) {
  for (std::size_t i = 0; i < forms.size(); ++i) {
    if (forms[i] == name) return static_cast<Form>(i);
  }
  return std::nullopt;
}

}  // namespace horae::logging
