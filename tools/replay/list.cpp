#include "tools/replay/list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>

#include "core/words.hpp"
#include "events/json.hpp"
#include "tools/replay/audit/fold.hpp"
#include "tools/replay/show.hpp"

namespace horae::replay {
namespace {

namespace json = boost::json;

constexpr std::size_t most_hex = 66;  // of 32 bytes; what is longer is cut
constexpr std::size_t most_elements = 4;

std::uint64_t number(const json::object& object, std::string_view name) {
  return object.at(name).to_number<std::uint64_t>();
}
std::string_view word(const json::object& object, std::string_view name) {
  return object.at(name).as_string();
}

// What a person needs of a block; its transactions stand in the mempool's records, too.
std::string block_words(const json::object& sealed) {
  const auto& header = sealed.at("header").as_object();
  const auto seconds = number(header, "timestamp");
  const auto skipped = sealed.at("skipped").as_array().size();
  const auto epoch = number(header, "epoch");
  const bool signs_txns = !sealed.at("txnSignatures").as_array().empty();
  return fmt::format(
      "block {}{}, {} txns{}{}, {} of {} gas, base fee {} wei, time {}, L1 origin {}, signer {}, "
      "hash {}",
      number(header, "number"), epoch == 0 ? "" : fmt::format(" of epoch {}", epoch),
      sealed.at("txns").as_array().size(),
      skipped == 0 ? "" : fmt::format(" ({} skipped)", skipped), signs_txns ? ", each signed" : "",
      count_words(number(header, "gasUsed")), count_words(number(header, "gasLimit")),
      word(header, "baseFee"), show_time(seconds > UINT64_MAX / 1000 ? UINT64_MAX : seconds * 1000),
      number(header.at("l1Origin").as_object(), "number"), word(header, "sequencer"),
      word(header, "blockHash"));
}

// A copy without what nobody reads in a line: of long bytes the beginning, of long lists the first.
json::value shortened(const json::value& value) {
  if (const auto* text = value.if_string();
      text != nullptr && text->size() > most_hex && std::string_view(*text).starts_with("0x")) {
    return json::string(
        fmt::format("{}… {} bytes", std::string_view(*text).substr(0, 10), text->size() / 2 - 1));
  }
  if (const auto* list = value.if_array()) {
    json::array out;
    for (const auto& each : *list) {
      if (out.size() == most_elements && list->size() > most_elements + 1) {
        out.emplace_back(fmt::format("… {} more", list->size() - most_elements));
        break;
      }
      out.push_back(shortened(each));
    }
    return out;
  }
  if (const auto* object = value.if_object()) {
    json::object out;
    for (const auto& [name, each] : *object) out[name] = shortened(each);
    return out;
  }
  return value;
}

std::string fact_words(const json::object& record) {
  const auto& fact = record.at("fact");
  if (word(record, "kind") == "blockSealed") return block_words(fact.as_object());
  return json::serialize(shortened(fact));
}

std::string text(const json::object& record, const std::string& fact) {
  const auto cause = number(record, "cause");
  const auto* l1 = record.if_contains("l1Time");
  return fmt::format("{:>9}  {}  {:<8} {}{}{}  {}", number(record, "seq"),
                     show_time(number(record, "time")), word(record, "domain"),
                     word(record, "kind"), cause == 0 ? "" : fmt::format(" (from {})", cause),
                     l1 == nullptr ? "" : " at L1's " + show_time(l1->to_number<std::uint64_t>()),
                     fact);
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

std::string record_line(const json::object& record, LineForm form) {
  switch (form) {
    case LineForm::words:
      return text(record, fact_words(record));
    case LineForm::whole:
      return text(record, json::serialize(record.at("fact")));
    case LineForm::json:
      return json::serialize(record);
  }
  stop("a line of no form");
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
  return refuse(Trouble::usage, "no domain " + std::string(name) + ": there are " + names);
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
    const auto line = record_line(*record, options.form) + "\n";
    if (std::fwrite(line.data(), 1, line.size(), stdout) != line.size()) {
      return refuse(Trouble::unexpected, "the output cannot be written");
    }
  }
}

}  // namespace horae::replay
