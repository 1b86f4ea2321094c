#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.hpp"
#include "core/eth/log.hpp"
#include "core/u256.hpp"

// What actors speak to: the outside as interfaces. Every call blocks and is made on an edge's own
// thread, never in a pooled actor.
namespace horae {

/// Wall time, so that tests can set it.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Milliseconds since 1970.
  [[nodiscard]] virtual std::uint64_t now_ms() const = 0;
};

/// A block as the engine has it.
struct EngineBlock {
  std::uint64_t number = 0;
  std::uint64_t timestamp = 0;  // seconds
  std::uint64_t gas_used = 0;
  std::uint64_t gas_limit = 0;
  U256 base_fee = 0;  // wei
  Hash32 hash, parent, state_root, txns_root, receipts_root;
  std::vector<Hash32> txns;
  // What another engine needs besides, to come to the same hash.
  Address fee_recipient;
  Hash32 prev_randao, beacon_root;
  Bytes extra_data;
  LogsBloom logs_bloom{};
};

struct Skipped {
  Hash32 hash;
  std::string reason;
};

/// What a dialect keeps of a block that it built, to adopt it by.
class Handover {
 public:
  virtual ~Handover() = default;
};

/// What the engine made of an ordered list: the block, and what it left out with its reason.
struct Payload {
  EngineBlock block;
  std::vector<Skipped> skipped;
  /// False: so much had to be left out that the search for it was given up. There is no block, and
  /// skipped names what was found so far.
  bool complete = true;
  std::vector<Bytes> requests;  // of EIP-7685: a byte of type and what it asks, in their order
  std::shared_ptr<const Handover> handover;
};

/// What the engine is to make a block of, besides its transactions. The gas limit and the base fee
/// are the engine's own doing: a block that has others is refused.
struct BuildAttributes {
  std::uint64_t timestamp = 0;  // seconds
  std::uint64_t gas_limit = 0;
  U256 base_fee = 0;  // wei
  Address fee_recipient = {};
  Hash32 prev_randao = {}, beacon_root = {};
  Bytes extra_data = {};  // 32 bytes at most
};

struct OrderedTxn {
  Hash32 hash;
  Bytes raw;
  Address sender = {};  // zero: not known
};

/// What an engine of this dialect is like.
struct EngineTraits {
  std::string_view dialect;  // as engine.dialect names it
  bool builds_unseen;        // what was built is shown to nobody before it is adopted
  bool keeps_its_blocks;     // has them again after a restart
};

/// How a running engine is.
struct EngineHealth {
  std::uint64_t head = 0;
  std::optional<std::uint64_t> peers;  // nothing where a dialect has none to have
};

struct EngineAccount {
  std::uint64_t nonce = 0;
  U256 balance = 0;
};

/// The execution client that runs L2 transactions and holds L2 account state: a cache of the log.
class EnginePort {
 public:
  virtual ~EnginePort() = default;
  [[nodiscard]] virtual EngineTraits traits() const = 0;
  /// Client name and version.
  virtual Result<std::string> client() = 0;
  virtual Result<std::uint64_t> chain_id() = 0;
  virtual Result<EngineBlock> head() = 0;
  /// By one short request, which an engine that is well answers at once.
  virtual Result<EngineHealth> health() = 0;
  /// Whether whatever a block is handed over by is there, and takes what comes from us.
  virtual Result<void> takes_blocks() = 0;
  /// Whether the engine lets nobody's transaction in, but for what it is given to build; nothing
  /// where a dialect has no way to be closed. Offers one that could never be executed, which the
  /// engine may write into its own log.
  virtual Result<std::optional<bool>> pool_closed() = 0;
  /// Nothing above the head.
  virtual Result<std::optional<EngineBlock>> block(std::uint64_t number) = 0;
  /// Executes exactly these transactions in this order on parent, which must be the head; what the
  /// engine leaves out stands in the payload with a reason. Nobody is to see the block before adopt
  /// (anvil cannot do that: engine_anvil.hpp).
  virtual Result<Payload> build(const Hash32& parent, const BuildAttributes& attributes,
                                const std::vector<OrderedTxn>& txns) = 0;
  /// Makes a built payload the head. Whoever asks looks at head() afterwards: an engine's word is
  /// not taken for it.
  virtual Result<void> adopt(const Payload& payload) = 0;
  /// Executes a block that is durable already and makes it the head, by the shortest way that the
  /// engine has. As after adopt, head() is to be asked.
  virtual Result<Payload> commit(const Hash32& parent, const BuildAttributes& attributes,
                                 const std::vector<OrderedTxn>& txns) = 0;
  /// Forgets every block above number. An engine that keeps few old states may go further back,
  /// which head() tells; by a block or two none does.
  virtual Result<void> rewind(std::uint64_t number) = 0;
  /// Nonce and balance of each address at the end of a block, in the order asked.
  virtual Result<std::vector<EngineAccount>> accounts(const std::vector<Address>& addresses,
                                                      std::uint64_t number) = 0;
  /// From any thread and for good: calls under way return with a fault.
  virtual void cancel() = 0;
};

