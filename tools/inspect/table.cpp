#include <fmt/chrono.h>
#include <fmt/format.h>

#include <string_view>

#include "tools/inspect/show.hpp"

namespace horae::inspect {
namespace {

using schema::Inspector;

constexpr std::size_t columns = 80;
constexpr std::size_t label_columns = 12;

// Reasons quote the outside (an endpoint's error): nothing of it may steer the terminal.
std::string printable(capnp::Text::Reader value) {
  std::string out(value.begin(), value.size());
  for (auto& c : out) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return out;
}

std::string seconds(std::uint64_t ms) {
  return ms < 100'000 ? fmt::format("{:.1f} s", static_cast<double>(ms) / 1000)
                      : fmt::format("{} s", ms / 1000);
}

std::string clock_time(std::uint64_t ms) {
  const auto all = ms / 1000;
  return fmt::format("{}:{:02}:{:02}", all / 3600, all / 60 % 60, all % 60);
}

// At most six columns.
std::string count(std::uint64_t value) {
  if (value < 1'000'000) return std::to_string(value);
  auto scaled = static_cast<double>(value) / 1e6;
  const char* unit = "MGTPE";
  for (; scaled >= 999.95; scaled /= 1000) ++unit;
  return fmt::format("{:.1f}{}", scaled, *unit);
}

std::string state(Inspector::Actor::Reader actor) {
  switch (actor.getState()) {
    case Inspector::State::IDLE:
      return "idle";
    case Inspector::State::BUSY:
      return "busy";
    case Inspector::State::STUCK:
      return "stuck " + seconds(actor.getStuckForMs());
  }
  return "?";
}

std::string actor_line(Inspector::Actor::Reader actor) {
  return fmt::format("{:<15.15} {:<12.12} {:>6} {:>6} {:>6} {:>7.1f} {:>5.1f}%  {:<.14}\n",
                     printable(actor.getName()), state(actor), count(actor.getMailboxDepth()),
                     count(actor.getMessages()), count(actor.getFacts()), actor.getRate(),
                     actor.getBusyShare() / 10.0, printable(actor.getLastMessage()));
}

// A label and its words, wrapped.
std::string paragraph(std::string_view label, std::string_view words) {
  std::string out;
  std::string line = fmt::format("{:<{}}", label, label_columns);
  bool first = true;
  while (!words.empty()) {
    const auto end = std::min(words.find(' '), columns - label_columns);
    const auto word = words.substr(0, std::min(end, words.size()));
    words.remove_prefix(word.size());
    if (!words.empty() && words.front() == ' ') words.remove_prefix(1);
    if (!first && line.size() + 1 + word.size() > columns) {
      out += line + "\n";
      line = std::string(label_columns, ' ');
      first = true;
    }
    if (!first) line += ' ';
    line += word;
    first = false;
  }
  return out + line + "\n";
}

std::string with_reason(capnp::Text::Reader word, capnp::Text::Reader reason) {
  return reason.size() == 0 ? printable(word) : printable(word) + ": " + printable(reason);
}

std::string known(Inspector::BlockNumber::Reader block) {
  return block.isNumber() ? std::to_string(block.getNumber()) : "unknown";
}

}  // namespace

std::string as_table(Inspector::Snapshot::Reader snapshot) {
  const auto node = snapshot.getNode();
  const auto journal = snapshot.getJournal();
  const auto engine = snapshot.getEngine();
  const auto l1 = snapshot.getL1();
  const auto production = snapshot.getProduction();
  const auto room = snapshot.getRoom();
  auto out =
      fmt::format("horae {}, pid {}, up {}, at {:%Y-%m-%d %H:%M:%S} UTC\n\n",
                  printable(node.getVersion()), node.getPid(), clock_time(node.getUptimeMs()),
                  fmt::gmtime(static_cast<std::time_t>(snapshot.getTime() / 1000)));
  out += fmt::format("{:<15} {:<12} {:>6} {:>6} {:>6} {:>7} {:>6}  {}\n", "actor", "state", "waits",
                     "done", "facts", "done/s", "busy", "last message");
  for (const auto actor : snapshot.getActors()) out += actor_line(actor);
  out += "\n";
  out +=
      paragraph("journal", fmt::format("seq {}; {} facts in {} commits since the start, {:.1f} a "
                                       "commit (last {}, most {})",
                                       journal.getSeq(), journal.getFacts(), journal.getCommits(),
                                       journal.getMeanBatch(), journal.getLastBatch(),
                                       journal.getLargestBatch()));
  out += paragraph(
      "", fmt::format("a commit takes {} us (last {}, slowest {})", journal.getMeanCommitUs(),
                      journal.getLastCommitUs(), journal.getSlowestCommitUs()));
  out += paragraph(
      "engine", fmt::format("head {}, sealed head {}", engine.getHead(), engine.getSealedHead()));
  out += paragraph("L1", with_reason(l1.getState(), l1.getReason()));
  out += paragraph("", fmt::format("head {}, confirmed {}, finalized {}", known(l1.getHead()),
                                   known(l1.getConfirmed()), known(l1.getFinalized())));
  out += paragraph("production", with_reason(production.getState(), production.getReason()));
  out += paragraph("room", with_reason(room.getState(), room.getReason()));
  out += paragraph("", fmt::format("log {} MiB of at most {}, {} MiB free on its disk",
                                   room.getUsedBytes() >> 20, room.getMapBytes() >> 20,
                                   room.getDiskFreeBytes() >> 20));
  const auto verification = snapshot.getVerification();
  const std::string state(verification.getState().cStr());
  if (state == "none") return out;
  return out + paragraph("verified",
                         fmt::format("{}, {} of {} records, {}/s", state, verification.getDone(),
                                     verification.getTotal(), verification.getRate()));
}

}  // namespace horae::inspect
