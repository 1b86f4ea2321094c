#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/inspect/screen.hpp"

// What the pages are made of.
namespace horae::inspect {

/// Cut or filled up to so many columns; ASCII only.
[[nodiscard]] std::string to_left(std::string_view text, std::size_t columns);
[[nodiscard]] std::string to_right(std::string_view text, std::size_t columns);
/// Columns of a text with our own glyphs in it.
[[nodiscard]] std::size_t columns_of(std::string_view text);
/// A line no wider than that; filled up with its last style where fill is said.
[[nodiscard]] Line cut(Line line, std::size_t columns, bool fill = false);

/// The actors of a snapshot as the view sorts them: their places in it.
[[nodiscard]] std::vector<unsigned> sorted_actors(schema::Inspector::Snapshot::Reader snapshot,
                                                  const View& view);

/// The table's titles and its rows, in that order.
struct Table {
  Line titles;
  std::vector<Line> rows;
};
[[nodiscard]] Table actors_table(const Scene& scene, const View& view,
                                 const std::vector<unsigned>& order, std::size_t columns,
                                 const Glyphs& glyphs);
[[nodiscard]] Table edges_table(const Scene& scene, const View& view, std::size_t columns,
                                const Glyphs& glyphs);
/// The busiest edges in so many rows, side by side where there are columns for that; nothing where
/// there is no room for a few.
[[nodiscard]] std::vector<Line> edges_below(const Scene& scene, std::size_t rows,
                                            std::size_t columns, const Glyphs& glyphs);

/// About one actor: its figures and edges, and its messages, newest first.
[[nodiscard]] std::vector<Line> actor_head(const Scene& scene, const View& view, Size size,
                                           const Glyphs& glyphs);
[[nodiscard]] std::vector<Line> actor_messages(const Scene& scene, std::size_t columns,
                                               const Glyphs& glyphs);
[[nodiscard]] std::vector<Line> help_lines(std::size_t columns);

/// About the node: the most important first.
[[nodiscard]] Line title_line(const Scene& scene, const View& view, std::size_t columns);
[[nodiscard]] std::vector<Line> node_lines(const Scene& scene, Size size, const Glyphs& glyphs);

}  // namespace horae::inspect
