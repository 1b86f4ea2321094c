// What a block costs from its list to the engine's new head, beside the engine alone.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "core/crypto/secp256k1.hpp"
#include "core/eth/txn.hpp"
#include "core/hash.hpp"
#include "core/rules/base_fee.hpp"
#include "duties/engine_catch_up.hpp"
#include "edges/engine.hpp"
#include "edges/json_rpc.hpp"
#include "events/blocks/blocks.hpp"
#include "events/record.hpp"
#include "node/dev/accounts.hpp"
#include "node/dev/anvil.hpp"
#include "node/dev/geth.hpp"
#include "node/dev/programs.hpp"
#include "node/engine/pinned_geth.hpp"
#include "storage/log.hpp"
#include "tests/bench/bench.hpp"
#include "tests/bench/disk.hpp"
#include "tests/fixture/op_geth.hpp"

namespace horae::bench {
namespace {

namespace json = boost::json;

constexpr std::uint64_t genesis_time = 1'700'000'000;
// Of 3,000 transfers, with room.
constexpr std::uint64_t gas_limit = 100'000'000;
constexpr std::size_t sender_count = 200;

SecretKey sender_key(std::size_t i) {
  return *to_secret_key(keccak256(as_bytes("bench sender " + std::to_string(i))).view());
}

/// Whoever sends, and the next transfers of all of them.
class Senders {
 public:
  Senders() {
    for (std::size_t i = 0; i < sender_count; ++i) keys_.push_back(sender_key(i));
    for (const auto& key : keys_) addresses.push_back(address_of(public_key(key)));
  }
  std::vector<Address> addresses;

  std::vector<OrderedTxn> transfers(std::size_t count) {
    std::vector<OrderedTxn> out;
    for (std::size_t i = 0; i < count; ++i) {
      Txn txn;
      txn.type = 2;
      txn.chain_id = dev::l2_chain_id;
      txn.nonce = sent_ / sender_count;
      txn.gas_limit = 21'000;
      txn.max_fee = 1'000'000'000'000;
      txn.max_priority_fee = 1'000'000;
      txn.value = 1;
      txn.to = Address{{0x35, static_cast<std::uint8_t>(sent_ % 251)}};
      const auto sender = sent_++ % sender_count;
      auto raw = *sign_txn(txn, keys_[sender]);
      out.push_back({keccak256(raw), std::move(raw), addresses[sender]});
    }
    return out;
  }

 private:
  std::vector<SecretKey> keys_;
  std::uint64_t sent_ = 0;
};

template <class T>
T taken(Result<T> result, const char* what) {
  if (!result) stop(std::string(what) + ": " + result.error().what);
  return std::move(*result);
}
void taken(const Result<void>& result, const char* what) {
  if (!result) stop(std::string(what) + ": " + result.error().what);
}

/// The disk of the path: a record of the block's size, synced, as the journal does it.
class BlockLog {
 public:
  explicit BlockLog(const std::filesystem::path& directory)
      : writer_(taken(open_log(directory, Access::durable), "a log")) {}

  void append(const Payload& payload, const std::vector<OrderedTxn>& txns) {
    const auto fact = Msg<schema::BlocksFact>::build([&](auto out) {
      auto sealed = out.initBlockSealed();
      sealed.initHeader().setBlockHash(data(payload.block.hash));
      auto raws = sealed.initTxns(static_cast<unsigned>(txns.size()));
      auto hashes = sealed.initHashes(static_cast<unsigned>(txns.size()));
      for (unsigned i = 0; i < raws.size(); ++i) {
        raws.set(i, data(txns[i].raw));
        hashes.set(i, data(txns[i].hash));
      }
    });
    const std::array<std::uint8_t, RecordHeader::size> header{};
    const std::array entries{LogEntry{header, fact.bytes()}};
    taken(writer_.append(++seq_, entries), "an append");
  }

