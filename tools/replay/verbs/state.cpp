#include <fmt/format.h>

#include "events/json.hpp"
#include "tools/replay/audit/fold.hpp"
#include "tools/replay/position.hpp"
#include "tools/replay/show.hpp"
#include "tools/replay/verbs/verbs.hpp"

namespace horae::replay {
namespace {

struct StateOptions {
  std::string at;
  bool json = false;
};

int answer_state(const Source& source, const StateOptions& options, At& at) {
  Position position;
  if (!options.at.empty()) {
    const auto parsed = parse_position(options.at);
    if (!parsed) return refused(parsed.error());
    position = *parsed;
  }
  const auto seq = resolve(source, position, &at);
  if (!seq) return refused(seq.error());
  const auto world = fold_to(source, *seq, &at);
  if (!world) return refused(world.error());
  if (options.json) return print_json(horae::to_json(*world));
  fmt::print("{}", show_world(*world));
  return 0;
}

}  // namespace

Verb state_verb(cli::Command& app, const Common& common) {
  const auto options = std::make_shared<StateOptions>();
  auto verb = app.add_subcommand("state", "Shows the state at a position (the log's end)");
  verb.add_option("--at", options->at, "where to stop").type_name(position_names);
  verb.add_flag("--json", options->json, "one JSON object");
  verb.add_footer(std::string("Example: horae-replay state --at block:10 --datadir data/dev\n") +
                  positions_help);
  return {
      verb,
      true,
      on_log(
          common,
          [options](const Source& source, At& at) { return answer_state(source, *options, at); },
          [options]() -> Outcome<void> {
            if (options->at.empty()) return {};
            return parse_position(options->at).map([](const auto&) {});
          }),
      {}};
}

}  // namespace horae::replay
