#include "node/pool/change_file.hpp"

#include <boost/json.hpp>

#include "events/json.hpp"
#include "events/shared.hpp"
#include "node/pool/make_genesis.hpp"
#include "node/pool/message_file.hpp"
#include "node/start/options.hpp"
#include "node/start/rules.hpp"

namespace horae {
namespace {

namespace json = boost::json;

constexpr const char* name_of_change = "change";
constexpr const char* maker_of_change = "horae pool change";

// Rules that this program does not know are shown by their bytes alone.
json::value shown_rule(BytesView bytes) {
  const auto rule = Msg<schema::SharedCommand>::parse(bytes);
  if (!rule) return json::value(to_hex(bytes));
  return to_json(*rule, capnp::Schema::from<schema::SharedCommand>());
}

json::value shown_change(const Msg<schema::RuleChange>& change) {
  json::array rules;
  for (const auto bytes : change.read().getRules()) rules.push_back(shown_rule(view(bytes)));
  return json::object{{"fromBlock", std::to_string(change.read().getFromBlock())},
                      {"needs", change.read().getNeeds()},
                      {"rules", std::move(rules)}};
}

}  // namespace

Msg<schema::RuleChange> make_change(const config::Config& config, std::uint64_t from_block,
                                    std::uint32_t needs, bool revocable) {
  auto rules = shared_rules(sequence_options(config));
  if (revocable) rules.push_back({{}, revocable_blocks()});
  return Msg<schema::RuleChange>::build([&](auto change) {
    change.setFromBlock(from_block);
    change.setNeeds(needs);
    auto list = change.initRules(static_cast<unsigned>(rules.size()));
    for (unsigned i = 0; i < list.size(); ++i) list.set(i, data(rules[i].rule.bytes()));
  });
}

std::string change_text(const Msg<schema::RuleChange>& change) {
  return message_text(name_of_change, shown_change(change), change.bytes());
}

Result<Msg<schema::RuleChange>> read_change(const std::filesystem::path& file) {
  auto change =
      read_message<schema::RuleChange>(file, name_of_change, maker_of_change, shown_change);
  if (!change || change->read().getNeeds() > known_rules()) return change;
  for (const auto bytes : change->read().getRules()) {
    const auto rule = Msg<schema::SharedCommand>::parse(view(bytes));
    if (!rule || !configures(rule->read())) {
      return fail(file.string() + ": it has a rule that sets nothing: make it anew by `" +
                  maker_of_change + "`");
    }
  }
  return change;
}

}  // namespace horae