 private:
  LogWriter writer_;
  std::uint64_t seq_ = 0;
};

BuildAttributes next_attributes(const EngineBlock& head) {
  return {head.timestamp + 1, gas_limit,
          next_base_fee({head.base_fee, head.gas_used, head.gas_limit})};
}

/// An engine as the node has it, and another of the same chain that is spoken to alone.
struct Pair {
  std::string name;
  std::unique_ptr<EnginePort> whole;
  /// Executes the list on the other engine by its shortest way, and makes it the head.
  std::function<void(const BuildAttributes&, const std::vector<OrderedTxn>&)> alone;
  std::string bound_name;
};

double milliseconds_since(Clock::time_point start) { return 1'000 * seconds_since(start); }

/// Milliseconds of one block on either engine.
struct Turn {
  double build = 0, durable = 0, adopt = 0, alone = 0;
};

Turn take_turn(const Pair& pair, Senders& senders, BlockLog& log, std::size_t count) {
  const auto txns = senders.transfers(count);
  const auto head = taken(pair.whole->head(), "the head");
  const auto attributes = next_attributes(head);
  Turn out;
  auto begun = Clock::now();
  const auto payload = taken(pair.whole->build(head.hash, attributes, txns), "a build");
  if (payload.block.txns.size() != count) stop("the engine left transactions out");
  out.build = milliseconds_since(begun);
  begun = Clock::now();
  log.append(payload, txns);
  out.durable = milliseconds_since(begun);
  begun = Clock::now();
  taken(pair.whole->adopt(payload), "an adoption");
  if (taken(pair.whole->head(), "the head").hash != payload.block.hash) stop("another head");
  out.adopt = milliseconds_since(begun);
  begun = Clock::now();
  pair.alone(attributes, txns);
  out.alone = milliseconds_since(begun);
  return out;
}

// For its first seconds an engine is busy with its own beginning.
void warm_up(const Pair& pair, Senders& senders, BlockLog& log) {
  constexpr unsigned blocks = 20;
  for (unsigned i = 0; i < blocks; ++i) take_turn(pair, senders, log, sender_count);
}

void measure(const Pair& pair, Senders& senders, BlockLog& log, std::size_t count,
             const Options& options) {
  std::vector<double> whole, alone, build, durable, adopt;
  for (unsigned i = 0; i < options.reps; ++i) {
    const auto turn = take_turn(pair, senders, log, count);
    build.push_back(turn.build);
    durable.push_back(turn.durable);
    adopt.push_back(turn.adopt);
    const auto transfers = static_cast<double>(count) * 1'000;
    whole.push_back(transfers / (turn.build + turn.durable + turn.adopt));
    alone.push_back(transfers / turn.alone);
  }
  Line line{"engine",
            fmt::format("{},txns={}", pair.name, count),
            median(whole),
            "transfers/s",
            median(alone),
            pair.bound_name,
            {}};
  line.besides = {
      {"build_ms", median(build)}, {"durable_ms", median(durable)}, {"adopt_ms", median(adopt)}};
  print(line, options);
}

dev::Anvil start_anvil(const std::filesystem::path& home, const Senders& senders) {
  dev::AnvilSpec spec;
  spec.binary = dev::find_programs().anvil;
  spec.home = home;
  spec.chain_id = dev::l2_chain_id;
  spec.arguments = {"--order",     "fifo",
                    "--timestamp", std::to_string(genesis_time),
                    "--gas-limit", std::to_string(gas_limit)};
  auto out = taken(dev::Anvil::start(spec), "anvil");
  for (const auto& address : senders.addresses) {
    taken(out.call("anvil_setBalance", {to_hex(address), to_quantity(dev::funded_with)}),
          "a balance");
  }
  return out;
}

void submit_and_mine(JsonRpcClient& rpc, const BuildAttributes& attributes,
                     const std::vector<OrderedTxn>& txns) {
  const auto ask = [&](const char* method, json::array params) {
    if (const auto answer = rpc.call(method, std::move(params)); !answer) {
      stop(answer.error().message);
    }
  };
  ask("evm_setNextBlockTimestamp", {to_quantity(U256(attributes.timestamp))});
  ask("anvil_setNextBlockBaseFeePerGas", {to_quantity(attributes.base_fee)});
  for (std::size_t at = 0; at < txns.size();) {
    std::vector<RpcCall> calls;
    for (; at < txns.size() && calls.size() < 32; ++at) {
      calls.push_back({"eth_sendRawTransaction", {to_hex(txns[at].raw)}});
    }
    const auto answers = rpc.batch(std::move(calls));
    if (!answers) stop(answers.error().message);
  }
  ask("evm_mine", {});
}

void commit_alone(JsonRpcClient& rpc, const BuildAttributes& attributes,
                  const std::vector<OrderedTxn>& txns) {
  json::array raws;
  for (const auto& txn : txns) raws.emplace_back(to_hex(txn.raw));
  const auto zero = to_hex(Hash32());
  const auto answer =
      rpc.call("testing_commitBlockV1", {{{"timestamp", to_quantity(U256(attributes.timestamp))},
                                          {"prevRandao", zero},
                                          {"suggestedFeeRecipient", to_hex(Address())},
                                          {"withdrawals", json::array()},
                                          {"parentBeaconBlockRoot", zero}},
                                         std::move(raws),
                                         "0x"});
  if (!answer) stop(answer.error().message);
}

void on_anvil(const std::filesystem::path& home, const Options& options,
              const std::vector<std::size_t>& counts) {
  Senders senders;
  auto whole = start_anvil(home / "anvil", senders);
  auto alone = start_anvil(home / "anvil-alone", senders);
  BlockLog log(home / "anvil-log");
  JsonRpcClient rpc(alone.endpoint());
  const Pair pair{"anvil", engine_at({EngineDialect::anvil, whole.endpoint(), {}, {}}),
                  [&](const BuildAttributes& attributes, const std::vector<OrderedTxn>& txns) {
                    submit_and_mine(rpc, attributes, txns);
                  },
                  "submit and mine"};
  warm_up(pair, senders, log);
  for (const auto count : counts) measure(pair, senders, log, count, options);
}

/// Logged blocks, in memory.
class Blocks : public ChainView {
 public:
  std::vector<SealedBlock> sealed;
  std::uint64_t head_number() override { return sealed.size() - 1; }
  Result<SealedBlock> block(std::uint64_t number) override { return sealed.at(number); }
};

GenesisSpec bench_genesis(const Senders& senders) {
  GenesisSpec out{dev::l2_chain_id, genesis_time, gas_limit, {}};
  for (const auto& address : senders.addresses) out.balances[address] = dev::funded_with;
  return out;
}

// From nothing to the last block, and then, with nothing to do, the look at where it stands.
void catch_up_on_geth(const std::filesystem::path& home, const Options& options) {
  constexpr std::size_t txns_a_block = 20;
  Senders senders;
  const auto genesis = bench_genesis(senders);
  auto alone = taken(dev::start_geth({pinned_geth(), home / "catch-up-alone", genesis}), "geth");
  auto behind = taken(dev::start_geth({pinned_geth(), home / "catch-up", genesis}), "geth");
  const auto first = engine_at(alone.address);
  JsonRpcClient rpc(alone.address.rpc);
  Blocks blocks;
  blocks.sealed.emplace_back().hash = taken(first->head(), "the head").hash;
  double seconds_alone = 0;
  for (std::uint64_t number = 1; number <= options.blocks; ++number) {
    const auto head = taken(first->head(), "the head");
    SealedBlock block{
        number, next_attributes(head), {}, head.hash, senders.transfers(txns_a_block)};
    const auto begun = Clock::now();
    commit_alone(rpc, block.attributes, block.txns);
    seconds_alone += seconds_since(begun);
    block.hash = taken(first->head(), "the head").hash;
    blocks.sealed.push_back(std::move(block));
  }
  const auto engine = engine_at(behind.address);
  const auto reach = [&] {
    const auto begun = Clock::now();
    if (const auto done = reconcile(*engine, blocks); !done) stop(done.error().what);
    return seconds_since(begun);
  };
  const auto seconds = reach();
  const auto count = static_cast<double>(options.blocks);
  Line line{"engine",
            fmt::format("geth,blocks={}", options.blocks),
            count / seconds,
            "blocks/s",
            count / seconds_alone,
            "testing_commitBlockV1",
            {}};
  line.besides = {{"ready_ms", 1'000 * reach()}};
  print(line, options);
}

void on_geth(const std::filesystem::path& home, const Options& options,
             const std::vector<std::size_t>& counts) {
  Senders senders;
  const auto genesis = bench_genesis(senders);
  auto whole = taken(dev::start_geth({pinned_geth(), home / "geth", genesis}), "geth");
  auto alone = taken(dev::start_geth({pinned_geth(), home / "geth-alone", genesis}), "geth");
  BlockLog log(home / "geth-log");
  JsonRpcClient rpc(alone.address.rpc);
  const Pair pair{"geth", engine_at(whole.address),
                  [&](const BuildAttributes& attributes, const std::vector<OrderedTxn>& txns) {
                    commit_alone(rpc, attributes, txns);
                  },
                  "testing_commitBlockV1"};
  warm_up(pair, senders, log);
  for (const auto count : counts) measure(pair, senders, log, count, options);
}

// op-node's way: forkchoiceUpdated with attributes, getPayload, newPayload, forkchoiceUpdated.
void on_op_geth(const std::filesystem::path& home, const Options& options,
                const std::vector<std::size_t>& counts) {
  Senders senders;
  const auto genesis = bench_genesis(senders);
  test::OpGeth whole(genesis);
  test::OpGeth alone(genesis);
  BlockLog log(home / "op-geth-log");
  OpEngine other(alone.address);
  const Pair pair{"engine-api", engine_at(whole.address),
                  [&](const BuildAttributes& attributes, const std::vector<OrderedTxn>& txns) {
                    const auto head = taken(other.head(), "the head");
                    taken(other.commit(head.hash, attributes, txns), "a commit");
                  },
                  "the four calls of the Engine API"};
  warm_up(pair, senders, log);
  for (const auto count : counts) measure(pair, senders, log, count, options);
}

}  // namespace

void engine(const Options& options) {
  std::vector<std::size_t> counts;
  for (const std::size_t count : {200, 1'000, 3'000}) {
    if (count <= options.txns) counts.push_back(count);
  }
  const RunDirectory run(options.directory);
  if (std::filesystem::exists(dev::find_programs().anvil)) {
    on_anvil(run.path(), options, counts);
  } else {
    fmt::print(stderr, "horae-bench: no anvil, whose cases are left out\n");
  }
  if (std::filesystem::exists(pinned_geth())) {
    on_geth(run.path(), options, counts);
    catch_up_on_geth(run.path(), options);
  } else {
    fmt::print(stderr, "horae-bench: no geth {}, whose cases are left out\n", geth_version());
  }
  if (std::filesystem::exists(test::op_geth())) on_op_geth(run.path(), options, counts);
}

}  // namespace horae::bench
