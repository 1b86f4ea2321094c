#include <fmt/format.h>

#include <string_view>

#include "tools/inspect/show.hpp"
#include "tools/inspect/words.hpp"

namespace horae::inspect {
namespace {

using schema::Inspector;

constexpr std::size_t table_columns = 80;
constexpr std::size_t label_columns = 12;

std::string actor_line(Inspector::Actor::Reader actor) {
  return fmt::format("{:<15.15} {:<12.12} {:>6} {:>6} {:>6} {:>7.1f} {:>5.1f}%  {:<.14}\n",
                     printable(actor.getName()), state(actor), count(actor.getMailboxDepth()),
                     count(actor.getMessages()), count(actor.getFacts()), actor.getRate(),
                     actor.getBusyShare() / 10.0, printable(actor.getLastMessage()));
}

// A label and its words, wrapped.
std::string paragraph(std::string_view label, std::string_view words) {
  std::string out;
  for (const auto& line : wrapped(words, table_columns - label_columns)) {
    out += fmt::format("{:<{}}{}\n", out.empty() ? label : "", label_columns, line);
  }
  return out;
}

}  // namespace

std::string as_text(Inspector::Message::Reader message) {
  return fmt::format("{} {} {}{} {}{}\n", clock_time(message.getTime()),
                     printable(message.getFrom()), printable(message.getKind()),
                     message.getAnswer() ? " (answer)" : "", printable(message.getDecoded()),
                     message.getCut() ? " (cut)" : "");
}

std::string as_table(Inspector::Snapshot::Reader snapshot, const std::vector<Lint>& lints) {
  const auto node = snapshot.getNode();
  const auto journal = snapshot.getJournal();
  const auto engine = snapshot.getEngine();
  const auto l1 = snapshot.getL1();
  const auto production = snapshot.getProduction();
  const auto room = snapshot.getRoom();
  auto out = fmt::format("horae {}, pid {}, up {}, at {} UTC\n\n", printable(node.getVersion()),
                         node.getPid(), elapsed(node.getUptimeMs()), date_time(snapshot.getTime()));
  out += fmt::format("{:<15} {:<12} {:>6} {:>6} {:>6} {:>7} {:>6}  {}\n", "actor", "state", "waits",
                     "done", "facts", "done/s", "busy", "last message");
  for (const auto actor : snapshot.getActors()) out += actor_line(actor);
  out += '\n';
  out += paragraph("state", printable(snapshot.getCondition().getWords()));
  for (const auto words : snapshot.getCondition().getBesides()) {
    out += paragraph("", printable(words));
  }
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
  const std::string verified(verification.getState().cStr());
  if (verified != "none") {
    out += paragraph("verified",
                     fmt::format("{}, {} of {} records, {}/s", verified, verification.getDone(),
                                 verification.getTotal(), verification.getRate()));
  }
  for (const auto& lint : lints) {
    out += paragraph("look", printable(lint.what));
  }
  return out;
}

}  // namespace horae::inspect
