#pragma once

#include <boost/json/value.hpp>

#include "edges/ports.hpp"

// An Ethereum endpoint's JSON as values. Refuses what lacks a field or has it in another shape.
namespace horae {

[[nodiscard]] Result<std::uint64_t> l1_quantity(const boost::json::value& value);
[[nodiscard]] Result<Bytes> l1_bytes(const boost::json::value& value);
/// Nothing for null.
[[nodiscard]] Result<std::optional<L1Header>> l1_header(const boost::json::value& value);
[[nodiscard]] Result<std::optional<L1Txn>> l1_txn(const boost::json::value& value);
/// In the order of the chain; refuses two logs at one place, and a log that a reorganisation took
/// back.
[[nodiscard]] Result<std::vector<EthLog>> l1_logs(const boost::json::value& value);
/// The logs of a block's receipts.
[[nodiscard]] Result<std::vector<EthLog>> l1_receipt_logs(const boost::json::value& value);

}  // namespace horae
