#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <span>

#include "edges/engine_api.hpp"
#include "edges/ports.hpp"

// What the dialects share that build execution payloads (execution-apis, engine/): the attributes,
// the payload as our block, and its way to become the head.
namespace horae {

using Listed = std::vector<const OrderedTxn*>;

/// The transactions that are still to be built, and what was left out so far.
class BuildList {
 public:
  explicit BuildList(const std::vector<OrderedTxn>& txns);

  Listed txns;
  std::vector<Skipped> skipped;
  /// The transaction at this place is left out in the engine's words, and with it whatever the same
  /// sender has behind it, which lacks its predecessor now.
  void leave_out(std::size_t place, std::string_view why);
};

/// PayloadAttributesV3.
[[nodiscard]] boost::json::object attributes_json(const BuildAttributes& attributes);
[[nodiscard]] boost::json::array raw_list(std::span<const OrderedTxn* const> txns);

/// What an executionPayload has, which is exactly what was asked: else a fault. first: a
/// transaction of the engine's own rules that stands before those of the list, and is none of our
/// block's; empty: there is none.
[[nodiscard]] Result<Payload> payload_from(const boost::json::value& envelope,
                                           const BuildAttributes& attributes,
                                           std::span<const OrderedTxn* const> txns,
                                           BytesView first = {});

/// Has the engine execute a payload that it built, which changes nothing that it shows.
/// new_payload: the version of the method, 3 or 4.
[[nodiscard]] Result<void> give_payload(EngineApi& api, const Payload& payload, int new_payload);

/// Makes a block that the engine has its head. Neither safe nor finalized are named: the engine
/// would hold to them when it is to go back.
[[nodiscard]] Result<void> make_head(EngineApi& api, const Hash32& hash);

/// The answer of forkchoiceUpdated, whose status must be VALID.
[[nodiscard]] Result<void> is_taken(const boost::json::value& answer);

[[nodiscard]] boost::json::object forkchoice(const Hash32& head);

}  // namespace horae
