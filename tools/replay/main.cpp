#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <string>

#include "edges/engine_anvil.hpp"
#include "events/json.hpp"
#include "tools/replay/evidence.hpp"
#include "tools/replay/fold.hpp"
#include "tools/replay/guard.hpp"
#include "tools/replay/list.hpp"
#include "tools/replay/position.hpp"
#include "tools/replay/reexecute.hpp"
#include "tools/replay/show.hpp"
#include "tools/replay/statement.hpp"
#include "tools/replay/verify.hpp"

namespace {

using namespace horae;
using namespace horae::replay;

constexpr const char* about =
    "Replays and checks the log of a Horae data directory, beside a running node or on a copy\n"
    "(of which only log/ is needed). Writes nothing but the evidence file that it is asked for.";

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
    "  3   no log in this data directory, or no such file\n"
    "  4   not permitted to read the log or the file, or to write one\n"
    "  5   log corrupt: bytes that no node wrote; or no evidence file\n"
    "  7   the engine does not answer\n"
    "  9   no such position, an empty log, or an engine that is needed and does not fit\n"
    "  10  audit mismatch: a block that does not keep to its rules, or evidence that does not "
    "show\n"
    "      its fault";

struct Command {
  std::string data_directory;
  std::string at;
  std::string domain;
  ListOptions list;
  bool json = false;
  std::string engine;             // URL; empty: none
  std::string evidence;           // file to read, or to write
  std::vector<std::string> logs;  // data directories to search
  std::string sequencer;
  enum class Verb {
    state,
    verify,
    list,
    check_evidence,
    search,
    penalties,
    rewards
  } verb = Verb::state;
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

Outcome<std::unique_ptr<EnginePort>> engine_at(const std::string& url) {
  if (url.empty()) return nullptr;
  const auto endpoint = Endpoint::parse(url);
  if (!endpoint) return refuse(Exit::usage, "--engine: " + endpoint.error().what);
  return std::make_unique<AnvilEngine>(*endpoint);
}

// Executes every block once more; nothing where all came out as signed.
std::optional<int> check_roots(const Source& source, const Command& command,
                               std::atomic<std::uint64_t>& at) {
  const auto engine = engine_at(command.engine);
  if (!engine) return refused(engine.error());
  if (!*engine) return std::nullopt;
  const auto done = reexecute(source, **engine, &at);
  if (!done) return refused(done.error());
  if (!done->finding) return std::nullopt;
  if (!command.evidence.empty()) {
    if (const auto written = write_evidence(command.evidence, *done->evidence); !written) {
      return refused(written.error());
    }
  }
  return found(*done->finding, command.json);
}

int check(const Source& source, const Command& command, std::atomic<std::uint64_t>& at) {
  if (source.last() == 0) return refused({Exit::precondition, "the log is empty"});
  const auto verified = verify(source, &at);
  if (!verified) return found(verified.error(), command.json);
  if (const auto ended = check_roots(source, command, at)) return *ended;
  const bool executed = !command.engine.empty();
  if (command.json) {
    auto shown = to_json(*verified);
    shown["executed"] = executed ? verified->blocks : 0;
    return print_json(shown);
  }
  fmt::print("{}", show_verified(*verified));
  if (executed) fmt::print("executed     {} blocks: each as it was signed\n", verified->blocks);
  return 0;
}

int check_evidence(const Command& command) {
  const auto engine = engine_at(command.engine);
  if (!engine) return refused(engine.error());
  const auto evidence = read_evidence(command.evidence);
  if (!evidence) return refused(evidence.error());
  const auto shown = judge(*evidence, engine->get());
  if (!shown) {
    if (command.json && shown.error().code == Exit::mismatch) {
      print_json({{"shown", false}, {"detail", shown.error().what}});
    } else if (shown.error().code == Exit::mismatch) {
      fmt::print("not shown: {}\n", shown.error().what);
    } else {
      return refused(shown.error());
    }
    return static_cast<int>(shown.error().code);
  }
  if (!command.json) {
    fmt::print("shown: {}", to_text(*shown));
    return 0;
  }
  auto object = to_json(*shown);
  object["shown"] = true;
  return print_json(object);
}

int search(const Command& command, std::atomic<std::uint64_t>& at) {
  const auto first = Source::open(command.logs.at(0));
  if (!first) return refused(first.error());
  auto searched = [&]() -> Outcome<Searched> {
    if (command.logs.size() == 1) return search_one(*first, &at);
    const auto second = Source::open(command.logs.at(1));
    if (!second) return tl::unexpected(second.error());
    return search_two(*first, *second, &at);
  }();
  if (!searched) return refused(searched.error());
  if (searched->found && !command.evidence.empty()) {
    if (const auto written = write_evidence(command.evidence, searched->found->evidence);
        !written) {
      return refused(written.error());
    }
  }
  if (command.json) {
    print_json(to_json(*searched));
  } else {
    fmt::print("{}", to_text(*searched));
  }
  return 0;
}

// An account, of one sequencer or of all.
template <class Tell>
int statement(const Source& source, const Command& command, std::atomic<std::uint64_t>& at,
              Tell tell) {
  std::optional<U256> sequencer;
  if (!command.sequencer.empty()) {
    const auto id = u256_from_decimal(command.sequencer);
    if (!id) return refused({Exit::usage, "--sequencer: " + id.error().what});
    sequencer = *id;
  }
  const auto told = tell(source, sequencer, &at);
  if (!told) return refused(told.error());
  if (command.json) return print_json(told->json());
  fmt::print("{}", told->text());
  return 0;
}

int answer(const Command& command, const Position& position, std::atomic<std::uint64_t>& at) {
  if (command.verb == Command::Verb::check_evidence) return check_evidence(command);
  if (command.verb == Command::Verb::search) return search(command, at);
  const auto source = Source::open(command.data_directory);
  if (!source) return refused(source.error());
  switch (command.verb) {
    case Command::Verb::check_evidence:
    case Command::Verb::search:
      break;
    case Command::Verb::penalties:
      return statement(*source, command, at, penalty_statement);
    case Command::Verb::rewards:
      return statement(*source, command, at, reward_statement);
    case Command::Verb::state:
      return state(*source, position, command.json, at);
    case Command::Verb::verify:
      return check(*source, command, at);
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
      ->type_name("DIR");

  auto* state_verb = app.add_subcommand("state", "Shows the state at a position (the log's end)");
  state_verb->add_option("--at", command.at, "where to stop")->type_name("SEQ|l1:N|block:N");
  state_verb->add_flag("--json", command.json, "one JSON object");

  auto* verify_verb = app.add_subcommand(
      "verify", "Checks every record, the fold and every block; names the first that is wrong");
  verify_verb->add_flag("--json", command.json, "one JSON object");
  auto* engine = verify_verb
                     ->add_option("--engine", command.engine,
                                  "execute every block once more on this fresh engine, as the node "
                                  "starts its own, and compare hashes and roots")
                     ->type_name("URL");
  verify_verb
      ->add_option("--evidence", command.evidence,
                   "write the first block that comes out otherwise into this file")
      ->type_name("FILE")
      ->needs(engine);

  auto* log_verb = app.add_subcommand("log", "Shows the records, one a line");
  log_verb->add_option("--from", command.list.from, "first record")->type_name("SEQ");
  log_verb->add_option("--to", command.list.to, "last record")->type_name("SEQ");
  log_verb->add_option("--domain", command.domain, "only this domain's")->type_name("NAME");
  log_verb->add_flag("--json", command.list.json,
                     "one JSON object a line: seq time cause domain kind hash fact");

  auto* check_verb = app.add_subcommand(
      "check-evidence", "Checks that an evidence file shows its fault, with nothing but the file");
  check_verb->add_option("file", command.evidence, "the evidence file")
      ->required()
      ->type_name("FILE");
  check_verb
      ->add_option("--engine", command.engine,
                   "for wrongRoots: an engine whose head is the block's parent")
      ->type_name("URL");
  check_verb->add_flag("--json", command.json, "one JSON object");

  auto* search_verb = app.add_subcommand(
      "evidence",
      "Looks for evidence of a fault: in one log for a block out of its order, in two for two\n"
      "blocks that one signer signed at one height; --json says what was found, if anything");
  search_verb->add_option("directories", command.logs, "one data directory, or two")
      ->required()
      ->expected(1, 2)
      ->type_name("DIR");
  search_verb->add_option("-o,--output", command.evidence, "write what is found into this file")
      ->type_name("FILE");
  search_verb->add_flag("--json", command.json, "one JSON object");

  auto* penalties_verb = app.add_subcommand(
      "penalties", "Tells every fault with what followed, and what the node saw of its service");
  auto* rewards_verb = app.add_subcommand(
      "rewards", "Tells what each sequencer was paid for each batch, and why not more");
  for (auto* verb : {penalties_verb, rewards_verb}) {
    verb->add_option("--sequencer", command.sequencer, "only of this sequencer id")
        ->type_name("ID");
    verb->add_flag("--json", command.json, "one JSON object");
  }

  const auto needs_log = {state_verb, verify_verb, log_verb, penalties_verb, rewards_verb};
  for (auto* verb :
       {state_verb, verify_verb, log_verb, check_verb, search_verb, penalties_verb, rewards_verb}) {
    verb->fallthrough();
    verb->footer(exit_codes);
  }
  state_verb->footer(std::string(positions) + exit_codes);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& trouble) {
    return app.exit(trouble) == 0 ? 0 : static_cast<int>(Exit::usage);
  }
  const bool log_is_named = !command.data_directory.empty();
  if (!log_is_named && std::ranges::any_of(needs_log, [](auto* verb) { return verb->parsed(); })) {
    return refused({Exit::usage, "--datadir is required"});
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
  command.verb = verify_verb->parsed()      ? Command::Verb::verify
                 : log_verb->parsed()       ? Command::Verb::list
                 : check_verb->parsed()     ? Command::Verb::check_evidence
                 : search_verb->parsed()    ? Command::Verb::search
                 : penalties_verb->parsed() ? Command::Verb::penalties
                 : rewards_verb->parsed()   ? Command::Verb::rewards
                                            : Command::Verb::state;
  return judge(run_guarded([&](auto& at) { return run(command, position, at); }), command);
}
