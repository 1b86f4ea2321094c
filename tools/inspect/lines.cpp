#include "tools/inspect/lines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tools/inspect/words.hpp"

namespace horae::inspect {
namespace {

constexpr std::size_t label = 9;

}  // namespace

std::string to_left(std::string_view text, std::size_t columns) {
  return fmt::format("{:<{}.{}}", text, columns, columns);
}
std::string to_right(std::string_view text, std::size_t columns) {
  return fmt::format("{:>{}.{}}", text, columns, columns);
}

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

std::size_t columns_of(const Line& line) {
  std::size_t out = 0;
  for (const auto& span : line) out += columns_of(span.text);
  return out;
}

std::string text_of(const Line& line) {
  std::string out;
  for (const auto& span : line) out += span.text;
  return out;
}

Line cut(Line line, std::size_t columns, bool fill) {
  Line out;
  for (auto& span : line) {
    std::size_t bytes = 0;
    while (bytes < span.text.size()) {
      const auto next = static_cast<unsigned char>(span.text[bytes]);
      if ((next & 0xc0) != 0x80) {
        if (columns == 0) break;
        --columns;
      }
      ++bytes;
    }
    span.text.resize(bytes);
    out.push_back(std::move(span));
  }
  if (fill && columns > 0) {
    if (out.empty()) out.push_back({});
    out.back().text.append(columns, ' ');
  }
  return out;
}

Line title_line(const Scene& scene, const View& view, std::size_t columns) {
  if (!scene.snapshot)
    return cut({{"horae: waiting for the first snapshot", Style::bar}}, columns, true);
  const auto snapshot = **scene.snapshot;
  const auto node = snapshot.getNode();
  const auto left = fmt::format("horae {}  pid {}  up {}", printable(node.getVersion()),
                                node.getPid(), elapsed(node.getUptimeMs()));
  const auto right =
      fmt::format("{}{} UTC", view.paused ? "PAUSED  " : "", date_time(snapshot.getTime()));
  const auto gap =
      columns > left.size() + right.size() + 1 ? columns - left.size() - right.size() : 2;
  return cut({{left + std::string(gap, ' ') + right, Style::bar}}, columns, true);
}

std::vector<Line> node_lines(const Scene& scene, Size size, const Glyphs& glyphs) {
  if (!scene.snapshot) return {};
  const auto snapshot = **scene.snapshot;
  const auto journal = snapshot.getJournal();
  const auto engine = snapshot.getEngine();
  const auto l1 = snapshot.getL1();
  const auto room = snapshot.getRoom();
  const auto between = fmt::format(" {} ", glyphs.dot);
  const auto condition = snapshot.getCondition();
  const std::string doing(condition.getState().cStr());
  std::vector<Line> out;
  const auto style = doing == "stuck"     ? Style::alarm
                     : doing == "waiting" ? Style::warn
                                          : Style::bold;
  const auto most_state_lines = std::max<std::size_t>(2, size.rows / 10);
  for (auto& words :
       wrapped(printable(condition.getWords()), std::max(size.columns, label + 1) - label)) {
    if (out.size() == most_state_lines) break;
    out.push_back({{to_left(out.empty() ? "state" : "", label)}, {std::move(words), style}});
  }
  out.push_back(
      {{fmt::format("heads    engine {}, sealed {}{}L1 {}, confirmed {}, finalized {}",
                    engine.getHead(), engine.getSealedHead(), between, known(l1.getHead()),
                    known(l1.getConfirmed()), known(l1.getFinalized())),
        l1.getState() == "following" ? Style::plain : Style::warn}});
  out.push_back({{fmt::format(
      "journal  seq {}{}{:.1f} facts a commit{}commit {}, last {}, slowest {}", journal.getSeq(),
      between, journal.getMeanBatch(), between, duration(journal.getMeanCommitUs() * 1000),
      duration(journal.getLastCommitUs() * 1000), duration(journal.getSlowestCommitUs() * 1000))}});
  const std::string roomy(room.getState().cStr());
  out.push_back(
      {{"room     "},
       {with_reason(room.getState(), room.getReason()), roomy == "scarce"   ? Style::warn
                                                        : roomy == "closed" ? Style::alarm
                                                                            : Style::plain},
       {fmt::format("{}log {} MiB of {}, {} MiB free on its disk", between,
                    room.getUsedBytes() >> 20, room.getMapBytes() >> 20,
                    room.getDiskFreeBytes() >> 20)}});
  const auto verification = snapshot.getVerification();
  if (verification.getState() == "running") {
    out.push_back({{fmt::format("verified {} of {} records, {}/s", verification.getDone(),
                                verification.getTotal(), verification.getRate())}});
  }
  for (const auto words : condition.getBesides()) {
    out.push_back({{"besides  " + printable(words), Style::warn}});
  }
  return out;
}

std::vector<Line> help_lines(std::size_t columns) {
  static constexpr const char* text[] = {
      "up, down, k, j   choose an actor, or scroll",
      "PgUp, PgDn       by a page; Home, End: first and last",
      "Enter            the chosen actor: who sends to it, its last messages",
      "Esc, Backspace   back",
      "e                edges: who sends how much to whom",
      "s                sort by the next column; r: the other way round",
      "p, Space         keep the picture still; again: go on",
      "?                this help; q: quit",
      "",
      "state  idle, busy with a message, or stuck: at the same one for 5 s or more",
      "waits  messages in the mailbox behind the one in hand",
      "/s     messages handled a second, over the last ten seconds",
      "busy   part of these ten seconds that it worked",
      "p50    half of its handlers took no longer (over the same ten seconds)",
      "p99    99 of 100 took no longer; both at most an eighth too long",
      "last   the message in hand, or the one handled last",
      "",
      "Lines with ! are what should be looked at. Messages are kept from when an actor is opened, "
      "the "
      "last 64 in the node; of one that is larger than 64 KiB only the size. Scrolled down, they "
      "stand "
      "still; Home goes on.",
  };
  std::vector<Line> out;
  for (const std::string_view line : text) {
    if (line.empty()) {
      out.push_back({});
      continue;
    }
    // Words keep their columns where there is room for them.
    if (line.size() <= columns) {
      out.push_back({{std::string(line)}});
      continue;
    }
    for (auto& part : wrapped(line, columns)) out.push_back({{std::move(part)}});
  }
  return out;
}

}  // namespace horae::inspect
