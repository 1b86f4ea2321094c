// The verb `bisect`: the first shared fact on which two logs do not agree.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <vector>

#include "events/json.hpp"
#include "events/record.hpp"
#include "tools/replay/audit/shared_facts.hpp"
#include "tools/replay/list.hpp"
#include "tools/replay/verbs/verbs.hpp"

namespace horae::replay {
namespace {

namespace json = boost::json;

struct BisectOptions {
  std::string a, b;
  bool whole = false;
  bool json = false;
};

struct Apart {
  Domain domain = Domain::NONE;
  std::uint64_t a = 0, b = 0;  // the records
};
struct More {
  std::uint64_t count = 0, seq = 0;  // seq: of the first
};
struct Compared {
  std::uint64_t common = 0;  // records that are the same byte for byte from the beginning
  std::uint64_t read = 0;    // records behind them, of both logs; more than once where need be
  std::vector<Apart> apart;  // the first of each domain, by the order of A
  std::map<Domain, More> more_a, more_b;  // shared facts that one log has and the other not yet
};

Outcome<Hash32> hash_at(LogReader& reader, std::uint64_t seq) {
  const auto value = reader.get(seq);
  if (!value) return refuse(Trouble::log_corrupt, value.error().what);
  if (!*value) return refuse(Trouble::log_corrupt, "record " + std::to_string(seq) + " is missing");
  const auto record = decode_record((**value).value);
  if (!record) {
    return refuse(Trouble::log_corrupt,
                  "record " + std::to_string(seq) + ": " + record.error().what);
  }
  return record_hash(*record);
}

// A record's hash vouches for all before it, so that how much two logs have in common is found by
// halves.
Outcome<std::uint64_t> common_records(const Source& a, const Source& b) {
  auto reader_a = a.reader();
  auto reader_b = b.reader();
  std::uint64_t same = 0;
  std::uint64_t other = std::min(a.last(), b.last()) + 1;
  while (other - same > 1) {
    const auto middle = same + (other - same) / 2;
    const auto hash_a = hash_at(reader_a, middle);
    if (!hash_a) return tl::unexpected(hash_a.error());
    const auto hash_b = hash_at(reader_b, middle);
    if (!hash_b) return tl::unexpected(hash_b.error());
    (*hash_a == *hash_b ? same : other) = middle;
  }
  return same;
}

// Two logs' shared facts, domain by domain. Throws what a log refuses: there is no other answer.
class Comparison {
 public:
  Comparison(SharedFacts& a, SharedFacts& b, std::uint64_t common)
      : a_(a), b_(b), common_(common) {}

  /// How many facts of the domain are the same from the beginning.
  std::uint64_t same_facts(Domain domain) {
    const auto limit = std::min(got(a_.count(domain)), got(b_.count(domain)));
    auto low = std::min(got(a_.count_at(domain, common_)), limit);
    auto high = limit + 1;
    // Most likely they part where the records do: both logs are read there, whatever they say.
    const auto near = std::min(
        {got(a_.count_behind(domain, common_)), got(b_.count_behind(domain, common_)), limit});
    for (const auto count : {near, limit}) {
      if (count <= low || count >= high) continue;
      (same(domain, count) ? low : high) = count;
    }
    while (low < limit && high - low > 1) {
      // Where one of them says its digest there is less to read.
      auto middle = got(a_.marked_between(domain, low, high));
      if (!middle) middle = got(b_.marked_between(domain, low, high));
      if (!middle) middle = low + (high - low) / 2;
      (same(domain, *middle) ? low : high) = *middle;
    }
    return low;
  }

  void compare(Domain domain, Compared& out) {
    const auto count_a = got(a_.count(domain));
    const auto count_b = got(b_.count(domain));
    const auto alike = same_facts(domain);
    if (alike < count_a && alike < count_b) {
      out.apart.push_back(
          {domain, got(a_.seq_of(domain, alike + 1)), got(b_.seq_of(domain, alike + 1))});
    } else if (alike < count_a) {
      out.more_a[domain] = {count_a - alike, got(a_.seq_of(domain, alike + 1))};
    } else if (alike < count_b) {
      out.more_b[domain] = {count_b - alike, got(b_.seq_of(domain, alike + 1))};
    }
  }

 private:
  template <class T>
  static T got(Outcome<T> outcome) {
    if (!outcome) throw std::move(outcome.error());
    return std::move(*outcome);
  }
  bool same(Domain domain, std::uint64_t count) {
    return got(a_.digest(domain, count)) == got(b_.digest(domain, count));
  }

