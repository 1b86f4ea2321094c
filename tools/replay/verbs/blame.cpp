// The verb `blame`: which records made a value of the state what it is.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <deque>

#include "events/json.hpp"
#include "tools/replay/audit/changes.hpp"
#include "tools/replay/position.hpp"
#include "tools/replay/show.hpp"
#include "tools/replay/verbs/verbs.hpp"

namespace horae::replay {
namespace {

namespace json = boost::json;

struct BlameOptions {
  std::string field, at;
  std::size_t limit = 20;
  bool json = false;
};

Outcome<const StatePart*> part_of(const std::string& field) {
  const auto name = field.substr(0, field.find_first_of(".["));
  std::string known;
  for (const auto& part : state_parts()) {
    if (part.name == name) return &part;
    known += (known.empty() ? "" : ", ") + std::string(part.name);
  }
  return refuse(Trouble::usage, "a field is a path into `state --json` that begins with one of " +
                                    known + ", not " + field);
}

json::object to_json(const Change& change) {
  json::object values;
  for (const auto& [path, value] : change.values) {
    values[path] = {{"before", value.before}, {"after", value.after}};
  }
  return {{"seq", change.seq},
          {"time", change.time_ms},
          {"domain", domain_name(change.domain)},
          {"fact", change.fact},
          {"values", std::move(values)}};
}

std::string text(const Change& change, const std::string& field) {
  auto out = fmt::format("{:>9}  {}  {} {}\n", change.seq, show_time(change.time_ms),
                         domain_name(change.domain), change.fact);
  for (const auto& [path, value] : change.values) {
    out += fmt::format("           {}{} (before: {})\n", path == field ? "" : path + " = ",
                       json::serialize(value.after), json::serialize(value.before));
  }
  return out;
}

int answer_blame(const Source& source, const BlameOptions& options, At& at) {
  const auto part = part_of(options.field);
  if (!part) return refused(part.error());
  Position position;
  if (!options.at.empty()) {
    const auto parsed = parse_position(options.at);
    if (!parsed) return refused(parsed.error());
    position = *parsed;
  }
  const auto to = resolve(source, position, &at);
  if (!to) return refused(to.error());
  std::deque<Change> newest;
  std::uint64_t all = 0;
  World world;
  const auto show = [&](Change change) {
    ++all;
    newest.push_front(std::move(change));
    if (options.limit != 0 && newest.size() > options.limit) newest.pop_back();
  };
  const auto followed = follow_changes(world, source, *to, {*part}, options.field, show, &at);
  if (!followed) return refused(followed.error());
  const auto now = part_leaves(world, **part, options.field);
  if (all == 0 && now.empty()) {
    return refused({Trouble::not_in_log, "the state never had a " + options.field +
                                             " up to record " + std::to_string(*to) +
                                             ": `state --json` shows what it has"});
  }
  if (options.json) {
    json::array changes;
    for (const auto& change : newest) changes.push_back(to_json(change));
    json::object values;
    for (const auto& [path, value] : now) values[path] = value;
    return print_json({{"field", options.field},
                       {"seq", *to},
                       {"values", std::move(values)},
                       {"changes", all},
                       {"newest", std::move(changes)}});
  }
  fmt::print("{} at record {}, changed by {} records", options.field, *to, all);
  fmt::print("{}\n", all > newest.size() ? fmt::format("; the newest {}", newest.size()) : "");
  for (const auto& change : newest) fmt::print("{}", text(change, options.field));
  if (all == 0) fmt::print("no record changed it: it is as every log begins\n");
  return 0;
}

}  // namespace

Verb blame_verb(cli::Command& app, const Common& common) {
  const auto options = std::make_shared<BlameOptions>();
  auto verb = app.add_subcommand(
      "blame", "Tells which records made a value of the state, newest first, with each value");
  verb.add_option("field", options->field,
                  "path into `state --json`; in a list [ID], or the place where nothing has one")
      .required()
      .type_name("FIELD");
  verb.add_option("--at", options->at, "the state at this position (the log's end)")
      .type_name(position_names);
  verb.add_option("--limit", options->limit, "so many records (20); 0: all").type_name("N");
  verb.add_flag("--json", options->json, "one JSON object");
  verb.add_footer(std::string("Example: horae-replay blame 'locking.sequencers[1].reward' "
                              "--datadir data/dev\n") +
                  positions_help);
  return {verb,
          true,
          on_log(common, [options](const Source& source,
                                   At& at) { return answer_blame(source, *options, at); }),
          {}};
}

}  // namespace horae::replay
