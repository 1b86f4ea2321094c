// The verb `stats`: what a log consists of.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "events/json.hpp"
#include "events/world.hpp"
#include "storage/usage.hpp"
#include "tools/replay/list.hpp"
#include "tools/replay/reading.hpp"
#include "tools/replay/show.hpp"
#include "tools/replay/verbs/verbs.hpp"

namespace horae::replay {
namespace {

namespace json = boost::json;

constexpr std::size_t gaps_shown = 5;

struct Amount {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
};
struct Gap {
  std::uint64_t seq = 0;  // of the record behind it
  std::uint64_t ms = 0;
};

struct Stats {
  Amount all;
  std::uint64_t decisions = 0;
  std::uint64_t blocks = 0;
  std::uint64_t txns = 0;              // in those blocks
  std::uint64_t revoked = 0;           // blocks that are none of those any more
  std::vector<std::uint64_t> txns_of;  // by block from 1
  std::uint64_t admitted = 0;
  std::uint64_t first_ms = 0;
  std::uint64_t last_ms = 0;
  std::map<std::string, std::map<std::string, Amount>> kinds;  // by domain and kind
  std::vector<Gap> gaps;                                       // the longest, longest first
};

void revoke(Stats& out, schema::BlocksRevoked::Reader revoked) {
  while (out.txns_of.size() >= revoked.getNumber()) {
    out.txns -= out.txns_of.back();
    out.txns_of.pop_back();
    --out.blocks;
    ++out.revoked;
  }
}

void count_contents(Stats& out, Domain domain, const Message& payload) {
  if (domain == Domain::BLOCKS) {
    const auto fact = Msg<schema::BlocksFact>::of(payload);
    if (fact.read().isBlocksRevoked()) return revoke(out, fact.read().getBlocksRevoked());
    if (!fact.read().isBlockSealed()) return;
    ++out.blocks;
    out.txns += fact.read().getBlockSealed().getHashes().size();
    out.txns_of.push_back(fact.read().getBlockSealed().getHashes().size());
  } else if (domain == Domain::MEMPOOL) {
    out.admitted += Msg<schema::MempoolFact>::of(payload).read().isTxnAdmitted() ? 1 : 0;
  }
}

void note_gap(Stats& out, std::uint64_t seq, std::uint64_t time_ms) {
  if (out.all.records == 0) {
    out.first_ms = out.last_ms = time_ms;
    return;
  }
  if (time_ms > out.last_ms) out.gaps.push_back({seq, time_ms - out.last_ms});
  out.last_ms = std::max(out.last_ms, time_ms);
  std::stable_sort(out.gaps.begin(), out.gaps.end(),
                   [](const Gap& left, const Gap& right) { return left.ms > right.ms; });
  if (out.gaps.size() > gaps_shown) out.gaps.pop_back();
}

Outcome<Stats> count(const Source& source, At& at) {
  Stats out;
  std::map<std::pair<Domain, std::uint16_t>, Amount> amounts;
  std::map<std::pair<Domain, std::uint16_t>, std::string> names;
  Reading reading(&at, "counting", source.last());
  Walk walk(source.reader(), 1, source.last());
  for (;; walk.pop()) {
    const auto value = walk.peek();
    if (!value) return tl::unexpected(value.error());
    if (*value == nullptr) break;
    const auto seq = (*value)->seq;
    reading.at(seq);
    const auto record = decode_record((*value)->value);
    if (!record) return refuse_record(seq, record.error());
    const auto& header = record->header;
    const auto payload = checked_fact(header.domain, record->payload);
    if (!payload) return refuse_record(seq, payload.error());
    note_gap(out, seq, header.time_ms);
    const auto bytes = (*value)->value.size();
    auto& amount = amounts[{header.domain, header.kind}];
    auto& name = names[{header.domain, header.kind}];
    if (name.empty()) {
      const auto described = describe(**value);
      if (!described) return tl::unexpected(described.error());
      name = std::string(described->at("kind").as_string());
    }
    for (auto* each : {&amount, &out.all}) {
      each->records += 1;
      each->bytes += bytes;
    }
    if (!header.more) ++out.decisions;
    count_contents(out, header.domain, *payload);
  }
  for (const auto& [key, amount] : amounts) {
    out.kinds[domain_name(key.first)][names[key]] = amount;
  }
  return out;
}

json::object to_json(const Stats& stats, const LogFile& file) {
  json::object domains;
  for (const auto& [domain, kinds] : stats.kinds) {
    json::object shown;
    for (const auto& [kind, amount] : kinds) {
      shown[kind] = {{"records", amount.records}, {"bytes", amount.bytes}};
    }
    domains[domain] = std::move(shown);
  }
  json::array gaps;
  for (const auto& gap : stats.gaps) gaps.push_back({{"seq", gap.seq}, {"ms", gap.ms}});
  return {{"records", stats.all.records},
          {"bytes", stats.all.bytes},
          {"decisions", stats.decisions},
          {"blocks", stats.blocks},
          {"txns", stats.txns},
          {"revoked", stats.revoked},
          {"admitted", stats.admitted},
          {"firstTime", stats.first_ms},
          {"lastTime", stats.last_ms},
          {"domains", std::move(domains)},
          {"gaps", std::move(gaps)},
          {"file",
           {{"bytes", file.bytes},
            {"pageBytes", file.page_bytes},
            {"depth", file.depth},
            {"branchPages", file.branch_pages},
            {"leafPages", file.leaf_pages},
            {"overflowPages", file.overflow_pages}}}};
}

std::string text(const Stats& stats, const LogFile& file) {
  auto out = fmt::format(
      "records      {} in {} decisions, {} bytes\n"
      "time         {} to {}\n"
      "chain        {} blocks with {} transactions; {} admitted{}\n"
      "file         {} bytes: {} leaf, {} branch and {} overflow pages of {}, depth {}\n",
      stats.all.records, stats.decisions, stats.all.bytes, show_time(stats.first_ms),
      show_time(stats.last_ms), stats.blocks, stats.txns, stats.admitted,
      stats.revoked == 0 ? "" : fmt::format("; {} blocks were revoked", stats.revoked), file.bytes,
      file.leaf_pages, file.branch_pages, file.overflow_pages, file.page_bytes, file.depth);
  for (const auto& [domain, kinds] : stats.kinds) {
    for (const auto& [kind, amount] : kinds) {
      out += fmt::format("  {:<12} {:<24} {:>9} records {:>12} bytes\n", domain, kind,
                         amount.records, amount.bytes);
    }
  }
  for (const auto& gap : stats.gaps) {
    out += fmt::format("silence      {:.3f} s before record {}\n",
                       static_cast<double>(gap.ms) / 1000, gap.seq);
  }
  return out;
}

}  // namespace

Verb stats_verb(cli::Command& app, const Common& common) {
  const auto as_json = std::make_shared<bool>(false);
  auto verb = app.add_subcommand(
      "stats", "Counts records, bytes, decisions, blocks and transactions; the longest silences");
  verb.add_flag("--json", *as_json, "one JSON object");
  verb.add_footer("Example: horae-replay stats --datadir data/dev\n");
  const auto answer = [as_json](const Source& source, At& at) {
    const auto stats = count(source, at);
    if (!stats) return refused(stats.error());
    const auto file = source.file();
    if (!file) return refused(file.error());
    if (*as_json) return print_json(to_json(*stats, *file));
    fmt::print("{}", text(*stats, *file));
    return 0;
  };
  return {verb, true, on_log(common, answer), {}};
}

}  // namespace horae::replay
