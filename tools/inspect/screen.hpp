#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tools/inspect/attach.hpp"
#include "tools/inspect/lints.hpp"

// What the live screen shows, as a pure function of what is known, what the user chose and how much
// room there is. terminal.cpp puts it on a terminal.
namespace horae::inspect {

enum class Style { plain, bold, dim, bar, warn, alarm };
struct Span {
  std::string text;  // one column a character
  Style style = Style::plain;
};
using Line = std::vector<Span>;

struct Size {
  std::size_t rows = 24;
  std::size_t columns = 80;
};

/// What a terminal without UTF-8 cannot show.
struct Glyphs {
  const char* down;
  const char* up;
  const char* to;
  const char* dot;
  const char* rule;
};
inline constexpr Glyphs unicode_glyphs{"▼", "▲", "→", "·", "─"};
inline constexpr Glyphs ascii_glyphs{"v", "^", ">", "|", "-"};

/// A message of the watched actor; decoded is printable ASCII.
struct HeardMessage {
  std::uint64_t number = 0;
  std::uint64_t time_ms = 0;
  std::string from;
  std::string kind;
  bool answer = false;
  std::uint64_t bytes = 0;
  std::string decoded;
  bool cut = false;
};
[[nodiscard]] HeardMessage heard(schema::Inspector::Message::Reader message);

/// What is known.
struct Scene {
  std::shared_ptr<const Snapshot> snapshot;  // the newest one; none before the first
  std::vector<Lint> lints;
  std::string watched;                 // whose messages these are
  std::vector<HeardMessage> messages;  // oldest first
  std::string trouble;                 // why there is nothing newer; empty: all is well
};

enum class Page { actors, actor, edges, help };
enum class Sort { start, name, waits, rate, busy, p50, p99 };

/// What the user chose.
struct View {
  Page page = Page::actors;
  Page before_help = Page::actors;
  Sort sort = Sort::start;
  bool reverse = false;
  bool paused = false;
  std::string selected;    // an actor's name; empty: the first of the table
  std::size_t scroll = 0;  // lines of the body above the screen
  std::size_t page_rows = 10;
};

/// A screen, at most as large as there is room, and the view as it came out: what was out of bounds
/// is within.
struct Layout {
  std::vector<Line> lines;
  View view;
};
[[nodiscard]] Layout lay_out(const Scene& scene, View view, Size size, const Glyphs& glyphs);

/// Columns that a line takes.
[[nodiscard]] std::size_t columns_of(const Line& line);
[[nodiscard]] std::string text_of(const Line& line);

}  // namespace horae::inspect
