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

constexpr std::array columns_of_actors{
    Column{"actor", 17, false, 0, Sort::name, [](Actor a) { return printable(a.getName()); }},
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

// What the others leave is the last one's.
std::size_t width_of(const std::vector<const Column*>& shown, std::size_t i, std::size_t columns) {
  if (i + 1 < shown.size() || shown[i]->to_the_right) return shown[i]->width;
  std::size_t taken = 1;
  for (std::size_t n = 0; n + 1 < shown.size(); ++n) taken += shown[n]->width + 1;
  return columns > taken ? columns - taken : 0;
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
  Table out;
  std::string titles = " ";
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const auto& column = *shown[i];
    std::string title = column.title;
    if (column.sort == view.sort && view.sort != Sort::start) {
      title += view.reverse ? glyphs.up : glyphs.down;
    }
    const auto width = width_of(shown, i, columns);
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
      const auto width = width_of(shown, i, columns);
      const auto cell = shown[i]->cell(actor);
      row += (shown[i]->to_the_right ? to_right(cell, width) : to_left(cell, width)) + " ";
    }
    out.rows.push_back(cut({{row, selected ? Style::bar : style_of(actor, lint)}}, columns, true));
  }
  return out;
}

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
  const std::size_t name = columns >= 60 ? 18 : 12;
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

}  // namespace horae::inspect
