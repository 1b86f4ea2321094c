#include "tools/inspect/screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "tools/inspect/lines.hpp"

namespace horae::inspect {
namespace {

constexpr std::size_t least_body = 3;  // rows of it that nothing but a tiny terminal takes away

// Lines for what is usually short: a large terminal has more of them.
std::size_t most_lints(Size size) { return std::max<std::size_t>(3, size.rows / 8); }

// The body's titles and lines, and what stands above and, where there is room, below them.
struct Parts {
  std::vector<Line> head;
  std::vector<Line> titles;
  std::vector<Line> body;
  std::function<std::vector<Line>(std::size_t rows)> below = [](auto) {
    return std::vector<Line>();
  };
  const char* keys = "";
};

std::vector<Line> lint_lines(const Scene& scene, std::size_t most) {
  std::vector<Line> out;
  for (const auto& lint : scene.lints) {
    if (out.size() + 1 == most && scene.lints.size() > most) {
      out.push_back({{fmt::format("! and {} more", scene.lints.size() - out.size()), Style::warn}});
      break;
    }
    out.push_back(
        {{"! " + lint.what, lint.kind == Lint::Kind::busy_long ? Style::alarm : Style::warn}});
  }
  return out;
}

// The chosen actor's place; where nothing is chosen, or it is gone, the first.
std::size_t choose(const Scene& scene, View& view, const std::vector<unsigned>& order) {
  const auto actors = (**scene.snapshot).getActors();
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (view.selected == actors[order[i]].getName().cStr()) return i;
  }
  if (!order.empty()) view.selected = actors[order.front()].getName().cStr();
  return 0;
}

Parts actors_page(const Scene& scene, View& view, Size size, const Glyphs& glyphs,
                  std::size_t& selected) {
  Parts out;
  const auto order = sorted_actors(**scene.snapshot, view);
  selected = choose(scene, view, order);
  auto table = actors_table(scene, view, order, size.columns, glyphs);
  out.head = node_lines(scene, size, glyphs);
  out.titles = {std::move(table.titles)};
  out.body = std::move(table.rows);
  out.below = [&scene, size, &glyphs](std::size_t rows) {
    return edges_below(scene, rows, size.columns, glyphs);
  };
  out.keys = "? help  q quit  Enter actor  e edges  s sort  r reverse  p pause";
  return out;
}

Parts actor_page(const Scene& scene, const View& view, Size size, const Glyphs& glyphs) {
  Parts out;
  out.head = actor_head(scene, view, size, glyphs);
  const bool mine = scene.watched == view.selected;
  const auto* still = view.scroll > 0 ? ", standing still (Home goes on)" : "";
  out.titles = {cut({{fmt::format("messages to it, newest first{}", still), Style::bar}},
                    size.columns, true)};
  if (mine) out.body = actor_messages(scene, size.columns, glyphs);
  if (out.body.empty()) {
    out.body = {{{"none since this was opened", Style::dim}}};
  }
  out.keys = "? help  q quit  Esc back  up/down scroll  e edges  p pause";
  return out;
}

Parts edges_page(const Scene& scene, const View& view, Size size, const Glyphs& glyphs) {
  Parts out;
  auto table = edges_table(scene, view, size.columns, glyphs);
  out.titles = {std::move(table.titles)};
  out.body = std::move(table.rows);
  out.keys = "? help  q quit  Esc back  up/down scroll  r reverse  p pause";
  return out;
}

Parts help_page(Size size) {
  Parts out;
  out.body = help_lines(size.columns);
  out.keys = "q quit  any other key back";
  return out;
}

}  // namespace

Layout lay_out(const Scene& scene, View view, Size size, const Glyphs& glyphs) {
  Parts parts;
  std::size_t selected = 0;
  if (view.page == Page::help) {
    parts = help_page(size);
  } else if (!scene.snapshot) {
    parts.keys = "q quit";
  } else if (view.page == Page::actor) {
    parts = actor_page(scene, view, size, glyphs);
  } else if (view.page == Page::edges) {
    parts = edges_page(scene, view, size, glyphs);
  } else {
    parts = actors_page(scene, view, size, glyphs, selected);
  }

  Layout out;
  auto& lines = out.lines;
  if (size.rows > 0) lines.push_back(title_line(scene, view, size.columns));
  if (!scene.trouble.empty()) lines.push_back({{scene.trouble, Style::alarm}});
  // What is above the body makes room for it, the least important first.
  const auto fixed = lines.size() + parts.titles.size() + least_body + 1;
  auto room = size.rows > fixed ? size.rows - fixed : 0;
  std::vector<Line> lints;
  if (view.page != Page::help) lints = lint_lines(scene, std::min(most_lints(size), room));
  room -= std::min(room, lints.size());
  parts.head.resize(std::min(parts.head.size(), room));
  for (auto& line : parts.head) lines.push_back(std::move(line));
  for (auto& line : lints) lines.push_back(std::move(line));
  for (auto& line : parts.titles) lines.push_back(std::move(line));

  const auto rows = size.rows > lines.size() + 1 ? size.rows - lines.size() - 1 : 0;
  const auto last = parts.body.size() > rows ? parts.body.size() - rows : 0;
  if (view.page == Page::actors) {  // the scroll follows the choice
    if (selected < view.scroll) view.scroll = selected;
    if (rows > 0 && selected >= view.scroll + rows) view.scroll = selected + 1 - rows;
  }
  view.scroll = std::min(view.scroll, last);
  view.page_rows = std::max<std::size_t>(rows, 1);
  const auto shown = std::min(rows, parts.body.size());
  for (std::size_t i = 0; i < shown; ++i) lines.push_back(std::move(parts.body[view.scroll + i]));
  auto below = parts.below(rows - shown);
  below.resize(rows - shown);
  for (auto& line : below) lines.push_back(std::move(line));
  if (lines.size() < size.rows) {
    lines.push_back(cut({{parts.keys, Style::dim}}, size.columns));
  }
  lines.resize(std::min(lines.size(), size.rows));
  for (auto& line : lines) line = cut(std::move(line), size.columns);
  out.view = std::move(view);
  return out;
}

}  // namespace horae::inspect
