#include <fmt/format.h>

#include <algorithm>

#include "tools/inspect/lines.hpp"
#include "tools/inspect/words.hpp"

namespace horae::inspect {
namespace {

using schema::Inspector;

constexpr std::size_t indent = 2;

// Of edges in, and out; the edges' own page has all.
std::size_t most_edge_lines(Size size) { return std::max<std::size_t>(3, size.rows / 10); }

// "in   door 1 25.1/s (932) · door 2 …": the busiest first.
void add_edges(std::vector<Line>& out, const char* label,
               std::vector<std::pair<std::string, Inspector::Edge::Reader>> edges, Size size,
               const Glyphs& glyphs) {
  const auto columns = size.columns;
  std::ranges::stable_sort(edges, [](const auto& a, const auto& b) {
    return a.second.getMessages() > b.second.getMessages();
  });
  std::string line = to_left(label, 5);
  bool first = true;
  const auto before = out.size();
  for (const auto& [name, edge] : edges) {
    const auto words =
        fmt::format("{} {:.1f}/s ({})", name, edge.getRate(), count(edge.getMessages()));
    if (!first && columns_of(line) + 3 + words.size() > columns) {
      out.push_back(cut({{line}}, columns));
      if (out.size() == before + most_edge_lines(size)) return;
      line = std::string(5, ' ');
      first = true;
    }
    line += (first ? "" : fmt::format(" {} ", glyphs.dot)) + words;
    first = false;
  }
  if (edges.empty()) line += "nobody so far";
  out.push_back(cut({{line}}, columns));
}

}  // namespace

HeardMessage heard(Inspector::Message::Reader message) {
  return {message.getNumber(),
          message.getTime(),
          printable(message.getFrom()),
          printable(message.getKind()),
          message.getAnswer(),
          message.getBytes(),
          printable(message.getDecoded()),
          message.getCut()};
}

std::vector<Line> actor_head(const Scene& scene, const View& view, Size size,
                             const Glyphs& glyphs) {
  const auto columns = size.columns;
  const auto snapshot = **scene.snapshot;
  std::vector<Line> out;
  for (const auto actor : snapshot.getActors()) {
    if (printable(actor.getName()) != view.selected) continue;
    const auto latency = actor.getLatency();
    out.push_back(
        cut({{view.selected, Style::bold},
             {fmt::format("  {}  {} waiting  {:.1f}/s  busy {:.1f}%", state(actor),
                          actor.getMailboxDepth(), actor.getRate(), actor.getBusyShare() / 10.0)}},
            columns));
    out.push_back(cut(
        {{fmt::format("handlers: p50 {}, p99 {} (since the start {}, {})",
                      duration(latency.getP50()), duration(latency.getP99()),
                      duration(latency.getP50SinceStart()), duration(latency.getP99SinceStart()))}},
        columns));
  }
  if (out.empty())
    out.push_back(cut({{view.selected + " is not there any more", Style::warn}}, columns));
  std::vector<std::pair<std::string, Inspector::Edge::Reader>> in;
  std::vector<std::pair<std::string, Inspector::Edge::Reader>> to;
  for (const auto edge : snapshot.getEdges()) {
    if (printable(edge.getTo()) == view.selected) in.emplace_back(printable(edge.getFrom()), edge);
    if (printable(edge.getFrom()) == view.selected) to.emplace_back(printable(edge.getTo()), edge);
  }
  add_edges(out, "in", std::move(in), size, glyphs);
  add_edges(out, "out", std::move(to), size, glyphs);
  return out;
}

std::vector<Line> actor_messages(const Scene& scene, std::size_t columns, const Glyphs& glyphs) {
  std::vector<Line> out;
  const auto width = std::max<std::size_t>(columns, indent + 1) - indent;
  for (auto message = scene.messages.rbegin(); message != scene.messages.rend(); ++message) {
    out.push_back(
        cut({{fmt::format("{} {} {}{}", clock_time(message->time_ms), message->from, message->kind,
                          message->answer ? " (answer)" : ""),
              Style::bold},
             {message->bytes > 0 ? fmt::format("  {} bytes", message->bytes) : "", Style::dim}},
            columns));
    for (auto& line : wrapped(message->decoded, width)) {
      out.push_back(cut({{std::string(indent, ' ') + line}}, columns));
    }
    if (message->cut) {
      out.push_back(cut({{fmt::format("  {} cut here", glyphs.rule), Style::dim}}, columns));
    }
  }
  return out;
}

}  // namespace horae::inspect
