#include "node/rpc/refusals.hpp"

#include <capnp/schema.h>
#include <boost/json/object.hpp>

#include "node/rpc/json_rpc_server.hpp"

#include "core/eth/txn.hpp"

namespace horae::rpc {
namespace {

// geth: core/error.go, core/txpool/errors.go, core/types/transaction.go.
std::string words(const SubmitAnswer& answer) {
  using schema::Reason;
  switch (answer.refused) {
    case Reason::BUSY:
      return "the node is busy, try again";
    case Reason::MALFORMED:
      return "malformed transaction";
    case Reason::UNSUPPORTED_TYPE:
      return "transaction type not supported";
    case Reason::TOO_LARGE:
      return "oversized data";
    case Reason::WRONG_CHAIN:
      return "invalid chain id for signer";
    case Reason::BAD_SIGNATURE:
      return "invalid sender";
    case Reason::INTRINSIC_GAS:
      return "intrinsic gas too low";
    case Reason::GAS_LIMIT:
      // Two errors in geth, by the limit that the detail ends with: EIP-7825's, or the block's.
      return answer.detail.ends_with(" " + std::to_string(max_txn_gas))
                 ? "transaction gas limit too high"
                 : "exceeds block gas limit";
    case Reason::FEE_TOO_LOW:
      // One reason here, two errors in geth; the detail begins with the fee that is wrong.
      return answer.detail.starts_with("priority fee")
                 ? "max priority fee per gas higher than max fee per gas"
                 : "max fee per gas less than block base fee";
    case Reason::NONCE_TOO_LOW:
      return "nonce too low";
    case Reason::NONCE_TOO_HIGH:
      return "nonce too high";
    case Reason::INSUFFICIENT_FUNDS:
      return "insufficient funds for gas * price + value";
    case Reason::ALREADY_KNOWN:
      return "already known";
    case Reason::UNDERPRICED:
      return "replacement transaction underpriced";
    case Reason::SENDER_LIMIT:
      return "account limit exceeded";
    case Reason::POOL_FULL:
      return "txpool is full";
    case Reason::STALE_VIEW:
      return "the account was looked up too long ago, try again";
    case Reason::SHUTTING_DOWN:
      return "the node is shutting down";
    case Reason::NONE:
    case Reason::REPLACED:
    case Reason::EVICTED:
    case Reason::EXPIRED:
    case Reason::INCLUDED_ELSEWHERE:
    case Reason::ENGINE_SKIPPED:
    case Reason::NOT_NEXT:
    case Reason::NOT_ACTIVE:
    case Reason::WRONG_SIGNER:
    case Reason::WRONG_CONTENT:
    case Reason::FORK:
    case Reason::BELOW_FINALIZED:
    case Reason::NOT_OPEN:
    case Reason::NOT_DUE:
    case Reason::SLOT_TAKEN:
    case Reason::WRONG_KEY:
    case Reason::NOT_PROVEN:
    case Reason::UNKNOWN_SIGNER:
    case Reason::STALE_ORIGIN:
    case Reason::ENOUGH_PROVEN:
    case Reason::NOT_LEADER:
    case Reason::NOT_AGREED:
    case Reason::NOT_MEMBER:
    case Reason::BY_GENESIS:
    case Reason::NOT_ATTESTED:
      return "refused";
  }
  return "refused";
}

}  // namespace

std::string reason_name(schema::Reason reason) {
  const auto known = capnp::Schema::from<schema::Reason>().getEnumerants();
  const auto index = static_cast<unsigned>(reason);
  if (index >= known.size()) return "unknown";
  return known[index].getProto().getName().cStr();
}

Error refusal(const SubmitAnswer& answer) {
  return {server_error, words(answer) + (answer.detail.empty() ? "" : ": " + answer.detail),
          boost::json::object{{"reason", reason_name(answer.refused)}}};
}

Error not_acknowledged(const Hash32& hash, const TooFewCopies& lacking) {
  const auto have = std::to_string(lacking.have), wanted = std::to_string(lacking.wanted);
  return {server_error,
          "transaction " + to_hex(hash) + " is in this node's log, and " + have + " of the " +
              wanted +
              " members have it that acknowledge.copies asks for: it may still be executed; sent "
              "again it is answered once enough members have it" +
              (lacking.why.empty() ? "" : " (" + lacking.why + ")"),
          boost::json::object{{"reason", "tooFewCopies"},
                              {"hash", to_hex(hash)},
                              {"copies", lacking.have},
                              {"wanted", lacking.wanted}}};
}

}  // namespace horae::rpc
