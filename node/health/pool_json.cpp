#include "node/health/pool_json.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace horae {
namespace {

namespace json = boost::json;

json::value connected(const Board::Consensus& pool, const Board::PoolMember& member) {
  if (member.signer == pool.me) return true;
  if (member.endpoint.empty()) return nullptr;
  const auto id = member.endpoint.substr(0, member.endpoint.find('@'));
  return std::ranges::find(pool.peers, id) != pool.peers.end();
}

bool linked(const Board::Consensus& pool, const Board::Forwarding& forwarding,
            const Board::PoolMember& member) {
  return member.signer == pool.me ||
         std::ranges::find(forwarding.linked, member.signer) != forwarding.linked.end();
}

json::value leader_json(const Address& leader) {
  if (leader == Address{}) return nullptr;
  return json::value(to_hex(leader));
}

json::value failover_json(const Board::Consensus::Failover& seen) {
  if (seen.at_ms == 0) return nullptr;
  return {{"timeMs", seen.at_ms},
          {"epoch", seen.epoch},
          {"block", seen.block},
          {"from", to_hex(seen.from)},
          {"to", to_hex(seen.to)}};
}

std::string word_of(const json::value& value) {
  if (value.is_null()) return "unknown";
  return value.as_bool() ? "yes" : "no";
}

json::object rules_json(const Board::Consensus& pool) {
  json::array changes;
  for (const auto& change : pool.changes) {
    changes.push_back(
        {{"fromBlock", change.from_block},
         {"needs", change.needs},
         {"digest", to_hex(change.digest)},
         {"agreed", change.agreed},
         {"power", change.agreed ? json::value(nullptr) : json::value(change.power)}});
  }
  return {{"version", pool.rules_version},
          {"known", pool.rules_known},
          {"changes", std::move(changes)}};
}

std::string rules_text(const json::object& rules) {
  const auto number = [](const json::object& object, std::string_view name) {
    return object.at(name).to_number<std::uint64_t>();
  };
  auto out = fmt::format("shared rules of version {}, this program knows version {}\n",
                         number(rules, "version"), number(rules, "known"));
  for (const auto& each : rules.at("changes").as_array()) {
    const auto& change = each.as_object();
    out += fmt::format("  change {} from L1 block {} on, for version {}: {}\n",
                       std::string(change.at("digest").as_string()).substr(0, 10),
                       number(change, "fromBlock"), number(change, "needs"),
                       change.at("agreed").as_bool()
                           ? "agreed on"
                           : fmt::format("wanted by {} of power", number(change, "power")));
  }
  return out;
}

json::value revoked_json(const Board::Consensus::Revoked& revoked) {
  if (revoked.times == 0) return nullptr;
  return json::object{{"times", revoked.times}, {"first", revoked.first}, {"last", revoked.last}};
}

std::string revoked_text(const json::value& revoked) {
  if (revoked.is_null()) return "";
  const auto number = [&](std::string_view name) {
    return revoked.as_object().at(name).to_number<std::uint64_t>();
  };
  return fmt::format("blocks were revoked {} times, the last time {} to {}\n", number("times"),
                     number("first"), number("last"));
}

std::string signer_text(const json::object& signer) {
  const auto& reason = signer.at("reason").as_string();
  const auto height = signer.at("height").to_number<std::uint64_t>();
  return fmt::format("signer: {}{}{}{}", std::string(signer.at("state").as_string()),
                     reason.empty() ? "" : ", ", std::string(reason),
                     height == 0 ? "" : fmt::format(", last at height {}", height));
}

}  // namespace

std::size_t may_fail(const Board::Consensus& pool) {
  std::vector<std::uint64_t> powers;
  std::uint64_t total = 0;
  for (const auto& member : pool.members) {
    powers.push_back(member.power);
    total += member.power;
  }
  std::ranges::sort(powers, std::greater());
  std::uint64_t away = 0;
  std::size_t out = 0;
  // Powers are METIS, far below a third of what fits.
  for (const auto power : powers) {
    away += power;
    if (3 * away >= total) break;
    ++out;
  }
  return out;
}

std::uint64_t missed_blocks(const Board::Consensus& pool, const Board::PoolMember& member) {
  if (pool.signatures_from == 0 || member.signer == pool.me) return 0;
  // The newest signatures are those under the block before the last.
  const auto newest = pool.height - std::min<std::uint64_t>(pool.height, 1);
  return newest - std::min(newest, std::max(member.seen, pool.signatures_from - 1));
}

