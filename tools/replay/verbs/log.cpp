#include "tools/replay/list.hpp"
#include "tools/replay/position.hpp"
#include "tools/replay/verbs/verbs.hpp"

namespace horae::replay {
namespace {

struct LogOptions {
  std::string from, to, domain;
  bool json = false;
};

int answer_log(const Source& source, const LogOptions& options, At& at) {
  ListOptions wanted;
  if (options.json) wanted.form = LineForm::json;
  if (!options.from.empty()) {
    const auto from = reading_from(source, options.from, &at);
    if (!from) return refused(from.error());
    wanted.from = *from;
  }
  if (!options.to.empty()) {
    const auto to = reading_to(source, options.to, &at);
    if (!to) return refused(to.error());
    wanted.to = *to;
  }
  if (!options.domain.empty()) {
    const auto domain = parse_domain(options.domain);
    if (!domain) return refused(domain.error());
    wanted.domain = *domain;
  }
  const auto listed = list(source, wanted, &at);
  return listed ? 0 : refused(listed.error());
}

}  // namespace

Verb log_verb(cli::Command& app, const Common& common) {
  const auto options = std::make_shared<LogOptions>();
  auto verb = app.add_subcommand(
      "log",
      "Shows the records, one a line: blocks in words, of long bytes and lists the beginning");
  verb.add_option("--from", options->from, "first record, or the position behind which to begin")
      .type_name(position_names);
  verb.add_option("--to", options->to, "last record, or the position at which to end")
      .type_name(position_names);
  verb.add_option("--domain", options->domain, "only this domain's").type_name("NAME");
  verb.add_flag("--json", options->json,
                "one JSON object a line, with all of each fact: seq time l1Time cause domain kind "
                "hash fact");
  verb.add_footer(
      std::string("Example: horae-replay log --domain locking --from l1:2026-11-01 --datadir "
                  "data/dev\n") +
      positions_help);
  return {verb,
          true,
          on_log(
              common,
              [options](const Source& source, At& at) { return answer_log(source, *options, at); },
              [options]() -> Outcome<void> {
                if (options->domain.empty()) return {};
                return parse_domain(options->domain).map([](const auto&) {});
              }),
          {}};
}

}  // namespace horae::replay
