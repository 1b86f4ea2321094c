#include "edges/l1_json.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

namespace horae {
namespace {

namespace json = boost::json;

template <class T, class Read>
Result<T> field(const json::object& object, std::string_view name, Read read) {
  const auto* value = object.if_contains(name);
  if (value == nullptr) return fail(std::string(name) + " is missing");
  auto out = read(*value);
  if (!out) return within(name, out.error());
  return std::move(*out);
}

template <class Fixed>
Result<Fixed> fixed_bytes(const json::value& value) {
  const auto* text = value.if_string();
  if (text == nullptr) return fail("no text");
  return fixed_from_hex<Fixed>(*text);
}

Result<std::uint32_t> small_quantity(const json::value& value) {
  const auto number = l1_quantity(value);
  if (!number) return tl::unexpected(number.error());
  if (*number > std::numeric_limits<std::uint32_t>::max()) return fail("a number too large");
  return static_cast<std::uint32_t>(*number);
}

Result<std::vector<Hash32>> topics_of(const json::value& value) {
  const auto* list = value.if_array();
  if (list == nullptr || list->size() > 4) return fail("no list of up to four");
  std::vector<Hash32> out;
  for (const auto& each : *list) {
    auto topic = fixed_bytes<Hash32>(each);
    if (!topic) return tl::unexpected(topic.error());
    out.push_back(*topic);
  }
  return out;
}

/// Reads fields one after the other; the first fault stands.
class L1Fields {
 public:
  explicit L1Fields(const json::object& object) : object_(object) {}

  template <class T, class Read>
  L1Fields& read(T& out, std::string_view name, Read reader) {
    if (fault_) return *this;
    auto value = field<T>(object_, name, reader);
    if (value) {
      out = std::move(*value);
    } else {
      fault_ = value.error();
    }
    return *this;
  }
  [[nodiscard]] const std::optional<Fault>& fault() const { return fault_; }

 private:
  const json::object& object_;
  std::optional<Fault> fault_;
};

Result<EthLog> log_of(const json::value& value) {
  const auto* object = value.if_object();
  if (object == nullptr) return fail("a log that is no object");
  const auto* removed = object->if_contains("removed");
  if (removed != nullptr && removed->is_bool() && removed->get_bool()) {
    return fail("a log that was taken back");
  }
  EthLog log;
  L1Fields fields(*object);
  fields.read(log.block, "blockNumber", l1_quantity)
      .read(log.txn_index, "transactionIndex", small_quantity)
      .read(log.log_index, "logIndex", small_quantity)
      .read(log.address, "address", fixed_bytes<Address>)
      .read(log.block_hash, "blockHash", fixed_bytes<Hash32>)
      .read(log.txn_hash, "transactionHash", fixed_bytes<Hash32>)
      .read(log.topics, "topics", topics_of)
      .read(log.data, "data", l1_bytes);
  if (fields.fault()) return within("a log", *fields.fault());
  return log;
}

auto place(const EthLog& log) { return std::tie(log.block, log.log_index); }

}  // namespace

Result<std::uint64_t> l1_quantity(const json::value& value) {
  const auto* text = value.if_string();
  if (text == nullptr) return fail("no quantity");
  return u64_from_quantity(*text);
}

Result<Bytes> l1_bytes(const json::value& value) {
  const auto* text = value.if_string();
  if (text == nullptr) return fail("no text");
  return from_hex(*text);
}

Result<std::optional<L1Header>> l1_header(const json::value& value) {
  if (value.is_null()) return std::optional<L1Header>();
  const auto* object = value.if_object();
  if (object == nullptr) return fail("a block that is no object");
  L1Header header;
  L1Fields fields(*object);
  fields.read(header.number, "number", l1_quantity)
      .read(header.timestamp, "timestamp", l1_quantity)
      .read(header.hash, "hash", fixed_bytes<Hash32>)
      .read(header.parent, "parentHash", fixed_bytes<Hash32>)
      .read(header.logs_bloom, "logsBloom", fixed_bytes<LogsBloom>);
  if (fields.fault()) return within("a block", *fields.fault());
  return header;
}

Result<std::optional<L1Txn>> l1_txn(const json::value& value) {
  if (value.is_null()) return std::optional<L1Txn>();
  const auto* object = value.if_object();
  if (object == nullptr) return fail("a transaction that is no object");
  L1Txn txn;
  L1Fields fields(*object);
  fields.read(txn.hash, "hash", fixed_bytes<Hash32>).read(txn.input, "input", l1_bytes);
  if (const auto* to = object->if_contains("to"); to != nullptr && !to->is_null()) {
    txn.to.emplace();
    fields.read(*txn.to, "to", fixed_bytes<Address>);
  }
  if (fields.fault()) return within("a transaction", *fields.fault());
  return txn;
}

Result<std::vector<EthLog>> l1_logs(const json::value& value) {
  const auto* list = value.if_array();
  if (list == nullptr) return fail("logs that are no list");
  std::vector<EthLog> logs;
  logs.reserve(list->size());
  for (const auto& each : *list) {
    auto log = log_of(each);
    if (!log) return tl::unexpected(log.error());
    logs.push_back(std::move(*log));
  }
  const auto before = [](const EthLog& a, const EthLog& b) { return place(a) < place(b); };
  if (!std::ranges::is_sorted(logs, before)) std::ranges::sort(logs, before);
  const auto same = [](const EthLog& a, const EthLog& b) { return place(a) == place(b); };
  if (std::ranges::adjacent_find(logs, same) != logs.end()) return fail("two logs at one place");
  return logs;
}

Result<std::vector<EthLog>> l1_receipt_logs(const json::value& value) {
  const auto* list = value.if_array();
  if (list == nullptr) return fail("receipts that are no list");
  json::array logs;
  for (const auto& receipt : *list) {
    const auto* object = receipt.if_object();
    const auto* part = object == nullptr ? nullptr : object->if_contains("logs");
    if (part == nullptr || !part->is_array()) return fail("a receipt without logs");
    logs.insert(logs.end(), part->get_array().begin(), part->get_array().end());
  }
  return l1_logs(logs);
}

}  // namespace horae