bool is_away(const Board::Consensus& pool, const Board::PoolMember& member) {
  const bool unconnected = connected(pool, member) == json::value(false);
  return missed_blocks(pool, member) >= (unconnected ? 5 : 20);
}

json::object pool_json(const Board::Consensus& pool, const Board::Forwarding& forwarding,
                       const Board::Copies& copies) {
  json::array members;
  for (const auto& member : pool.members) {
    members.push_back({{"address", to_hex(member.signer)},
                       {"power", member.power},
                       {"height", member.signer == pool.me ? pool.height : member.seen},
                       {"connected", connected(pool, member)},
                       {"away", is_away(pool, member)},
                       {"differing", member.differing},
                       {"attested", member.attested},
                       {"endpoint", member.endpoint},
                       {"link", member.link},
                       {"linked", linked(pool, forwarding, member)}});
  }
  json::array lost;
  for (const auto& signer : pool.lost) lost.push_back(json::value(to_hex(signer)));
  return {{"name", pool.name},
          {"state", pool.state},
          {"reason", pool.reason},
          {"me", to_hex(pool.me)},
          {"leader", leader_json(pool.leader)},
          {"epoch", pool.epoch},
          {"lastFailover", failover_json(pool.failover)},
          {"height", pool.height},
          {"tip", std::max(pool.tip.value_or(0), pool.height)},
          {"catchingUp", pool.catching_up},
          {"waiting", pool.waiting},
          {"forwarding",
           {{"waiting", forwarding.waiting},
            {"toGive", forwarding.to_give},
            {"given", forwarding.given},
            {"refused", forwarding.refused},
            {"lastRefusal", forwarding.last_refusal},
            {"noLinkSinceMs", forwarding.stuck_since_ms}}},
          {"copies",
           {{"wanted", copies.wanted},
            {"waiting", copies.waiting},
            {"enough", copies.enough},
            {"lacking", copies.lacking},
            {"lastLack", copies.last_lack}}},
          {"place", pool.place},
          {"attestedBlock", pool.attested},
          {"dispute", pool.dispute},
          {"revoked", revoked_json(pool.revoked)},
          {"mayFail", may_fail(pool)},
          {"restarts", pool.restarts},
          {"signer",
           {{"state", pool.signer.state},
            {"reason", pool.signer.reason},
            {"height", pool.signer.height}}},
          {"rules", rules_json(pool)},
          {"lost", std::move(lost)},
          {"members", std::move(members)}};
}

std::string members_words(const json::object& pool) {
  const auto count = pool.at("members").as_array().size();
  if (count == 0) return "not founded yet";
  return fmt::format("{} members, of whom any {} may be away", count,
                     pool.at("mayFail").to_number<std::uint64_t>());
}

std::string pool_text(const json::object& pool) {
  const auto text = [&](std::string_view name) { return std::string(pool.at(name).as_string()); };
  const auto number = [](const json::object& object, std::string_view name) {
    return object.at(name).to_number<std::uint64_t>();
  };
  const auto& members = pool.at("members").as_array();
  const auto& signer = pool.at("signer").as_object();
  auto out = fmt::format(
      "pool {}: {}{}{}\nheight {} of {}, {} reports of L1 agreed on, L2 attested up to block "
      "{}\n{}\n",
      text("name"), text("state"), text("reason").empty() ? "" : ", ", text("reason"),
      number(pool, "height"), number(pool, "tip"), number(pool, "place"),
      number(pool, "attestedBlock"), members_words(pool));
  if (!text("dispute").empty()) out += "disputed: " + text("dispute") + "\n";
  out += revoked_text(pool.at("revoked"));
  out += rules_text(pool.at("rules").as_object());
  out += signer_text(signer) + "\n";
  for (const auto& each : members) {
    const auto& member = each.as_object();
    const std::string address(member.at("address").as_string());
    out += fmt::format(
        "  {}  power {}, signed height {}, attested block {}, connected: {}, link: {}{}{}{}{}\n",
        address, number(member, "power"), number(member, "height"), number(member, "attested"),
        word_of(member.at("connected")), word_of(member.at("linked")),
        member.at("away").as_bool() ? ", away" : "",
        pool.at("leader") == json::value(address) ? ", leader" : "",
        address == text("me") ? ", this node" : "",
        number(member, "differing") == 0
            ? ""
            : fmt::format(", differs on L1 ({} reports in a row)", number(member, "differing")));
  }
  for (const auto& lost : pool.at("lost").as_array()) {
    out += fmt::format("  {}  without a voice: it was away for too long\n",
                       std::string(lost.as_string()));
  }
  return out;
}

}  // namespace horae
