// The verb `bisect`: the first shared fact on which two logs do not agree.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <deque>
#include <map>
#include <optional>

#include "events/json.hpp"
#include "events/shared.hpp"
#include "events/world.hpp"
#include "tools/replay/list.hpp"
#include "tools/replay/progress.hpp"
#include "tools/replay/verbs.hpp"

namespace horae::replay {
namespace {

namespace json = boost::json;

struct Options {
  std::string a, b;
  bool whole = false;
  bool json = false;
};

// A shared fact that the other log has not been read far enough for.
struct Waiting {
  std::uint64_t seq = 0;
  Hash32 content;
};
struct Apart {
  Domain domain = Domain::NONE;
  std::uint64_t place = 0;  // among the domain's shared facts behind the common records, from 1
  std::uint64_t a = 0, b = 0;
};
struct Compared {
  std::uint64_t common = 0;  // records that are the same byte for byte from the beginning
  std::uint64_t facts = 0;   // shared ones compared behind them
  std::vector<Apart> apart;  // the first of each domain, by the order of A
  struct More {
    std::uint64_t count = 0, seq = 0;  // seq: of the first
  };
  std::map<Domain, More> more_a, more_b;  // shared facts that one log has and the other not yet
};

Outcome<Hash32> hash_at(LogReader& reader, std::uint64_t seq) {
  const auto value = reader.get(seq);
  if (!value) return refuse(Exit::corrupt, value.error().what);
  if (!*value) return refuse(Exit::corrupt, "record " + std::to_string(seq) + " is missing");
  const auto record = decode_record((**value).value);
  if (!record) {
    return refuse(Exit::corrupt, "record " + std::to_string(seq) + ": " + record.error().what);
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

// One log's shared facts, in order.
class SharedFacts {
 public:
  SharedFacts(const Source& source, std::uint64_t from)
      : walk_(source.reader(), from, source.last()) {}

  struct Fact {
    std::uint64_t seq = 0;
    Domain domain = Domain::NONE;
    Hash32 content;  // of kind and payload, as the domain's digest folds them
  };
  Outcome<std::optional<Fact>> next() {
    for (;; walk_.pop()) {
      const auto value = walk_.peek();
      if (!value) return tl::unexpected(value.error());
      if (*value == nullptr) return std::nullopt;
      const auto seq = (*value)->seq;
      const auto record = decode_record((*value)->value);
      if (!record) {
        return refuse(Exit::corrupt, to_text(finding_of(seq, record.error(), "a record")));
      }
      const auto& header = record->header;
      if (!is_shared(header.domain, header.kind)) continue;
      Fact out{seq, header.domain, {}};
      Bytes content{static_cast<std::uint8_t>(header.kind),
                    static_cast<std::uint8_t>(header.kind >> 8)};
      content.insert(content.end(), record->payload.begin(), record->payload.end());
      out.content = sha256(content);
      walk_.pop();
      return out;
    }
  }

 private:
  Walk walk_;
};

Outcome<Compared> compare(const Source& a, const Source& b, bool whole, At& at) {
  Compared out;
  if (!whole) {
    const auto common = common_records(a, b);
    if (!common) return tl::unexpected(common.error());
    out.common = *common;
  }
  struct Side {
    SharedFacts facts;
    std::uint64_t read = 0;
    bool ended = false;
    std::map<Domain, std::deque<Waiting>> waiting;
  } sides[2] = {{SharedFacts(a, out.common + 1), 0, false, {}},
                {SharedFacts(b, out.common + 1), 0, false, {}}};
  std::map<Domain, std::uint64_t> places;
  std::map<Domain, Apart> apart;
  Progress progress(&at, "comparing", std::max(a.last(), b.last()) - out.common);
  while (!sides[0].ended || !sides[1].ended) {
    // The one that is behind goes on, so that little has to wait.
    const std::size_t side =
        sides[0].ended || (!sides[1].ended && sides[1].read < sides[0].read) ? 1 : 0;
    auto& mine = sides[side];
    const auto fact = mine.facts.next();
    if (!fact) return tl::unexpected(fact.error());
    mine.ended = !*fact;
    if (mine.ended) continue;
    ++mine.read;
    const auto domain = (*fact)->domain;
    if (side == 0) progress.at((*fact)->seq);
    if (apart.contains(domain)) continue;
    mine.waiting[domain].push_back({(*fact)->seq, (*fact)->content});
    auto& first = sides[0].waiting[domain];
    auto& second = sides[1].waiting[domain];
    if (first.empty() || second.empty()) continue;
    ++places[domain];
    ++out.facts;
    if (first.front().content != second.front().content) {
      apart[domain] = {domain, places[domain], first.front().seq, second.front().seq};
      first.clear();
      second.clear();
      continue;
    }
    first.pop_front();
    second.pop_front();
  }
  for (const auto& [domain, each] : apart) out.apart.push_back(each);
  std::ranges::sort(out.apart, {}, &Apart::a);
  for (const auto& [domain, left] : sides[0].waiting) {
    if (!left.empty()) out.more_a[domain] = {left.size(), left.front().seq};
  }
  for (const auto& [domain, left] : sides[1].waiting) {
    if (!left.empty()) out.more_b[domain] = {left.size(), left.front().seq};
  }
  return out;
}

Outcome<json::object> record_at(const Source& source, std::uint64_t seq) {
  const auto value = source.reader().get(seq);
  if (!value || !*value) return refuse(Exit::corrupt, "record " + std::to_string(seq));
  return describe(**value);
}

json::object more_json(const std::map<Domain, Compared::More>& more) {
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
    apart.push_back({{"domain", domain_name(each.domain)},
                     {"place", each.place},
                     {"a", *mine},
                     {"b", *theirs}});
    text += fmt::format("{} differs from its shared fact {} behind them on\n  A {}\n  B {}\n",
                        domain_name(each.domain), each.place, record_line(*mine, false),
                        record_line(*theirs, false));
  }
  const auto code = apart.empty() ? Exit::ok : Exit::mismatch;
  if (as_json) {
    print_json({{"same", apart.empty()},
                {"commonRecords", compared.common},
                {"compared", compared.facts},
                {"divergences", std::move(apart)},
                {"moreInA", more_json(compared.more_a)},
                {"moreInB", more_json(compared.more_b)}});
    return static_cast<int>(code);
  }
  fmt::print("{} records in common; {} shared facts compared behind them: {}\n", compared.common,
             compared.facts, apart.empty() ? "no difference" : "they differ, first in");
  fmt::print("{}", text);
  for (const auto* more : {&compared.more_a, &compared.more_b}) {
    for (const auto& [domain, each] : *more) {
      fmt::print("{} has {} more facts of {}, from its record {} on\n",
                 more == &compared.more_a ? "A" : "B", each.count, domain_name(domain), each.seq);
    }
  }
  return static_cast<int>(code);
}

}  // namespace

Verb bisect_verb(CLI::App& app, const Common&) {
  const auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "bisect", "Finds the first shared fact on which the logs of two data directories differ");
  verb->add_option("a", options->a, "a data directory")->required()->type_name("DIR");
  verb->add_option("b", options->b, "another one")->required()->type_name("DIR");
  verb->add_flag("--whole", options->whole,
                 "compare every fact: do not trust the hash chains, which `verify` checks");
  verb->add_flag("--json", options->json, "one JSON object");
  verb->footer(
      "Example: horae-replay bisect one/data other/data\n"
      "What both logs begin with, byte for byte, is found by halves from the chain's hashes; "
      "behind "
      "it\nboth are read once. Shared facts are compared domain by domain, in the order of each "
      "log: what\nis each node's own, and how it is mixed in, is no difference. Ends with 10 "
      "where they differ.\n");
  const auto answer = [options](At& at) {
    std::error_code error;
    if (std::filesystem::equivalent(options->a, options->b, error)) {
      return refused({Exit::usage, "A and B are the same directory"});
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
