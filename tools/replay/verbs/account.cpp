#include <fmt/format.h>

#include "tools/replay/audit/account.hpp"
#include "tools/replay/position.hpp"
#include "tools/replay/verbs/verbs.hpp"

namespace horae::replay {
namespace {

struct AccountOptions {
  std::string sequencer, from, to;
  bool json = false, csv = false;
};

int answer_account(const Source& source, const AccountOptions& options, At& at) {
  const auto sequencer = u256_from_decimal(options.sequencer);
  if (!sequencer) return refused({Trouble::usage, "--sequencer: " + sequencer.error().what});
  std::uint64_t from_ms = 0;
  std::uint64_t to_ms = UINT64_MAX;
  if (!options.from.empty()) {
    const auto time = parse_time(options.from);
    if (!time) return refused(time.error());
    from_ms = *time;
  }
  if (!options.to.empty()) {
    const auto time = parse_time(options.to);
    if (!time) return refused(time.error());
    to_ms = *time;
  }
  if (from_ms >= to_ms) {
    return refused(
        {Trouble::usage, "--from " + options.from + " is not before --to " + options.to});
  }
  const auto told = account(source, *sequencer, from_ms, to_ms, &at);
  if (!told) return refused(told.error());
  if (options.json) {
    print_json(to_json(*told));
  } else {
    fmt::print("{}", options.csv ? to_csv(*told) : to_text(*told));
  }
  if (told->disagreements.empty()) return 0;
  std::string all;
  for (const auto& each : told->disagreements) all += (all.empty() ? "" : "; ") + each;
  return refused({Trouble::audit_mismatch, "does not balance: " + all});
}

}  // namespace

Verb statement_verb(cli::Command& app, const Common& common) {
  const auto options = std::make_shared<AccountOptions>();
  auto verb = app.add_subcommand(
      "statement",
      "A sequencer's account: locks, rewards, claims and penalties to the wei, each with its\n"
      "record and L1 transaction, between an opening and a closing balance");
  verb.add_option("--sequencer", options->sequencer, "its id").required().type_name("ID");
  verb.add_option("--from", options->from, "from this time on, by L1's clock (the log's beginning)")
      .type_name("TIME");
  verb.add_option("--to", options->to,
                  "up to this time by L1's clock, it not included (the log's end)")
      .type_name("TIME");
  const auto json = verb.add_flag("--json", options->json, "one JSON object, in wei");
  verb.add_flag("--csv", options->csv, "a table of the bookings, in wei").excludes(json);
  verb.add_footer(
      "Example: horae-replay statement --sequencer 1 --from 2026-11-01 --to 2026-12-01 --datadir "
      "data/dev\n"
      "The bookings are made from L1's events and held against the fold after each: 10 where they "
      "do not\nbalance. `rewards` says how a batch was computed, `penalties` what a fault was.\n");
  return {verb,
          true,
          on_log(common, [options](const Source& source,
                                   At& at) { return answer_account(source, *options, at); }),
          {}};
}

}  // namespace horae::replay
