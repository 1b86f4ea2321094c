#include <fmt/format.h>

#include <array>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/cli/command.hpp"
#include "core/stopped.hpp"
#include "edges/progress.hpp"
#include "tools/replay/guard.hpp"
#include "tools/replay/interrupt.hpp"
#include "tools/replay/position.hpp"
#include "tools/replay/verbs/verbs.hpp"

namespace {

using namespace horae;
using namespace horae::replay;

constexpr const char* about =
    "Replays and checks the log of a Horae data directory, beside a running node or on a copy\n"
    "(of which only log/ is needed). Writes nothing but the files that it is asked for.";

// What each exit code means for all binaries, and what of it here.
std::string exit_codes() {
  constexpr std::array<std::pair<Exit, std::string_view>, 6> here{{
      {Exit::configuration, "no log in this data directory, or no such file"},
      {Exit::directory, "not permitted to read the log or the file, or one that cannot be written"},
      {Exit::corrupt, "it cannot be read, or not be folded; or no evidence or export file"},
      {Exit::unreachable, "the engine does not answer"},
      {Exit::precondition,
       "no such position, transaction or value, an empty log, a directory\n"
       "      that is there already, or an engine that is needed and does not fit"},
      {Exit::mismatch,
       "records that are not those that were written or signed, a block that does\n"
       "      not keep to its rules, or evidence that does not show its fault; two logs that\n"
       "      differ in what they share, an account that does not balance"},
  }};
  auto out = exit_codes_help();
  for (const auto& [code, words] : here) {
    const auto meaning = "  " + std::string(exit_meanings[static_cast<std::size_t>(code)]);
    const auto end = out.find(meaning + "\n") + meaning.size();
    out.insert(end, ":\n      " + std::string(words));
  }
  return out;
}

// What a fold or a page that cannot be read further means: a damaged log.
int damaged(const Verb& verb, std::uint64_t seq, std::string why) {
  const Finding finding{Trouble::log_corrupt, seq, "record", "one that can be read and folded",
                        std::move(why)};
  return verb.damaged ? verb.damaged(finding) : refused({finding.trouble, to_text(finding)});
}

int run(const Verb& verb, At& at) {
  set_stop_handler([](std::string_view why) { throw Stopped(std::string(why)); });
  try {
    return verb.answer(at);
  } catch (const Stopped& stopped) {
    return damaged(verb, at, stopped.what());
  } catch (const Interrupted& interrupted) {
    end_by(interrupted.signal);  // what was half written is gone by now
  }
}

// What a reader that was ended by a signal means.
int judge(const Ending& ending, const Verb& verb) {
  switch (ending.signal) {
    case 0:
      return ending.code;
    case SIGPIPE:
      return 0;  // whoever read the output had enough
    case SIGINT:
    case SIGTERM:
      end_by(ending.signal);
    case SIGABRT:
    case SIGBUS:
    case SIGSEGV:
    case SIGFPE:
    case SIGILL:
      return damaged(verb, ending.seq,
                     std::string("a reader ended by ") + ::sigdescr_np(ending.signal));
    default:
      return refused({Trouble::unexpected, fmt::format("ended by {} at record {}",
                                                       ::sigdescr_np(ending.signal), ending.seq)});
  }
}

}  // namespace

int main(int argc, char** argv) {
  cli::Program app(about, "horae-replay");
  app.add_version_flag(HORAE_VERSION);
  app.require_subcommand();
  app.fallthrough();
  Common common;
  app.add_option("--datadir", common.data_directory, "the node's data directory").type_name("DIR");
  std::string progress = "auto";
  app.add_option("--progress", progress,
                 "how far it is, on stderr: auto (one line, on a terminal), json (an object a "
                 "line) or none")
      .one_of({"auto", "json", "none"});
  std::vector<Verb> all;
  for (const auto make : verbs) {
    auto& verb = all.emplace_back(make(app, common));
    // What a verb says of its own stands before what holds for all.
    verb.app.add_footer(exit_codes());
  }
  all.push_back(version_verb(app, build_commit));
  // Set only now, or every verb would take it over.
  app.add_footer(std::string(positions_help) + exit_codes());
  if (const auto ended = app.parse_or_tell(argc, argv)) return static_cast<int>(*ended);
  for (const auto& verb : all) {
    if (!verb.app.parsed()) continue;
    if (verb.needs_log && common.data_directory.empty()) {
      return refused({Trouble::usage, "--datadir is required"});
    }
    Progress::show_as(progress == "json"   ? Progress::Style::json
                      : progress == "none" ? Progress::Style::none
                                           : Progress::Style::automatic);
    return judge(run_guarded([&](auto& at) { return run(verb, at); }), verb);
  }
  return static_cast<int>(Exit::usage);
}
