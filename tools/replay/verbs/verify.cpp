#include <fmt/format.h>

#include <optional>

#include "core/files.hpp"
#include "edges/stop_signals.hpp"
#include "tools/replay/audit/evidence.hpp"
#include "tools/replay/audit/reexecute.hpp"
#include "tools/replay/audit/verify.hpp"
#include "tools/replay/interrupt.hpp"
#include "tools/replay/position.hpp"
#include "tools/replay/show.hpp"
#include "tools/replay/verbs/engine_choice.hpp"
#include "tools/replay/verbs/verbs.hpp"

namespace horae::replay {
namespace {

struct Verifying {
  bool json = false;
  EngineChoice engine;
  std::string evidence;    // file to write
  std::string from;        // a position; empty: the first record
  std::string checkpoint;  // file that the auditor kept; empty: none
  bool records_only = false;
  unsigned jobs = 1;
};

constexpr const char* help =
    "What stands before --from is folded on trust: each record is checked against its schema,\n"
    "and the state's hashes that the log says are held against that fold; its hashes, links,\n"
    "decisions and blocks are not looked at. From there on everything is, the link of the first\n"
    "record to the one before it, too; the tree is built on the stored roots of the full tiles\n"
    "before it, and must be the signed one.\n"
    "A verification that was stopped cannot be resumed as if it had not been, since what it\n"
    "had folded is gone: Ctrl-C tells how far it came, and --from goes on from there, trusting\n"
    "what it found in order before.\n"
    "Ends with 0 where nothing is wrong, 10 where something else stands there than what was\n"
    "written, signed, or what the rules give, 11 where the log ends before it should (in the\n"
    "midst of a decision, or with fewer records than a checkpoint signs), 5 where it cannot be\n"
    "read or folded, 3 where there is none.\n"
    "Examples: horae-replay verify --datadir data/dev\n"
    "          horae-replay verify --datadir data/dev --jobs 2 --checkpoint kept.note\n"
    "          horae-replay verify --datadir data/dev --from 5000000\n";

// The record that --from means.
Outcome<std::uint64_t> first_verified(const Source& source, const Verifying& options, At& at) {
  if (options.from.empty()) return 1;
  const auto position = parse_position(options.from);
  if (!position) return tl::unexpected(position.error());
  if (position->kind != Position::Kind::seq) return resolve(source, *position, &at);
  if (position->number == 0 || position->number > source.last()) {
    return refuse(Trouble::not_in_log, "there is no record " + std::to_string(position->number) +
                                           ": the log has 1 to " + std::to_string(source.last()));
  }
  return position->number;
}

Outcome<std::optional<SignedCheckpoint>> kept_checkpoint(const Verifying& options) {
  if (options.checkpoint.empty()) return std::nullopt;
  const auto text = read_small_file(options.checkpoint);
  if (!text) return refuse(Trouble::no_file, text.error().what);
  auto parsed = parse_checkpoint(*text);
  if (!parsed) {
    return refuse(Trouble::file_form,
                  options.checkpoint + " is no signed checkpoint: " + parsed.error().what);
  }
  return std::move(*parsed);
}

tl::expected<Verified, Finding> verify_from(const Source& source, const VerifyOptions& wanted,
                                            At& at) {
  hold_stop_signals();
  try {
    return verify(source, &at, wanted);
  } catch (const Interrupted&) {
    const auto next = at.load();
    if (next > wanted.from) {
      fmt::print(stderr,
                 "horae-replay: stopped; records {} to {}: nothing wrong so far; go on with --from "
                 "{}\n",
                 wanted.from, next - 1, next);
    }
    throw;
  }
}

// Executes every block once more; nothing where all came out as signed.
std::optional<int> check_roots(const Source& source, const Verifying& options, At& at) {
  const auto engine = engine_at(options.engine);
  if (!engine) return refused(engine.error());
  if (!*engine) return std::nullopt;
  const auto done = reexecute(source, **engine, &at);
  if (!done) return refused(done.error());
  if (!done->finding) return std::nullopt;
  if (!options.evidence.empty()) {
    if (const auto written = write_evidence(options.evidence, *done->evidence); !written) {
      return refused(written.error());
    }
  }
  return found(*done->finding, options.json);
}

int check(const Source& source, const Verifying& options, At& at) {
  if (source.last() == 0) return refused({Trouble::not_in_log, "the log is empty"});
  VerifyOptions wanted;
  wanted.jobs = options.jobs;
  wanted.records_only = options.records_only;
  const auto from = first_verified(source, options, at);
  if (!from) return refused(from.error());
  wanted.from = *from;
  auto kept = kept_checkpoint(options);
  if (!kept) return refused(kept.error());
  wanted.checkpoint = std::move(*kept);
  const auto verified = verify_from(source, wanted, at);
  if (!verified) return found(verified.error(), options.json);
  if (const auto ended = check_roots(source, options, at)) return *ended;
  const bool executed = !options.engine.url.empty();
  if (options.json) {
    auto shown = to_json(*verified);
    if (verified->trusted > 0) shown["trusted"] = verified->trusted;
    if (verified->records_only) shown["recordsOnly"] = true;
    if (wanted.checkpoint) shown["checkpoint"] = wanted.checkpoint->checkpoint.size;
    shown["executed"] = executed ? verified->blocks : 0;
    return print_json(shown);
  }
  fmt::print("{}", show_verified(*verified));
  if (verified->trusted > 0) {
    fmt::print("on trust     records 1 to {}: folded as they are\n", verified->trusted);
  }
  if (verified->records_only) {
    fmt::print("not checked  decisions, and the order and signatures of blocks\n");
  }
  if (wanted.checkpoint) {
    fmt::print("checkpoint   the log has grown from the {} records of {}\n",
               wanted.checkpoint->checkpoint.size, options.checkpoint);
  }
  if (executed) fmt::print("executed     {} blocks: each as it was signed\n", verified->blocks);
  return 0;
}

}  // namespace

Verb verify_verb(cli::Command& app, const Common& common) {
  const auto options = std::make_shared<Verifying>();
  auto verb = app.add_subcommand(
      "verify",
      "Checks every record, the tree, the fold, every block and every decision but the mempool's; "
      "names the first that is wrong");
  verb.add_flag("--json", options->json, "one JSON object");
  verb.add_option("--jobs", options->jobs,
                  "threads: all but one hash and check records ahead of the fold")
      .range(1, 64);
  verb.add_option("--from", options->from,
                  "verify from the decision on in which this position stands; what is before it "
                  "is folded on trust")
      .type_name(position_names);
  auto records = verb.add_flag(
      "--records-only", options->records_only,
      "check only what the log says of itself (hashes, links, tree, schema, fold, the "
      "state's hashes), not decisions, nor the order and signatures of blocks: twice as "
      "fast");
  verb.add_option("--checkpoint", options->checkpoint,
                  "a checkpoint of this log that you kept: its root at that size must be the same")
      .type_name("FILE");
  auto engine = add_engine(verb, options->engine,
                           "execute every block once more on this fresh engine, as the node starts "
                           "its own, and compare hashes and roots");
  engine.excludes(records);
  verb.add_option("--evidence", options->evidence,
                  "write the first block that comes out otherwise into this file")
      .type_name("FILE")
      .needs(engine);
  verb.add_footer(std::string(help) + positions_help);
  return {
      verb, true,
      on_log(
          common, [options](const Source& source, At& at) { return check(source, *options, at); },
          [options]() -> Outcome<void> {
            if (options->from.empty()) return {};
            const auto position = parse_position(options->from);
            return position ? Outcome<void>() : tl::unexpected(position.error());
          }),
      [options](const Finding& finding) { return found(finding, options->json); }};
}

}  // namespace horae::replay
