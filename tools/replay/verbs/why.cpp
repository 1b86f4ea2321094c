// The verb `why`: the whole fate of a transaction, from the log alone.

#include <fmt/format.h>

#include <algorithm>

#include "events/json.hpp"
#include "events/mempool/fate.hpp"
#include "events/world.hpp"
#include "tools/replay/list.hpp"
#include "tools/replay/reading.hpp"
#include "tools/replay/show.hpp"
#include "tools/replay/verbs/verbs.hpp"

namespace horae::replay {
namespace {

namespace json = boost::json;

struct WhyOptions {
  std::string hash;
  bool json = false;
};

struct Told {
  json::value fate;     // null where it is no L2 transaction of this log
  json::array mention;  // other records that hold the hash: an L1 transaction's, a block's
};

bool holds(BytesView payload, const Hash32& hash) {
  return std::search(payload.begin(), payload.end(), hash.bytes.begin(), hash.bytes.end()) !=
         payload.end();
}

// No lookup is asked: what an index would have left out is found all the same.
Outcome<Told> tell(const Source& source, const Hash32& hash, At& at) {
  Fate fate(hash);
  Told out;
  json::array told;
  Reading reading(&at, "reading", source.last());
  Walk walk(source.reader(), 1, source.last());
  for (;; walk.pop()) {
    const auto value = walk.peek();
    if (!value) return tl::unexpected(value.error());
    if (*value == nullptr) break;
    reading.at((*value)->seq);
    if (!holds((*value)->value, hash)) continue;
    const auto described = describe(**value);
    if (!described) return tl::unexpected(described.error());
    const auto record = decode_record((*value)->value);
    const auto names = hashes_named(*record);
    const bool named = std::find(names.begin(), names.end(), hash) != names.end();
    if (named) fate.add(*record);
    (named ? told : out.mention)
        .push_back({{"seq", record->header.seq},
                    {"time", record->header.time_ms},
                    {"domain", described->at("domain")},
                    {"fact", described->at("kind")}});
  }
  out.fate = fate.json();
  // A block's hash is named and is no transaction's.
  if (out.fate.is_null()) {
    out.mention.insert(out.mention.begin(), told.begin(), told.end());
  }
  return out;
}

std::string line(const json::object& entry, std::string_view what) {
  return fmt::format("  {:>9}  {}  {}\n", entry.at("seq").to_number<std::uint64_t>(),
                     show_time(entry.at("time").to_number<std::uint64_t>()), what);
}

std::string text(const Told& told, const Hash32& hash) {
  auto out = fmt::format("{}\n", to_hex(hash));
  if (told.fate.is_object()) {
    const auto& fate = told.fate.as_object();
    out += fmt::format("  {}", std::string_view(fate.at("status").as_string()));
    if (const auto* block = fate.if_contains("block")) {
      out += fmt::format(" in block {}", block->to_number<std::uint64_t>());
    }
    if (const auto* by = fate.if_contains("by")) {
      out += fmt::format(" by {}", std::string_view(by->as_string()));
    }
    if (const auto* reason = fate.if_contains("reason")) {
      out += fmt::format(": {}, {}", std::string_view(reason->as_string()),
                         std::string_view(fate.at("detail").as_string()));
    }
    out += '\n';
    for (const auto& entry : fate.at("history").as_array()) {
      out += line(entry.as_object(), entry.at("fact").as_string());
    }
  }
  if (!told.mention.empty()) out += "named elsewhere\n";
  for (const auto& entry : told.mention) {
    out += line(entry.as_object(), std::string(entry.at("domain").as_string()) + " " +
                                       std::string(entry.at("fact").as_string()));
  }
  return out;
}

int answer_why(const Source& source, const WhyOptions& options, At& at) {
  const auto hash = fixed_from_hex<Hash32>(options.hash);
  if (!hash) return refused({Trouble::usage, "HASH: " + hash.error().what});
  const auto told = tell(source, *hash, at);
  if (!told) return refused(told.error());
  if (told->fate.is_null() && told->mention.empty()) {
    return refused({Trouble::not_in_log,
                    "no record names " + to_hex(*hash) + ": this log never admitted or sealed it"});
  }
  if (!options.json) {
    fmt::print("{}", text(*told, *hash));
    return 0;
  }
  return print_json({{"hash", to_hex(*hash)}, {"fate", told->fate}, {"elsewhere", told->mention}});
}

}  // namespace

Verb why_verb(cli::Command& app, const Common& common) {
  const auto options = std::make_shared<WhyOptions>();
  auto verb = app.add_subcommand(
      "why", "Tells a transaction's whole fate, and every other record that names its hash");
  verb.add_option("hash", options->hash, "of the transaction").required().type_name("HASH");
  verb.add_flag("--json", options->json,
                "one JSON object: hash, fate (as horae_transaction), elsewhere");
  verb.add_footer("Example: horae-replay why 0x5c50… --datadir data/dev\n");
  return {verb,
          true,
          on_log(common, [options](const Source& source,
                                   At& at) { return answer_why(source, *options, at); }),
          {}};
}

}  // namespace horae::replay
