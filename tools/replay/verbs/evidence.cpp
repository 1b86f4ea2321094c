#include <fmt/format.h>

#include <vector>

#include "tools/replay/audit/evidence.hpp"
#include "tools/replay/verbs/engine_choice.hpp"
#include "tools/replay/verbs/verbs.hpp"

namespace horae::replay {
namespace {

struct EvidenceOptions {
  EngineChoice engine;
  std::string evidence;           // file to read, or to write
  std::vector<std::string> logs;  // data directories to search
  bool json = false;
};

int check_evidence(const EvidenceOptions& options) {
  const auto engine = engine_at(options.engine);
  if (!engine) return refused(engine.error());
  const auto evidence = read_evidence(options.evidence);
  if (!evidence) return refused(evidence.error());
  const auto shown = judge(*evidence, engine->get());
  if (!shown) {
    if (shown.error().trouble != Trouble::audit_mismatch) return refused(shown.error());
    if (options.json) {
      return print_json({{"shown", false}, {"detail", shown.error().what}},
                        Trouble::audit_mismatch);
    }
    fmt::print("not shown: {}\n", shown.error().what);
    return refused({Trouble::audit_mismatch, "the evidence does not show its fault"});
  }
  if (!options.json) {
    fmt::print("shown: {}", to_text(*shown));
    return 0;
  }
  auto object = replay::to_json(*shown);
  object["shown"] = true;
  return print_json(object);
}

int search(const EvidenceOptions& options, At& at) {
  const auto first = Source::open(options.logs.at(0));
  if (!first) return refused(first.error());
  auto searched = [&]() -> Outcome<Searched> {
    if (options.logs.size() == 1) return search_one(*first, &at);
    const auto second = Source::open(options.logs.at(1));
    if (!second) return tl::unexpected(second.error());
    return search_two(*first, *second, &at);
  }();
  if (!searched) return refused(searched.error());
  if (searched->found && !options.evidence.empty()) {
    if (const auto written = write_evidence(options.evidence, searched->found->evidence);
        !written) {
      return refused(written.error());
    }
  }
  if (options.json) {
    print_json(to_json(*searched));
  } else {
    fmt::print("{}", to_text(*searched));
  }
  return 0;
}

}  // namespace

Verb check_evidence_verb(cli::Command& app, const Common&) {
  const auto options = std::make_shared<EvidenceOptions>();
  auto verb = app.add_subcommand(
      "check-evidence", "Checks that an evidence file shows its fault, with nothing but the file");
  verb.add_option("file", options->evidence, "the evidence file").required().type_name("FILE");
  add_engine(verb, options->engine, "for wrongRoots: an engine whose head is the block's parent");
  verb.add_flag("--json", options->json, "one JSON object");
  verb.add_footer("Example: horae-replay check-evidence fault.evidence\n");
  return {verb, false, [options](At&) { return check_evidence(*options); }, {}};
}

Verb evidence_verb(cli::Command& app, const Common&) {
  const auto options = std::make_shared<EvidenceOptions>();
  auto verb = app.add_subcommand(
      "evidence",
      "Looks for evidence of a fault: in one log for a block out of its order, in two for two\n"
      "blocks that one signer signed at one height; --json says what was found, if anything");
  verb.add_option("directories", options->logs, "one data directory, or two")
      .required()
      .expected(1, 2)
      .type_name("DIR");
  verb.add_option("-o,--output", options->evidence, "write what is found into this file")
      .type_name("FILE");
  verb.add_flag("--json", options->json, "one JSON object");
  verb.add_footer("Example: horae-replay evidence one/data other/data -o fault.evidence\n");
  return {verb, false, [options](At& at) { return search(*options, at); }, {}};
}

}  // namespace horae::replay
