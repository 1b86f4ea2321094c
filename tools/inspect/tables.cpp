#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>

#include "tools/inspect/lines.hpp"
#include "tools/inspect/words.hpp"

namespace horae::inspect {
namespace {

using schema::Inspector;
using Actor = Inspector::Actor::Reader;

struct Column {
  const char* title;
  std::size_t width;
  bool to_the_right;
  unsigned rank;  // the higher, the sooner it is left out
  Sort sort;      // start: not sorted by
  std::string (*cell)(Actor);
};

std::string percent(Actor actor) {
  const auto share = actor.getBusyShare();
  return share >= 1000 ? "100%" : fmt::format("{:.1f}%", share / 10.0);
}

constexpr std::size_t last_width = 12;
constexpr std::size_t name_width = 17;

constexpr std::array columns_of_actors{
    Column{"actor", name_width, false, 0, Sort::name,
           [](Actor a) { return printable(a.getName()); }},
    Column{"state", 11, false, 1, Sort::start, [](Actor a) { return state(a); }},
    Column{"waits", 6, true, 2, Sort::waits, [](Actor a) { return count(a.getMailboxDepth()); }},
    Column{"/s", 7, true, 3, Sort::rate,
           [](Actor a) { return fmt::format("{:.1f}", a.getRate()); }},
    Column{"busy", 6, true, 5, Sort::busy, percent},
    Column{"p50", 6, true, 6, Sort::p50, [](Actor a) { return duration(a.getLatency().getP50()); }},
    Column{"p99", 6, true, 4, Sort::p99, [](Actor a) { return duration(a.getLatency().getP99()); }},
    Column{"done", 7, true, 8, Sort::start, [](Actor a) { return count(a.getMessages()); }},
    Column{"facts", 7, true, 9, Sort::start, [](Actor a) { return count(a.getFacts()); }},
    Column{"ever p99", 8, true, 10, Sort::start,
           [](Actor a) { return duration(a.getLatency().getP99SinceStart()); }},
    Column{"last", last_width, false, 7, Sort::start,
           [](Actor a) { return printable(a.getLastMessage()); }},
};

// Which of them there is room for, beside the mark in front.
std::vector<const Column*> chosen(std::size_t columns) {
  std::vector<const Column*> by_rank;
  for (const auto& column : columns_of_actors) by_rank.push_back(&column);
  std::ranges::sort(by_rank, {}, &Column::rank);
  std::vector<const Column*> out;
  std::size_t taken = 1;
  for (const auto* column : by_rank) {
    if (!out.empty() && taken + column->width + 1 > columns) break;
    taken += column->width + 1;
    out.push_back(column);
  }
  std::ranges::sort(out);  // as they stand in the array
  return out;
}

// The longest name of an actor, or of an edge's end.
std::size_t longest_name(Inspector::Snapshot::Reader snapshot) {
  std::size_t out = 0;
  for (const auto actor : snapshot.getActors())
    out = std::max<std::size_t>(out, actor.getName().size());
  for (const auto edge : snapshot.getEdges())
    out = std::max<std::size_t>(out, edge.getFrom().size());
  return out;
}

// Names that are longer than usual have what the others leave, and the last column the rest of it.
std::vector<std::size_t> widths_of(const std::vector<const Column*>& shown, std::size_t columns,
                                   std::size_t longest) {
  std::vector<std::size_t> out;
  std::size_t taken = 1;
  for (const auto* column : shown) {
    out.push_back(column->width);
    taken += column->width + 1;
  }
  auto left = columns > taken ? columns - taken : 0;
  const auto more = std::min(left, longest > out.front() ? longest - out.front() : 0);
  out.front() += more;
  if (!shown.back()->to_the_right) out.back() += left - more;
  return out;
}

const Lint* lint_of(const Scene& scene, const std::string& actor) {
  const auto found = std::ranges::find(scene.lints, actor, &Lint::actor);
  return found == scene.lints.end() ? nullptr : &*found;
}

Style style_of(Actor actor, const Lint* lint) {
  if (actor.getState() == Inspector::State::STUCK) return Style::alarm;
  return lint != nullptr ? Style::warn : Style::plain;
}

}  // namespace

std::vector<unsigned> sorted_actors(Inspector::Snapshot::Reader snapshot, const View& view) {
  const auto actors = snapshot.getActors();
  std::vector<unsigned> order(actors.size());
  std::iota(order.begin(), order.end(), 0u);
  // Largest first, names from a to z; equal ones stay in the order of their start.
  const auto by = [&](auto key) {
    std::ranges::stable_sort(order, std::greater{}, [&](unsigned i) { return key(actors[i]); });
  };
  switch (view.sort) {
    case Sort::start:
      break;
    case Sort::name:
      std::ranges::stable_sort(order, {},
                               [&](unsigned i) { return std::string(actors[i].getName()); });
      break;
    case Sort::waits:
      by([](Actor a) { return a.getMailboxDepth(); });
      break;
    case Sort::rate:
      by([](Actor a) { return a.getRate(); });
      break;
    case Sort::busy:
      by([](Actor a) { return a.getBusyShare(); });
      break;
    case Sort::p50:
      by([](Actor a) { return a.getLatency().getP50(); });
      break;
    case Sort::p99:
      by([](Actor a) { return a.getLatency().getP99(); });
      break;
  }
  if (view.reverse) std::ranges::reverse(order);
  return order;
}

Table actors_table(const Scene& scene, const View& view, const std::vector<unsigned>& order,
                   std::size_t columns, const Glyphs& glyphs) {
  const auto shown = chosen(columns);
  const auto widths = widths_of(shown, columns, longest_name(**scene.snapshot));
  Table out;
  std::string titles = " ";
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const auto& column = *shown[i];
    std::string title = column.title;
    if (column.sort == view.sort && view.sort != Sort::start) {
      title += view.reverse ? glyphs.up : glyphs.down;
    }
    const auto width = widths[i];
    const auto fill = std::string(width - std::min(width, columns_of(title)), ' ');
    titles += (column.to_the_right ? fill + title : title + fill) + " ";
  }
  out.titles = cut({{titles, Style::bar}}, columns, true);
  const auto actors = (**scene.snapshot).getActors();
  for (const auto place : order) {
    const auto actor = actors[place];
    const auto name = printable(actor.getName());
    const auto* lint = lint_of(scene, name);
    const bool selected = name == view.selected;
    std::string row = lint != nullptr ? "!" : selected ? ">" : " ";
    for (std::size_t i = 0; i < shown.size(); ++i) {
      const auto cell = shown[i]->cell(actor);
      row += (shown[i]->to_the_right ? to_right(cell, widths[i]) : to_left(cell, widths[i])) + " ";
    }
    out.rows.push_back(cut({{row, selected ? Style::bar : style_of(actor, lint)}}, columns, true));
  }
  return out;
}

