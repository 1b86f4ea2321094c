// The verb `quorum`: that the pool agreed on a height, shown from one member's log alone.
#include "tools/replay/audit/quorum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "core/crypto/secp256k1.hpp"
#include "tools/replay/verbs/verbs.hpp"

namespace horae::replay {
namespace {

namespace json = boost::json;

struct QuorumOptions {
  std::uint64_t height = 0;  // 0: none is asked for
  bool json = false;
};

bool has_signed(const Quorum& quorum, const Address& member) {
  return std::ranges::count(quorum.header.commit.signed_by, member) > 0;
}

json::object to_json(const Quorum& quorum) {
  const auto& commit = quorum.header.commit;
  json::array members;
  for (const auto& member : quorum.header.members) {
    const auto address = address_of(member.key);
    members.push_back({{"address", to_hex(address)},
                       {"power", member.power},
                       {"signed", has_signed(quorum, address)}});
  }
  return {{"ok", true},
          {"chain", quorum.chain},
          {"height", quorum.height},
          {"seq", quorum.seq},
          {"appHash", to_hex(quorum.app_hash)},
          {"header",
           {{"height", commit.height},
            {"seq", quorum.header.seq},
            {"hash", to_hex(commit.block)},
            {"round", commit.round}}},
          {"power", commit.power},
          {"allPower", commit.all_power},
          {"members", std::move(members)}};
}

std::string show(const Quorum& quorum) {
  const auto& commit = quorum.header.commit;
  auto out = fmt::format(
      "agreed       height {} of {}: members with {} of {} power signed its state\n"
      "app hash     {}: that of the shared facts up to record {}\n"
      "signed       header {} of height {} in round {}, record {}{}\n",
      quorum.height, quorum.chain, commit.power, commit.all_power, to_hex(quorum.app_hash),
      quorum.seq, to_hex(commit.block), commit.height, commit.round, quorum.header.seq,
      commit.height == quorum.height + 1 ? "" : ": no fact came between");
  for (const auto& member : quorum.header.members) {
    const auto address = address_of(member.key);
    out += fmt::format("{:<12} {} with {} power\n", has_signed(quorum, address) ? "by" : "not by",
                       to_hex(address), member.power);
  }
  return out;
}

int answer_quorum(const Source& source, const QuorumOptions& options, At& at) {
  const auto quorum =
      find_quorum(source, options.height == 0 ? std::nullopt : std::optional(options.height), &at);
  if (!quorum) return refused(quorum.error());
  if (quorum->finding) return found(*quorum->finding, options.json);
  if (options.json) return print_json(to_json(*quorum));
  fmt::print("{}", show(*quorum));
  return 0;
}

}  // namespace

Verb quorum_verb(cli::Command& app, const Common& common) {
  const auto options = std::make_shared<QuorumOptions>();
  auto verb = app.add_subcommand(
      "quorum", "Shows that a pool's members agreed on the state after a height of consensus");
  verb.add_option("height", options->height, "of consensus (the last that the log can show)")
      .range(std::uint64_t{1}, UINT64_MAX)
      .type_name("HEIGHT");
  verb.add_flag("--json", options->json, "one JSON object");
  verb.add_footer(
      "Example: horae-replay quorum 12 --datadir data/dev\n"
      "From this log alone: the app hash is computed from the shared facts up to the height, and "
      "a\n"
      "header of consensus that carries it has the signatures of members with more than two "
      "thirds\n"
      "of the power, as the log knows them. The log has one for each height that changed the "
      "state,\n"
      "a few seconds later. Ends with 10 where something of it is not so, 9 where the log does "
      "not\n"
      "have the signatures, or not yet. `verify` checks all of them.\n");
  return {verb, true,
          on_log(common, [options](const Source& source,
                                   At& at) { return answer_quorum(source, *options, at); }),
          [options](const Finding& finding) { return found(finding, options->json); }};
}

}  // namespace horae::replay
