// The verb `diff`: what differs between two positions of one log, or between two logs.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "events/json.hpp"
#include "tools/replay/audit/changes.hpp"
#include "tools/replay/audit/fold.hpp"
#include "tools/replay/position.hpp"
#include "tools/replay/verbs/verbs.hpp"

namespace horae::replay {
namespace {

namespace json = boost::json;

// Of the records that changed a value so many are named, the newest.
constexpr std::size_t records_named = 5;

struct DiffOptions {
  std::string a, b, at;
  bool local = false;
  bool json = false;
};

struct Made {
  std::uint64_t changes = 0;
  std::vector<std::uint64_t> newest;  // seqs, ascending
};

struct Changed {
  json::value a, b;
  Made by_a, by_b;  // of one log all are b's
};
using AllChanged = std::map<std::string, Changed>;

std::vector<const StatePart*> compared(bool local) {
  std::vector<const StatePart*> out;
  for (const auto& part : state_parts()) {
    if (part.shared || local) out.push_back(&part);
  }
  return out;
}

AllChanged differences(const World& a, const World& b, const std::vector<const StatePart*>& parts) {
  AllChanged out;
  for (const auto* part : parts) {
    const auto first = part_leaves(a, *part);
    const auto second = part_leaves(b, *part);
    for (const auto& [path, value] : first) {
      const auto other = second.find(path);
      if (other == second.end()) out[path] = {value, nullptr, {}, {}};
      if (other != second.end() && other->second != value) {
        out[path] = {value, other->second, {}, {}};
      }
    }
    for (const auto& [path, value] : second) {
      if (!first.contains(path)) out[path] = {nullptr, value, {}, {}};
    }
  }
  return out;
}

std::vector<const StatePart*> parts_of(const AllChanged& found) {
  std::vector<const StatePart*> out;
  for (const auto& part : state_parts()) {
    const std::string name = part.name;
    const auto first = found.lower_bound(name);
    if (first != found.end() && first->first.starts_with(name)) out.push_back(&part);
  }
  return out;
}

// Names the records behind world.seq that changed what differs.
Outcome<void> name_records(World world, const Source& source, std::uint64_t to, AllChanged& found,
                           Made Changed::*made, At& at) {
  const auto note = [&](const Change& change) {
    for (const auto& [path, value] : change.values) {
      const auto each = found.find(path);
      if (each == found.end()) continue;
      auto& by = each->second.*made;
      ++by.changes;
      by.newest.push_back(change.seq);
      if (by.newest.size() > records_named) by.newest.erase(by.newest.begin());
    }
  };
  return follow_changes(world, source, to, parts_of(found), {}, note, &at);
}

json::object to_json(const Made& made) {
  return {{"changes", made.changes},
          {"newest", json::array(made.newest.begin(), made.newest.end())}};
}

std::string text(const Made& made) {
  if (made.changes == 0) return "no record";
  auto out = fmt::format("record{} {}", made.changes == 1 ? "" : "s", fmt::join(made.newest, " "));
  if (made.changes > made.newest.size()) {
    out += fmt::format(" and {} before them", made.changes - made.newest.size());
  }
  return out;
}

Outcome<std::uint64_t> at_position(const Source& source, const std::string& text, At& at) {
  Position position;
  if (!text.empty()) {
    const auto parsed = parse_position(text);
    std::error_code error;
    if (!parsed && std::filesystem::is_directory(text, error)) {
      return refuse(Trouble::usage,
                    text + " is a directory: two logs are compared without --datadir");
    }
    if (!parsed) return tl::unexpected(parsed.error());
    position = *parsed;
  }
  return resolve(source, position, &at);
}

int one_log(const Source& source, const DiffOptions& options, At& at) {
  const auto a = at_position(source, options.a, at);
  if (!a) return refused(a.error());
  const auto b = at_position(source, options.b, at);
  if (!b) return refused(b.error());
  const auto lower = std::min(*a, *b);
  const auto upper = std::max(*a, *b);
  const auto before = fold_to(source, lower, &at);
  if (!before) return refused(before.error());
  const auto after = fold_to(source, upper, &at);
  if (!after) return refused(after.error());
  auto found = *a <= *b ? differences(*before, *after, compared(true))
                        : differences(*after, *before, compared(true));
  if (const auto named = name_records(*before, source, upper, found, &Changed::by_b, at); !named) {
    return refused(named.error());
  }
  if (options.json) {
    json::array shown;
    for (const auto& [path, each] : found) {
      shown.push_back(
          {{"key", path}, {"a", each.a}, {"b", each.b}, {"records", to_json(each.by_b)}});
    }
    return print_json(
        {{"a", *a}, {"b", *b}, {"same", found.empty()}, {"differences", std::move(shown)}});
  }
  fmt::print("{} values differ between records {} and {}\n", found.size(), *a, *b);
  for (const auto& [path, each] : found) {
    fmt::print("{}\n  {} -> {}, by {}\n", path, json::serialize(each.a), json::serialize(each.b),
               text(each.by_b));
  }
  return 0;
}

// The shared domains whose facts are not the same, in number or in content.
std::vector<std::string> digests_apart(const World& a, const World& b) {
  std::vector<std::string> out;
  for (const auto& part : state_parts()) {
    if (!part.shared) continue;
    const auto digest = [&](const World& world) {
      const auto found = world.shared.digests.find(part.domain);
      return found == world.shared.digests.end() ? DomainDigest{} : found->second;
    };
    const auto first = digest(a);
    const auto second = digest(b);
    if (first.digest != second.digest || first.count != second.count) {
      out.push_back(fmt::format("{}: {} facts {}, {} facts {}", domain_name(part.domain),
                                first.count, to_hex(first.digest), second.count,
                                to_hex(second.digest)));
    }
  }
  return out;
}

int two_logs(const DiffOptions& options, At& at) {
  struct Side {
    std::optional<Source> source;
    std::uint64_t seq = 0;
    World world;
  } sides[2];
  std::error_code error;
  if (std::filesystem::equivalent(options.a, options.b, error)) {
    return refused({Trouble::usage, "A and B are the same directory"});
  }
  for (std::size_t i = 0; i < 2; ++i) {
    auto source = Source::open(i == 0 ? options.a : options.b);
    if (!source) return refused(source.error());
    sides[i].source = std::move(*source);
    const auto seq = at_position(*sides[i].source, options.at, at);
    if (!seq) return refused(seq.error());
    sides[i].seq = *seq;
    auto world = fold_to(*sides[i].source, *seq, &at);
    if (!world) return refused(world.error());
    sides[i].world = std::move(*world);
  }
  const auto& [a, b] = sides;
  auto found = differences(a.world, b.world, compared(options.local));
  if (const auto named = name_records({}, *a.source, a.seq, found, &Changed::by_a, at); !named) {
    return refused(named.error());
  }
  if (const auto named = name_records({}, *b.source, b.seq, found, &Changed::by_b, at); !named) {
    return refused(named.error());
  }
  const auto apart = digests_apart(a.world, b.world);
  const bool same = apart.empty();
  if (options.json) {
    json::array shown;
    for (const auto& [path, each] : found) {
      shown.push_back({{"key", path},
                       {"a", each.a},
                       {"b", each.b},
                       {"recordsA", to_json(each.by_a)},
                       {"recordsB", to_json(each.by_b)}});
    }
    json::object answer{{"a", a.seq},
                        {"b", b.seq},
                        {"same", found.empty() && apart.empty()},
                        {"sharedApart", json::array(apart.begin(), apart.end())},
                        {"differences", std::move(shown)}};
    return same ? print_json(answer) : print_json(std::move(answer), Trouble::audit_mismatch);
  }
  fmt::print("{} values differ between record {} of A and record {} of B\n", found.size(), a.seq,
             b.seq);
  for (const auto& each : apart) fmt::print("shared facts of {}\n", each);
  for (const auto& [path, each] : found) {
    fmt::print("{}\n  A: {}, by {}\n  B: {}, by {}\n", path, json::serialize(each.a),
               text(each.by_a), json::serialize(each.b), text(each.by_b));
  }
  if (!apart.empty()) fmt::print("`bisect` finds the first fact that differs\n");
  if (same) return 0;
  return refused({Trouble::audit_mismatch, "the logs differ in shared facts"});
}

}  // namespace

Verb diff_verb(cli::Command& app, const Common& common) {
  const auto options = std::make_shared<DiffOptions>();
  auto verb = app.add_subcommand(
      "diff",
      "Tells what differs: with --datadir between two positions of its log, without between the\n"
      "logs of two data directories; each value with the records that made it");
  verb.add_option("a", options->a, "a position, or a data directory").required();
  verb.add_option("b", options->b, "another one").required();
  verb.add_option("--at", options->at, "of two logs: at this position of both (their ends)")
      .type_name(position_names);
  verb.add_flag("--local", options->local, "of two logs: compare what is each node's own, too");
  verb.add_flag("--json", options->json, "one JSON object");
  verb.add_footer(
      std::string("Examples: horae-replay diff block:10 block:12 --datadir data/dev\n"
                  "          horae-replay diff one/data other/data --at block:10\n"
                  "Ends with 0 where two logs agree on everything shared, 10 where they "
                  "do not;\nwith 0 for two positions of one.\n") +
      positions_help);
  const auto answer = [options, &common](At& at) {
    if (common.data_directory.empty()) return two_logs(*options, at);
    const auto source = Source::open(common.data_directory);
    return source ? one_log(*source, *options, at) : refused(source.error());
  };
  return {verb, false, answer, {}};
}

}  // namespace horae::replay
