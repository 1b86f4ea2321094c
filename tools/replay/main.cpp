#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <string>

#include "events/json.hpp"
#include "tools/replay/fold.hpp"
#include "tools/replay/guard.hpp"
#include "tools/replay/list.hpp"
#include "tools/replay/position.hpp"
#include "tools/replay/show.hpp"
#include "tools/replay/verify.hpp"

namespace {

using namespace horae;
using namespace horae::replay;

constexpr const char* about =
    "Replays and checks the log of a Horae data directory, beside a running node or on a copy\n"
    "(of which only log/ is needed). Writes nothing.";

// Of the verbs that take one.
constexpr const char* positions =
    "Positions (--at):\n"
    "  SEQ        the record of this number, where a decision ends there\n"
    "  l1:N       the last position before the first event above L1 block N\n"
    "  block:N    the position at which L2 block N was sealed\n";

constexpr const char* exit_codes =
    "Exit codes:\n"
    "  0   ok\n"
    "  1   unexpected\n"
    "  2   usage\n"
    "  3   no log in this data directory\n"
    "  4   not permitted to read the log\n"
    "  5   log corrupt: bytes that no node wrote\n"
    "  9   no such position, or an empty log\n"
    "  10  audit mismatch: a block that does not keep to its rules";

struct Command {
  std::string data_directory;
  std::string at;
  std::string domain;
  ListOptions list;
  bool json = false;
  enum class Verb { state, verify, list } verb = Verb::state;
};

int refused(const Refusal& refusal) {
  fmt::print(stderr, "horae-replay: {}\n", refusal.what);
  return static_cast<int>(refusal.code);
}

int print_json(const boost::json::object& object) {
  fmt::print("{}\n", boost::json::serialize(object));
  return 0;
}

int found(const Finding& finding, bool json) {
  if (json) {
    print_json(to_json(finding));
  } else {
    fmt::print("{}\n", to_text(finding));
  }
  return static_cast<int>(finding.code);
}

int state(const Source& source, const Position& position, bool json,
          std::atomic<std::uint64_t>& at) {
  const auto seq = resolve(source, position, &at);
  if (!seq) return refused(seq.error());
  const auto world = fold_to(source, *seq, &at);
  if (!world) return refused(world.error());
  if (json) return print_json(horae::to_json(*world));
  fmt::print("{}", show_world(*world));
  return 0;
}

int check(const Source& source, bool json, std::atomic<std::uint64_t>& at) {
  if (source.last() == 0) return refused({Exit::precondition, "the log is empty"});
  const auto verified = verify(source, &at);
  if (!verified) return found(verified.error(), json);
  if (json) return print_json(to_json(*verified));
  fmt::print("{}", show_verified(*verified));
  return 0;
}

int answer(const Command& command, const Position& position, std::atomic<std::uint64_t>& at) {
  const auto source = Source::open(command.data_directory);
  if (!source) return refused(source.error());
  switch (command.verb) {
    case Command::Verb::state:
      return state(*source, position, command.json, at);
    case Command::Verb::verify:
      return check(*source, command.json, at);
    case Command::Verb::list: {
      const auto listed = list(*source, command.list, &at);
      return listed ? 0 : refused(listed.error());
    }
  }
  return static_cast<int>(Exit::unexpected);
}

// What a fold or a page that cannot be read further means: a damaged log.
int damaged(const Command& command, std::uint64_t seq, std::string why) {
  const Finding finding{Exit::corrupt, seq, "record", "one that can be read and folded",
                        std::move(why)};
  if (command.verb == Command::Verb::verify) return found(finding, command.json);
  return refused({finding.code, to_text(finding)});
}

struct Stopped : std::runtime_error {
  using std::runtime_error::runtime_error;
};

int run(const Command& command, const Position& position, std::atomic<std::uint64_t>& at) {
  set_stop_handler([](std::string_view why) { throw Stopped(std::string(why)); });
  try {
    return answer(command, position, at);
  } catch (const Stopped& stopped) {
    return damaged(command, at, stopped.what());
  }
}

// What a reader that was ended by a signal means.
int judge(const Ending& ending, const Command& command) {
  switch (ending.signal) {
    case 0:
      return ending.code;
    case SIGPIPE:
      return 0;  // whoever read the output had enough
    case SIGABRT:
    case SIGBUS:
    case SIGSEGV:
    case SIGFPE:
    case SIGILL:
      return damaged(command, ending.seq,
                     std::string("a reader ended by ") + ::strsignal(ending.signal));
    default:
      fmt::print(stderr, "horae-replay: ended by {} at record {}\n", ::strsignal(ending.signal),
                 ending.seq);
      return static_cast<int>(Exit::unexpected);
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(about, "horae-replay");
  app.footer(std::string(positions) + exit_codes);
  app.set_version_flag("--version", HORAE_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  Command command;
  app.add_option("--datadir", command.data_directory, "the node's data directory")
      ->required()
      ->type_name("DIR");

  auto* state_verb = app.add_subcommand("state", "Shows the state at a position (the log's end)");
  state_verb->add_option("--at", command.at, "where to stop")->type_name("SEQ|l1:N|block:N");
  state_verb->add_flag("--json", command.json, "one JSON object");

  auto* verify_verb = app.add_subcommand(
      "verify", "Checks every record, the fold and every block; names the first that is wrong");
  verify_verb->add_flag("--json", command.json, "one JSON object");

  auto* log_verb = app.add_subcommand("log", "Shows the records, one a line");
  log_verb->add_option("--from", command.list.from, "first record")->type_name("SEQ");
  log_verb->add_option("--to", command.list.to, "last record")->type_name("SEQ");
  log_verb->add_option("--domain", command.domain, "only this domain's")->type_name("NAME");
  log_verb->add_flag("--json", command.list.json,
                     "one JSON object a line: seq time cause domain kind hash fact");
  for (auto* verb : {state_verb, verify_verb, log_verb}) {
    verb->fallthrough();
    verb->footer(exit_codes);
  }
  state_verb->footer(std::string(positions) + exit_codes);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& trouble) {
    return app.exit(trouble) == 0 ? 0 : static_cast<int>(Exit::usage);
  }
  Position position;
  if (!command.at.empty()) {
    const auto parsed = parse_position(command.at);
    if (!parsed) return refused(parsed.error());
    position = *parsed;
  }
  if (!command.domain.empty()) {
    const auto domain = parse_domain(command.domain);
    if (!domain) return refused(domain.error());
    command.list.domain = *domain;
  }
  command.verb = verify_verb->parsed() ? Command::Verb::verify
                 : log_verb->parsed()  ? Command::Verb::list
                                       : Command::Verb::state;
  return judge(run_guarded([&](auto& at) { return run(command, position, at); }), command);
}
