#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <optional>

#include "tools/replay/engine.hpp"
#include "tools/replay/evidence.hpp"
#include "tools/replay/reexecute.hpp"
#include "tools/replay/show.hpp"
#include "tools/replay/verbs.hpp"
#include "tools/replay/verify.hpp"

namespace horae::replay {
namespace {

struct Options {
  bool json = false;
  std::string engine;    // URL; empty: none
  std::string evidence;  // file to write
  unsigned jobs = 1;
};

// Executes every block once more; nothing where all came out as signed.
std::optional<int> check_roots(const Source& source, const Options& options, At& at) {
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

int check(const Source& source, const Options& options, At& at) {
  if (source.last() == 0) return refused({Exit::precondition, "the log is empty"});
  const auto verified = verify(source, &at, options.jobs);
  if (!verified) return found(verified.error(), options.json);
  if (const auto ended = check_roots(source, options, at)) return *ended;
  const bool executed = !options.engine.empty();
  if (options.json) {
    auto shown = to_json(*verified);
    shown["executed"] = executed ? verified->blocks : 0;
    return print_json(shown);
  }
  fmt::print("{}", show_verified(*verified));
  if (executed) fmt::print("executed     {} blocks: each as it was signed\n", verified->blocks);
  return 0;
}

}  // namespace

Verb verify_verb(CLI::App& app, const Common& common) {
  const auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "verify",
      "Checks every record, the tree, the fold, every block and every decision but the mempool's; "
      "names the first that is wrong");
  verb->add_flag("--json", options->json, "one JSON object");
  verb->add_option("--jobs", options->jobs,
                   "threads: all but one hash and check records ahead of the fold")
      ->check(CLI::Range(1, 64));
  auto* engine = verb->add_option("--engine", options->engine,
                                  "execute every block once more on this fresh engine, as the node "
                                  "starts its own, and compare hashes and roots")
                     ->type_name("URL");
  verb->add_option("--evidence", options->evidence,
                   "write the first block that comes out otherwise into this file")
      ->type_name("FILE")
      ->needs(engine);
  verb->footer("Example: horae-replay verify --datadir data/dev\n");
  return {verb, true,
          on_log(common,
                 [options](const Source& source, At& at) { return check(source, *options, at); }),
          [options](const Finding& finding) { return found(finding, options->json); }};
}

}  // namespace horae::replay
