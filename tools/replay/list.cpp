#include "tools/replay/list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>

#include "events/json.hpp"
#include "tools/replay/audit/fold.hpp"
#include "tools/replay/show.hpp"

namespace horae::replay {
namespace {

namespace json = boost::json;

std::string text(const json::object& record) {
  const auto cause = record.at("cause").to_number<std::uint64_t>();
  const auto* l1 = record.if_contains("l1Time");
  return fmt::format("{:>9}  {}  {:<8} {}{}{}  {}", record.at("seq").to_number<std::uint64_t>(),
                     show_time(record.at("time").to_number<std::uint64_t>()),
                     std::string_view(record.at("domain").as_string()),
                     std::string_view(record.at("kind").as_string()),
                     cause == 0 ? "" : fmt::format(" (from {})", cause),
                     l1 == nullptr ? "" : " at L1's " + show_time(l1->to_number<std::uint64_t>()),
                     json::serialize(record.at("fact")));
}

}  // namespace

Outcome<json::object> describe(const LogValue& value) {
  const auto wrong = [&](const Fault& fault) { return refuse_record(value.seq, fault); };
  const auto record = decode_record(value.value);
  if (!record) return wrong(record.error());
  const auto& header = record->header;
  if (header.seq != value.seq) {
    return wrong(
        Fault{"seq: wanted " + std::to_string(value.seq) + ", got " + std::to_string(header.seq)});
  }
  const auto payload = checked_fact(header.domain, record->payload);
  if (!payload) return wrong(payload.error());
  auto fact = fact_json(header.domain, *payload);
  if (!fact.is_object() || fact.get_object().size() != 1) {
    return wrong(Fault{"a fact without a name"});
  }
  auto& named = *fact.get_object().begin();
  json::object out{{"seq", header.seq}, {"time", header.time_ms}};
  if (const auto l1 = l1_time_ms(header.domain, *payload)) out["l1Time"] = *l1;
  out["cause"] = header.cause;
  out["domain"] = domain_name(header.domain);
  out["kind"] = named.key();
  out["hash"] = to_hex(record_hash(*record));
  out["fact"] = std::move(named.value());
  return out;
}

std::optional<std::uint64_t> l1_time_ms(Domain domain, const Message& payload) {
  if (domain == Domain::LOCKING) {
    const auto seconds = l1_time(Msg<schema::LockingFact>::of(payload).read());
    return seconds ? std::optional(*seconds * 1000) : std::nullopt;
  }
  if (domain != Domain::REWARDS) return std::nullopt;
  const auto fact = Msg<schema::RewardsFact>::of(payload);
  if (fact.read().isPeriodClosed()) return fact.read().getPeriodClosed().getClosedAt() * 1000;
  if (!fact.read().isBatchPaid()) return std::nullopt;
  const auto seconds = fact.read().getBatchPaid().getPosition().getTimestamp();
  return seconds == 0 ? std::nullopt : std::optional(seconds * 1000);
}

std::string record_line(const json::object& record, bool as_json) {
  return as_json ? json::serialize(record) : text(record);
}

Outcome<schema::Domain> parse_domain(std::string_view name) {
  std::string names;
  auto found = Domain::NONE;
  for_each_domain([&](auto row) {
    const auto its_name = domain_name(number_of<decltype(row)>);
    if (its_name == name) found = number_of<decltype(row)>;
    names += (names.empty() ? "" : ", ") + its_name;
  });
  if (found != Domain::NONE) return found;
  return refuse(Exit::usage, "no domain " + std::string(name) + ": there are " + names);
}

Outcome<void> list(const Source& source, const ListOptions& options,
                   std::atomic<std::uint64_t>* at) {
  const auto to = std::min(options.to, source.last());
  const auto from = std::max<std::uint64_t>(options.from, 1);
  // Progress would be mixed with the lines on a terminal: the lines tell enough.
  Walk walk(source.reader(), from, to);
  for (;; walk.pop()) {
    const auto value = walk.peek();
    if (!value) return tl::unexpected(value.error());
    if (*value == nullptr) return {};
    if (at != nullptr) at->store((*value)->seq);
    if (options.domain) {
      const auto record = decode_record((*value)->value);
      if (record && record->header.domain != *options.domain) continue;
    }
    const auto record = describe(**value);
    if (!record) return tl::unexpected(record.error());
    const auto line = record_line(*record, options.json) + "\n";
    if (std::fwrite(line.data(), 1, line.size(), stdout) != line.size()) {
      return refuse(Exit::unexpected, "the output cannot be written");
    }
  }
}

}  // namespace horae::replay