  SharedFacts& a_;
  SharedFacts& b_;
  std::uint64_t common_;
};

Outcome<Compared> compare(const Source& a, const Source& b, bool whole, At& at) {
  Compared out;
  if (!whole) {
    const auto common = common_records(a, b);
    if (!common) return tl::unexpected(common.error());
    out.common = *common;
  }
  auto by_marks = !whole;
  if (by_marks) {
    // The logs are the same up to there: one speaks for both.
    const auto marked = SharedFacts(a, true, 0, "A", &at).marked_near(out.common);
    if (!marked) return tl::unexpected(marked.error());
    by_marks = *marked;
  }
  SharedFacts facts_a(a, by_marks, out.common, "A", &at);
  SharedFacts facts_b(b, by_marks, out.common, "B", &at);
  try {
    Comparison comparison(facts_a, facts_b, out.common);
    for_each_shared([&](auto row) { comparison.compare(number_of<decltype(row)>, out); });
  } catch (Failure& refusal) {
    return tl::unexpected(std::move(refusal));
  }
  out.read = facts_a.records_read() + facts_b.records_read();
  std::ranges::sort(out.apart, {}, &Apart::a);
  return out;
}

Outcome<json::object> record_at(const Source& source, std::uint64_t seq) {
  const auto value = source.reader().get(seq);
  if (!value || !*value) return refuse(Trouble::log_corrupt, "record " + std::to_string(seq));
  return describe(**value);
}

json::object more_json(const std::map<Domain, More>& more) {
  json::object out;
  for (const auto& [domain, each] : more) {
    out[domain_name(domain)] = {{"facts", each.count}, {"from", each.seq}};
  }
  return out;
}

int show(const Compared& compared, const Source& a, const Source& b, bool as_json) {
  json::array apart;
  std::string text;
  for (const auto& each : compared.apart) {
    const auto mine = record_at(a, each.a);
    if (!mine) return refused(mine.error());
    const auto theirs = record_at(b, each.b);
    if (!theirs) return refused(theirs.error());
    apart.push_back({{"domain", domain_name(each.domain)}, {"a", *mine}, {"b", *theirs}});
    text += fmt::format("{}\n  A {}\n  B {}\n", domain_name(each.domain),
                        record_line(*mine, LineForm::whole), record_line(*theirs, LineForm::whole));
  }
  const bool same = apart.empty();
  if (as_json) {
    json::object answer{{"same", apart.empty()},
                        {"commonRecords", compared.common},
                        {"read", compared.read},
                        {"divergences", std::move(apart)},
                        {"moreInA", more_json(compared.more_a)},
                        {"moreInB", more_json(compared.more_b)}};
    return same ? print_json(answer) : print_json(std::move(answer), Trouble::audit_mismatch);
  }
  fmt::print("{} records in common; {} read of {} and {}: {}\n", compared.common, compared.read,
             a.last(), b.last(),
             apart.empty() ? "no shared fact differs" : "shared facts differ, first in");
  fmt::print("{}", text);
  for (const auto* more : {&compared.more_a, &compared.more_b}) {
    for (const auto& [domain, each] : *more) {
      fmt::print("{} has {} more facts of {}, from its record {} on\n",
                 more == &compared.more_a ? "A" : "B", each.count, domain_name(domain), each.seq);
    }
  }
  if (same) return 0;
  return refused({Trouble::audit_mismatch, "the logs differ in shared facts"});
}

}  // namespace

Verb bisect_verb(cli::Command& app, const Common&) {
  const auto options = std::make_shared<BisectOptions>();
  auto verb = app.add_subcommand(
      "bisect", "Finds the first shared fact on which the logs of two data directories differ");
  verb.add_option("a", options->a, "a data directory").required().type_name("DIR");
  verb.add_option("b", options->b, "another one").required().type_name("DIR");
  verb.add_flag("--whole", options->whole,
                "read both logs whole: believe neither their hash chains nor what their "
                "StateHashed say of the shared domains, both of which `verify` checks");
  verb.add_flag("--json", options->json, "one JSON object");
  verb.add_footer(
      "Example: horae-replay bisect one/data other/data\n"
      "What both logs begin with, byte for byte, is found by halves from the chain's hashes; where "
      "their\nshared facts part, by halves from the digests that they say every 10,000 records, "
      "domain by domain.\nWhat is each node's own, and how it is mixed in, is no difference. Ends "
      "with 10 where they differ.\n");
  const auto answer = [options](At& at) {
    std::error_code error;
    if (std::filesystem::equivalent(options->a, options->b, error)) {
      return refused({Trouble::usage, "A and B are the same directory"});
    }
    const auto a = Source::open(options->a);
    if (!a) return refused(a.error());
    const auto b = Source::open(options->b);
    if (!b) return refused(b.error());
    const auto compared = compare(*a, *b, options->whole, at);
    if (!compared) return refused(compared.error());
    return show(*compared, *a, *b, options->json);
  };
  return {verb, false, answer, {}};
}

}  // namespace horae::replay
