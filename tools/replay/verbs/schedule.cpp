// The verb `schedule`: whose turn it was to make blocks, and whose it will be.
#include "tools/replay/audit/schedule.hpp"

#include <fmt/format.h>

#include "tools/replay/verbs/verbs.hpp"

namespace horae::replay {
namespace {

constexpr unsigned coming_told = 5;

}  // namespace

Verb schedule_verb(cli::Command& app, const Common& common) {
  const auto as_json = std::make_shared<bool>(false);
  auto verb = app.add_subcommand("schedule",
                                 "Tells whose turn it was to make blocks, why, and who is next");
  verb.add_flag("--json", *as_json, "one JSON object");
  verb.add_footer(
      "Example: horae-replay schedule --datadir data/dev\n"
      "Each epoch with the credits at its start. The leader has the greatest sum of credit and\n"
      "power x blocks of an epoch; of equal ones, the smaller id. Each block that is made gives\n"
      "all who are not passed over their power, and costs its maker the sum of that.\n");
  const auto tell = [as_json](const Source& source, At& at) {
    const auto schedule = schedule_of(source, coming_told, &at);
    if (!schedule) return refused(schedule.error());
    if (*as_json) return print_json(to_json(*schedule));
    fmt::print("{}", to_text(*schedule));
    return 0;
  };
  return {verb, true, on_log(common, tell), {}};
}

}  // namespace horae::replay