/// Why the L1 endpoint gave no answer.
struct L1Fault {
  enum Kind {
    unreachable,   // not there, too slow, or talking nonsense: try again later
    rate_limited,  // wait, retry_after_ms if it is said
    refused,       // an answer that says no: too old a state, a method it does not have
    doubtful,      // what it shows of a block is not what the block's header tells: ask again
    cancelled,
  };
  Kind kind = unreachable;
  std::string what;  // names the endpoint by host only
  std::optional<std::uint64_t> retry_after_ms;
};

template <class T>
using L1Result = tl::expected<T, L1Fault>;

struct L1Header {
  std::uint64_t number = 0;
  std::uint64_t timestamp = 0;  // seconds
  Hash32 hash, parent;
  LogsBloom logs_bloom{};
};

struct L1Txn {
  Hash32 hash;
  std::optional<Address> to;
  Bytes input;
};

struct L1Call {
  Address to;
  Bytes input;
};

/// The logs of a range, which may end earlier than was asked.
struct L1Logs {
  std::uint64_t to = 0;  // the last block that was looked at
  std::vector<EthLog> logs;
};

enum class L1Tag { latest, finalized };

/// An Ethereum JSON-RPC endpoint. No call waits and tries again: what to do about a fault is the
/// caller's to decide.
class L1Port {
 public:
  virtual ~L1Port() = default;
  virtual L1Result<std::uint64_t> chain_id() = 0;
  /// Nothing where the endpoint has no such block (yet).
  virtual L1Result<std::optional<L1Header>> head(L1Tag tag) = 0;
  virtual L1Result<std::optional<L1Header>> block(std::uint64_t number) = 0;
  /// In the order of the chain. Asks for less at once where the endpoint refuses much, so that
  /// calling it again from to + 1 gets through the range.
  virtual L1Result<L1Logs> logs(std::uint64_t from, std::uint64_t to,
                                const std::vector<Address>& addresses) = 0;
  /// Every log of a block, by its receipts; doubtful where they are not what the header's logsBloom
  /// tells, refused where the endpoint has none.
  virtual L1Result<std::vector<EthLog>> all_logs(const L1Header& block) = 0;
  /// All of the block's at these addresses, or doubtful: held against the header's logsBloom.
  virtual L1Result<std::vector<EthLog>> logs_of(const L1Header& block,
                                                const std::vector<Address>& addresses) = 0;
  virtual L1Result<bool> has_code(const Address& address, std::uint64_t block) = 0;
  /// What contracts answer at the end of a block, in the order asked; refused where the state is
  /// gone or one of them reverts.
  virtual L1Result<std::vector<Bytes>> calls(const L1Header& block,
                                             const std::vector<L1Call>& calls) = 0;
  /// The transaction of a log; nothing where the endpoint has forgotten it.
  virtual L1Result<std::optional<L1Txn>> txn_of(const EthLog& log) = 0;
  /// From any thread and for good: a blocked call returns.
  virtual void cancel() = 0;
};

/// What a member of a key adds to its signatures; of a key with one member, the signature itself.
class MemberPort {
 public:
  virtual ~MemberPort() = default;
  /// Over exactly this digest. The caller has made sure that it may be signed.
  virtual Result<Signature> sign(const Hash32& digest) = 0;
};

/// What a block asks at the head, wei per gas.
struct L1Fees {
  U256 base_fee, priority_fee;  // of the latest block; suggested
};

/// A call that an account would send.
struct L1Intent {
  Address from, to;
  Bytes data;
  U256 value;  // wei
};

/// What the contract says to it; words: of a revert, empty where it is taken.
struct L1Trial {
  bool ok = false;
  std::string words;
};

/// What became of a transaction.
struct L1Outcome {
  std::uint64_t block = 0;
  Hash32 block_hash;
  bool success = false;
  std::uint64_t gas_used = 0;
  U256 gas_price;  // paid, wei per gas
};

/// What the endpoint said to raw bytes.
struct L1Sending {
  enum Kind {
    taken,
    already_known,
    nonce_too_low,  // the account is past this nonce
    underpriced,    // below the market, or too little above what it would replace
    no_funds,
    refused,  // for another reason: words
  };
  Kind kind = taken;
  std::string words;
};

