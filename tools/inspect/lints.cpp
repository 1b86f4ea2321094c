#include "tools/inspect/lints.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tools/inspect/words.hpp"

namespace horae::inspect {
namespace {

using schema::Inspector;
using Seen = std::span<const Inspector::Snapshot::Reader>;

std::uint64_t less(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; }

void look_at_busy(Inspector::Snapshot::Reader now, std::vector<Lint>& out) {
  for (const auto actor : now.getActors()) {
    const auto name = printable(actor.getName());
    const auto since = actor.getBusySinceMs();
    if (since != 0 && less(now.getTime(), since) >= long_ms) {
      out.push_back(
          {Lint::Kind::busy_long, name,
           fmt::format("{} has been at one {} for {}", name, printable(actor.getLastMessage()),
                       seconds(less(now.getTime(), since)))});
    } else if (actor.getBusyShare() >= always_per_mille && actor.getWindowMs() >= watched_ms) {
      out.push_back({Lint::Kind::busy_always, name,
                     fmt::format("{} was busy {}% of the last {}", name, actor.getBusyShare() / 10,
                                 seconds(actor.getWindowMs()))});
    }
  }
}

struct Depth {
  std::uint64_t time_ms;
  std::uint64_t waiting;
};

// Of one actor, newest first, as long as it is there.
std::vector<Depth> depths_of(Seen seen, unsigned actor) {
  std::vector<Depth> out;
  for (auto i = seen.size(); i-- > 0;) {
    const auto actors = seen[i].getActors();
    if (actor >= actors.size()) break;
    out.push_back({seen[i].getTime(), actors[actor].getMailboxDepth()});
  }
  return out;
}

void look_at_mailboxes(Seen seen, std::vector<Lint>& out) {
  const auto actors = seen.back().getActors();
  for (unsigned a = 0; a < actors.size(); ++a) {
    const auto depths = depths_of(seen, a);
    std::size_t last = 0;
    while (last + 1 < depths.size() && depths[last + 1].waiting <= depths[last].waiting) ++last;
    while (last > 0 && depths[last - 1].waiting == depths[last].waiting) --last;
    const auto& now = depths.front();
    const auto& then = depths[last];
    if (less(now.waiting, then.waiting) < grown_messages) continue;
    const auto ms = less(now.time_ms, then.time_ms);
    if (ms < watched_ms) continue;
    const auto name = printable(actors[a].getName());
    out.push_back({Lint::Kind::mailbox_grows, name,
                   fmt::format("the mailbox of {} has only grown for {}, from {} to {}", name,
                               seconds(ms), then.waiting, now.waiting)});
  }
}

void look_at_commits(Seen seen, std::vector<Lint>& out) {
  const auto now = seen.back().getJournal();
  const auto then = seen.front().getJournal();
  const bool one = seen.size() == 1;
  const auto commits = now.getCommits() - (one ? 0 : then.getCommits());
  const auto us = now.getCommitUs() - (one ? 0 : then.getCommitUs());
  if (commits > 0 && us / commits >= slow_commit_us) {
    out.push_back({Lint::Kind::slow_commits, "",
                   fmt::format("a commit took {} on the average: the log's disk is slow",
                               duration(us / commits * 1000))});
  } else if (now.getLastCommitUs() >= slowest_commit_us) {
    out.push_back({Lint::Kind::slow_commits, "",
                   fmt::format("the last commit took {}: the log's disk is slow",
                               duration(now.getLastCommitUs() * 1000))});
  }
}

bool reads(Inspector::Snapshot::Reader snapshot, Inspector::LogReading::Reader wanted) {
  for (const auto reading : snapshot.getReaders()) {
    if (reading.getPid() == wanted.getPid() && reading.getThread() == wanted.getThread() &&
        reading.getTransaction() == wanted.getTransaction()) {
      return true;
    }
  }
  return false;
}

void look_at_readers(Seen seen, std::vector<Lint>& out) {
  const auto now = seen.back();
  for (const auto reading : now.getReaders()) {
    auto since = seen.size() - 1;
    while (since > 0 && reads(seen[since - 1], reading)) --since;
    const auto ms = less(now.getTime(), seen[since].getTime());
    if (ms < watched_ms || reading.getBehind() == 0) continue;
    out.push_back({Lint::Kind::reader_holds, "",
                   fmt::format("process {} has been reading one state of the log for {}, through "
                               "{} commits: the file grows meanwhile",
                               reading.getPid(), seconds(ms), reading.getBehind())});
  }
}

}  // namespace

std::string_view name_of(Lint::Kind kind) {
  return std::ranges::find(lint_entries, kind, &LintEntry::kind)->name;
}

std::vector<Lint> lints_of(Seen seen) {
  std::vector<Lint> out;
  if (seen.empty()) return out;
  look_at_busy(seen.back(), out);
  look_at_mailboxes(seen, out);
  look_at_commits(seen, out);
  look_at_readers(seen, out);
  return out;
}

}  // namespace horae::inspect
