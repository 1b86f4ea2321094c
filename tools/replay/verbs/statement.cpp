#include <fmt/format.h>

#include "tools/replay/audit/statement.hpp"
#include "tools/replay/verbs/verbs.hpp"

namespace horae::replay {
namespace {

struct StatementOptions {
  std::string sequencer;
  bool json = false;
};

// What one sequencer was paid or did wrong, or all of them.
template <class Tell>
Verb statement_verb(cli::Command& app, const Common& common, const char* name, const char* about,
                    Tell tell) {
  const auto options = std::make_shared<StatementOptions>();
  auto verb = app.add_subcommand(name, about);
  verb.add_option("--sequencer", options->sequencer, "only of this sequencer id").type_name("ID");
  verb.add_flag("--json", options->json, "one JSON object");
  verb.add_footer("Example: horae-replay " + std::string(name) +
                  " --sequencer 1 --datadir data/dev\n");
  const auto answer = [options, tell](const Source& source, At& at) {
    std::optional<U256> sequencer;
    if (!options->sequencer.empty()) {
      const auto id = u256_from_decimal(options->sequencer);
      if (!id) return refused({Trouble::usage, "--sequencer: " + id.error().what});
      sequencer = *id;
    }
    const auto told = tell(source, sequencer, &at);
    if (!told) return refused(told.error());
    if (options->json) return print_json(told->json());
    fmt::print("{}", told->text());
    return 0;
  };
  return {verb, true, on_log(common, answer), {}};
}

}  // namespace

Verb penalties_verb(cli::Command& app, const Common& common) {
  return statement_verb(app, common, "penalties",
                        "Tells every fault with what followed, and what the node saw of its "
                        "service",
                        penalty_statement);
}

Verb rewards_verb(cli::Command& app, const Common& common) {
  return statement_verb(app, common, "rewards",
                        "Tells what each sequencer was paid for each batch, and why not more",
                        reward_statement);
}

}  // namespace horae::replay