// Columns of an edge's line beside its two names.
static constexpr std::size_t edge_figures = 25;

Table edges_table(const Scene& scene, const View& view, std::size_t columns, const Glyphs& glyphs) {
  const auto edges = (**scene.snapshot).getEdges();
  std::vector<unsigned> order(edges.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, [&](unsigned a, unsigned b) {
    return edges[a].getRate() != edges[b].getRate()
               ? edges[a].getRate() > edges[b].getRate()
               : edges[a].getMessages() > edges[b].getMessages();
  });
  if (view.reverse) std::ranges::reverse(order);
  Table out;
  // Beside two names stand the mark between them, the rate and the messages.
  const auto room = columns > edge_figures ? (columns - edge_figures) / 2 : 0;
  const auto name = std::min(std::max(name_width + 1, longest_name(**scene.snapshot)),
                             std::max<std::size_t>(room, 12));
  const auto rate_title = std::string("/s") + (view.reverse ? glyphs.up : glyphs.down);
  out.titles = cut({{fmt::format(" {} {} {} {} {}", to_left("from", name), " ", to_left("to", name),
                                 std::string(6, ' ') + rate_title, to_right("messages", 9)),
                     Style::bar}},
                   columns, true);
  for (const auto place : order) {
    const auto edge = edges[place];
    out.rows.push_back(
        cut({{fmt::format(" {} {} {} {:>9.1f} {:>9}", to_left(printable(edge.getFrom()), name),
                          glyphs.to, to_left(printable(edge.getTo()), name), edge.getRate(),
                          count(edge.getMessages()))}},
            columns));
  }
  return out;
}

std::vector<Line> edges_below(const Scene& scene, std::size_t rows, std::size_t columns,
                              const Glyphs& glyphs) {
  constexpr std::size_t above = 2, few = 3, apart = 2;  // an empty line and the titles
  const auto edges = (**scene.snapshot).getEdges().size();
  if (edges == 0 || rows < above + few) return {};
  const auto least = edge_figures + 2 * (name_width + 1);
  const auto beside = std::max<std::size_t>(1, (columns + apart) / (least + apart));
  const auto width = beside == 1 ? columns : (columns + apart) / beside - apart;
  const auto table = edges_table(scene, {}, width, glyphs);
  const auto room = rows - above;
  // Side by side only what does not stand one below the other.
  const auto used = std::min(beside, (table.rows.size() + room - 1) / room);
  std::vector<Line> out(1);
  out.push_back({});
  for (std::size_t i = 0; i < used; ++i) {
    for (const auto& span : table.titles) out[1].push_back(span);
    if (i + 1 < used) out[1].push_back({std::string(apart, ' '), Style::bar});
  }
  out[1] = cut(std::move(out[1]), columns, true);
  for (std::size_t row = 0; row < std::min(room, table.rows.size()); ++row) {
    Line line;
    for (auto at = row; at < std::min(table.rows.size(), used * room); at += room) {
      for (const auto& span : cut(table.rows[at], width, true)) line.push_back(span);
      line.push_back({std::string(apart, ' ')});
    }
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace horae::inspect