/// An Ethereum JSON-RPC endpoint as somebody speaks to it who sends transactions. No call waits and
/// tries again.
class L1SendPort {
 public:
  virtual ~L1SendPort() = default;
  /// The account's next nonce and its wei at the latest block.
  virtual L1Result<std::uint64_t> nonce(const Address& address) = 0;
  virtual L1Result<U256> balance(const Address& address) = 0;
  virtual L1Result<L1Fees> fees() = 0;
  /// At the latest block; nothing is sent.
  virtual L1Result<L1Trial> trial(const L1Intent& intent) = 0;
  /// Refused where the call would revert.
  virtual L1Result<std::uint64_t> estimate_gas(const L1Intent& intent) = 0;
  virtual L1Result<L1Sending> send_raw(BytesView raw) = 0;
  /// Nothing where no block has it.
  virtual L1Result<std::optional<L1Outcome>> outcome(const Hash32& txn) = 0;
  /// Why it reverted, as far as the endpoint can tell.
  virtual L1Result<std::string> why_reverted(const Hash32& txn, const L1Intent& intent,
                                             const L1Outcome& outcome) = 0;
  /// Whether it is in a block or waits for one.
  virtual L1Result<bool> knows(const Hash32& txn) = 0;
  virtual L1Result<std::uint64_t> head() = 0;
  /// Of the canonical chain; nothing above its head.
  virtual L1Result<std::optional<Hash32>> block_hash(std::uint64_t number) = 0;
  /// From any thread and for good: a blocked call returns.
  virtual void cancel() = 0;
};

/// What consensus ordered: one block of it.
struct OrderedBlock {
  std::uint64_t height = 0;
  Hash32 hash;
  std::vector<Bytes> txns;  // whatever bytes somebody proposed: not looked at yet
  /// Who signed the block before this one, by address, and who did not.
  std::vector<Address> signed_by, absent;
  /// Who signed two votes of one round, and at which height, as this block has the evidence.
  std::vector<std::pair<Address, std::uint64_t>> voted_twice;
};

/// A member's voice in consensus. Power 0: it has none any more.
struct ConsensusMember {
  PublicKey key;
  std::uint64_t power = 0;
  bool operator==(const ConsensusMember&) const = default;
};

/// What the first block stands on.
struct ConsensusGenesis {
  std::string chain_id;
  std::vector<ConsensusMember> members;
  Bytes app_state;  // as it stands in consensus' genesis file
};

/// What became of one of a block's txns. Code 0: it was settled, whatever was decided. Code and
/// data must be the same at every member; the words need not be.
struct TxnOutcome {
  std::uint32_t code = 0;
  Bytes data;
  std::string words;
};

struct BlockOutcome {
  std::vector<TxnOutcome> txns;  // one for each
  std::vector<ConsensusMember> changed;
  Hash32 app_hash;
};

/// Where a member gives consensus an input.
class ProposePort {
 public:
  virtual ~ProposePort() = default;
  /// What this member's own check says; code 0 also of what consensus has already. A fault:
  /// consensus does not answer, and may have it or not.
  virtual Result<TxnOutcome> propose(BytesView input) = 0;
  /// From any thread and for good: a blocked call returns.
  virtual void cancel() = 0;
};

/// Other members of the pool, each over a link on which both ends have shown their keys.
class LinkPort {
 public:
  virtual ~LinkPort() = default;
  /// Whom this node speaks with from here on, and at which host:port each is dialled; empty: that
  /// is not known, and it may dial. Nobody else is heard.
  virtual void know(const std::map<Address, std::string>& members) = 0;
  /// Returns at once; what came of it is told once, on a thread of the port's, which must not be
  /// made to wait. A fault: there is no answer, and the member may have heard it or not.
  virtual void ask(const Address& member, Bytes request,
                   std::function<void(Result<Bytes>)> told) = 0;
};

/// How far the state is durable, and its hash there. Height 0: nothing was ordered yet.
struct AppliedBlock {
  std::uint64_t height = 0;
  Hash32 app_hash;
};

/// What consensus orders for. One call at a time from each of consensus' connections, of which
/// there are several. A fault ends the connection, and consensus with it.
class ConsensusApp {
 public:
  virtual ~ConsensusApp() = default;
  virtual Result<AppliedBlock> applied() = 0;
  /// Before the first block; again where nothing was applied since. The app's hash there.
  virtual Result<Hash32> begin(const ConsensusGenesis& genesis) = 0;
  /// Whether others should be told of these bytes: code 0 says so. known: they were checked before,
  /// and a block was applied since.
  virtual Result<TxnOutcome> check(BytesView txn, bool known) = 0;
  /// Whether this may be a block, by its bytes and by what is applied alone.
  virtual Result<bool> acceptable(const OrderedBlock& block) = 0;
  /// Settles the next block in memory; the same again where it was not applied yet.
  virtual Result<BlockOutcome> settle(const OrderedBlock& block) = 0;
  /// Makes what was settled last durable, before it returns. Blocks below the height returned are
  /// not needed any more; 0: all are.
  virtual Result<std::uint64_t> apply() = 0;
};

}  // namespace horae
