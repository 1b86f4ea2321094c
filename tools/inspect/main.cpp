#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <thread>

#include "core/cli/command.hpp"
#include "storage/data_directory.hpp"
#include "tools/inspect/history.hpp"
#include "tools/inspect/show.hpp"
#include "tools/inspect/terminal.hpp"

namespace {

using namespace horae;
using inspect::Attachment;

constexpr auto interval = std::chrono::seconds(1);
// Messages come faster than snapshots, and the node keeps only the last ones.
constexpr auto messages_interval = std::chrono::milliseconds(50);

struct Wanted {
  std::string datadir;
  bool json = false;
  bool once = false;
  bool watch = false;
  std::string messages;     // of which actor
  std::uint64_t count = 0;  // 0: no end
};

Exit refused(const Failure& failure) {
  fmt::print(stderr, "{}", failure_words("horae-inspect", failure));
  return failure.exit();
}

// What nobody reads any more ends the process by SIGPIPE.
void say(const std::string& text) {
  fmt::print("{}", text);
  std::fflush(stdout);
}

Exit print_snapshots(Attachment& attached, const Wanted& wanted) {
  inspect::History history;
  const auto count = wanted.watch ? wanted.count : 1;
  for (std::uint64_t done = 0;;) {
    auto taken = attached.snapshot();
    if (!taken) return refused(taken.error());
    const auto snapshot = std::make_shared<const inspect::Snapshot>(std::move(*taken));
    history.add(snapshot);
    const auto lints = history.lints();
    say(wanted.json ? inspect::as_json(**snapshot, lints) + "\n"
                    : (done > 0 ? "\n" : "") + inspect::as_table(**snapshot, lints));
    if (++done == count) return Exit::ok;
    std::this_thread::sleep_for(interval);
  }
}

Exit no_such_actor(Attachment& attached, const std::string& name) {
  const auto snapshot = attached.snapshot();
  if (!snapshot) return refused(snapshot.error());
  std::string known;
  for (const auto actor : (**snapshot).getActors()) {
    known += fmt::format("{}\"{}\"", known.empty() ? "" : ", ", actor.getName().cStr());
  }
  return refused(
      {Trouble::usage, fmt::format("the node has no actor \"{}\"; it has {}", name, known)});
}

Exit print_messages(Attachment& attached, const Wanted& wanted) {
  std::uint64_t last = 0;
  std::uint64_t done = 0;
  for (bool first = true;; first = false) {
    const auto answer = attached.messages(wanted.messages, last, UINT32_MAX);
    if (!answer) return refused(answer.error());
    if (!(**answer).getFound()) return no_such_actor(attached, wanted.messages);
    for (const auto message : (**answer).getMessages()) {
      if (!wanted.json && !first && message.getNumber() > last + 1) {
        say(fmt::format("({} not kept)\n", message.getNumber() - last - 1));
      }
      last = message.getNumber();
      say(wanted.json ? inspect::as_json(message) + "\n" : inspect::as_text(message));
      if (++done == wanted.count) return Exit::ok;
    }
    last = (**answer).getLast();
    std::this_thread::sleep_for(messages_interval);
  }
}

Exit inspect_node(const Wanted& wanted) {
  const auto socket = DataPaths{wanted.datadir}.inspect_socket();
  const bool screen = !wanted.json && !wanted.once && !wanted.watch && wanted.messages.empty() &&
                      inspect::can_show_screen();
  if (screen) {
    // Where nobody answers, that is told before the screen is taken over.
    if (const auto taken = inspect::take_snapshot(socket); !taken) return refused(taken.error());
    inspect::show_screen(socket);
    return Exit::ok;
  }
  auto attached = Attachment::open(socket);
  if (!attached) return refused(attached.error());
  if (!wanted.messages.empty()) return print_messages(*attached, wanted);
  return print_snapshots(*attached, wanted);
}

}  // namespace

int main(int argc, char** argv) {
  cli::Program app(
      "Shows the actors of a running Horae node at work: a live screen on a terminal (? for help, "
      "q "
      "ends it), one snapshot elsewhere.",
      "horae-inspect");
  Wanted wanted;
  app.add_option("--datadir", wanted.datadir, "Data directory of the running node").required();
  app.add_flag("--json", wanted.json, "One line of JSON for each snapshot or message");
  auto once = app.add_flag("--once", wanted.once, "One snapshot as a table, on a terminal, too");
  auto watch = app.add_flag("--watch", wanted.watch, "A snapshot a second, until it is ended");
  auto messages = app.add_option("--messages", wanted.messages,
                                 "What this actor is sent from now on, decoded, until it is ended");
  auto count = app.add_option("--count", wanted.count, "End after so many snapshots or messages")
                   .range(std::uint64_t{1}, UINT64_MAX);
  once.excludes(watch);
  messages.excludes(once).excludes(watch);
  app.add_version_flag(HORAE_VERSION);
  app.add_footer(
      "Exit codes: 0 ok, 1 unexpected, 2 usage, 4 the socket is another user's, 7 no node "
      "answers.");
  if (const auto ended = app.parse_or_tell(argc, argv)) return static_cast<int>(*ended);
  if (count.given() && !wanted.watch && wanted.messages.empty()) {
    return static_cast<int>(refused({Trouble::usage, "--count requires --watch or --messages"}));
  }
  try {
    return static_cast<int>(inspect_node(wanted));
  } catch (const std::exception& unexpected) {
    return static_cast<int>(refused({Trouble::unexpected, unexpected.what()}));
  }
}
