#include "tools/replay/list.hpp"
#include "tools/replay/verbs/verbs.hpp"

namespace horae::replay {
namespace {

struct LogOptions {
  ListOptions list;
  std::string domain;
};

int answer_log(const Source& source, const LogOptions& options, At& at) {
  auto wanted = options.list;
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
  auto verb = app.add_subcommand("log", "Shows the records, one a line");
  verb.add_option("--from", options->list.from, "first record").type_name("SEQ");
  verb.add_option("--to", options->list.to, "last record").type_name("SEQ");
  verb.add_option("--domain", options->domain, "only this domain's").type_name("NAME");
  verb.add_flag("--json", options->list.json,
                "one JSON object a line: seq time cause domain kind hash fact");
  verb.add_footer("Example: horae-replay log --domain locking --datadir data/dev\n");
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
