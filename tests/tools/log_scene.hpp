#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "core/crypto/secp256k1.hpp"
#include "events/world.hpp"
#include "storage/data_directory.hpp"
#include "storage/log.hpp"
#include "tests/events/locking/scene.hpp"
#include "tests/fixture/engine_payload.hpp"

// A log as a node would have written it, made by the domains' own decisions.
namespace horae::test {

inline SecretKey sequencer_key(std::uint8_t n = 1) {
  Bytes bytes(32, 0);
  bytes[31] = n;
  return std::move(*to_secret_key(bytes));
}

class LogScene {
 public:
  World world;
  std::vector<Bytes> values;  // of records 1, 2, …

  /// Appends a decision's facts as the journal does; returns the seq of the last.
  std::uint64_t commit(const Decision& decision) {
    if (!decision.ok()) stop("the scene was refused: " + decision.detail);
    const auto first = world.seq + 1;
    for (std::size_t i = 0; i < decision.facts.size(); ++i) {
      const auto& fact = decision.facts[i];
      RecordHeader header;
      header.domain = fact.domain;
      header.more = i + 1 < decision.facts.size();
      header.seq = world.seq + 1;
      header.time_ms = 1700000000000 + 1000 * header.seq;
      header.cause = fact.after < 0 ? 0 : first + static_cast<std::uint64_t>(fact.after);
      header.prev = world.head;
      header.kind = fact.kind;
      const auto bytes = encode(header);
      Bytes value(bytes.begin(), bytes.end());
      value.insert(value.end(), fact.payload.bytes().begin(), fact.payload.bytes().end());
      const auto folded = fold(world, *decode_record(value), Trust::bytes);
      if (!folded) stop("the scene does not fold: " + folded.error().what);
      values.push_back(std::move(value));
    }
    return world.seq;
  }

  /// A command to the shared domains, with their reactions, as the sequence settles it.
  template <class Command>
  std::uint64_t shared(const Msg<Command>& command) {
    auto state = world.shared;
    return commit(settle(state, command.read()));
  }
  std::uint64_t locking(const Msg<schema::LockingCommand>& command) { return shared(command); }
  std::uint64_t advance(std::uint64_t confirmed, std::uint64_t salt = 0) {
    return locking(Scene::command([&](auto root) {
      auto advanced = root.initAdvance();
      advanced.initConfirmed().setNumber(confirmed);
      advanced.getConfirmed().setHash(data(Scene::block_hash(confirmed, salt)));
      advanced.initFinalized();
      advanced.setTimestamp(Scene::time(confirmed));
    }));
  }
  std::uint64_t revert(std::uint64_t to) {
    return locking(Scene::command([&](auto root) {
      auto reverted = root.initRevert();
      reverted.setTimestamp(Scene::time(to));
      auto target = reverted.initTo();
      target.setNumber(to);
      target.setHash(data(Scene::block_hash(to)));
    }));
  }

  void set_parameters() {
    commit(decide(world.local.mempool, Msg<schema::MempoolCommand>::build([](auto root) {
                                         auto set = root.initSetParameters();
                                         set.setChainId(10880);
                                         set.setPerSender(64);
                                         set.setTotal(20000);
                                         set.setBumpPercent(10);
                                         set.setNonceWindow(64);
                                         set.setTxnGasLimit(30'000'000);
                                         set.setMinFee(data(to_word(U256(1))));
                                       }).read()));
  }

  /// Log, pool, sequencer 1 (active, its key is sequencer_key()), mempool and chain.
  void open(const std::function<void()>& before_the_pool = [] {}) {
    Identity identity;
    identity.l1_chain_id = 31337;
    identity.l2_chain_id = 10880;
    identity.engine = "test";
    commit(open_log(world.local.node, identity));
    commit(start_node(world.local.node, "test"));
    before_the_pool();
    locking(open_command());
    const auto key = public_key(sequencer_key());
    locking(Scene::block(20, {[&](auto fact, auto position) {
                                locked(1, 1, metis(20000), metis(20000))(fact, position);
                                auto event = fact.getLocked();
                                event.setSigner(data(address_of(key)));
                                event.setPubkey(data(key));
                              },
                              owner_changed(1, address(11)), recipient_changed(1, address(21))}));
    advance(30);
    set_parameters();
    commit(decide(world.shared.blocks,
                  Msg<schema::BlocksCommand>::build([](auto root) {
                    auto opened = root.initOpen();
                    opened.setChainId(10880);
                    opened.setGenesisTime(1700000000);
                    opened.setGasLimit(30'000'000);
                    opened.setOrderingRule(schema::OrderingRule::PRIORITY_FEE_THEN_ARRIVAL);
                    opened.setGenesisHash(data(hash(7000)));
                    opened.setStateRoot(data(hash(7001)));
                    opened.setBaseFee(data(to_word(U256(1000))));
                  }).read(),
                  {}));
  }

  void seal_rules(bool signs_txns) {
    shared(Msg<schema::BlocksCommand>::build(
        [&](auto root) { root.initSetSealRules().setSignsTxns(signs_txns); }));
  }

  /// A transaction of sender n; its bytes are no transaction, which no fold looks at.
  static Bytes raw(std::uint8_t sender, std::uint64_t nonce, std::uint64_t tip) {
    Bytes out(40, sender);
    out.push_back(static_cast<std::uint8_t>(nonce));
    out.push_back(static_cast<std::uint8_t>(tip));
    return out;
  }
  std::uint64_t submit(std::uint8_t sender, std::uint64_t nonce, std::uint64_t tip) {
    const auto bytes = raw(sender, nonce, tip);
    return commit(decide(world.local.mempool, Msg<schema::MempoolCommand>::build([&](auto root) {
                                                auto command = root.initSubmit();
                                                command.setIntrinsicGas(21000);
                                                auto txn = command.initTxn();
                                                txn.setNonce(nonce);
                                                txn.setGasLimit(21000);
                                                txn.setRaw(horae::data(bytes));
                                                txn.setHash(data(keccak256(bytes)));
                                                txn.setSender(data(address(sender)));
                                                txn.setMaxFee(data(to_word(U256(1'000'000 + tip))));
                                                txn.setMaxPriorityFee(data(to_word(U256(tip))));
                                                txn.setValue(data(to_word(U256(1))));
                                                auto account = command.initAccount();
                                                account.setNonce(0);
                                                account.setBlock(
                                                    world.local.mempool.included_block);
                                                account.setBalance(data(to_word(metis(1000))));
                                              }).read()));
  }

  /// A block as a producer would propose it from the pool as it is now.
  struct Proposal {
    std::vector<PooledTxn> txns;
    std::vector<PooledTxn> skipped;
    std::uint64_t pool_position = 0;
    std::uint8_t sequencer = 1;
    std::uint8_t signer = sequencer;
    std::optional<std::uint64_t> epoch = {};  // none: the one that it is of
  };
  [[nodiscard]] Proposal propose() const {
    const auto& chain = world.shared.blocks;
    Proposal out;
    for (const auto* txn : select(world.local.mempool, next_base_fee(chain), chain.gas_limit)) {
      out.txns.push_back(*txn);
    }
    out.pool_position = world.local.mempool.position;
    return out;
  }

  [[nodiscard]] Msg<schema::BlocksCommand> seal_command(const Proposal& proposal) const {
    const auto& chain = world.shared.blocks;
    std::vector<Hash32> hashes;
    std::vector<Hash32> skipped;
    for (const auto& txn : proposal.txns) hashes.push_back(txn.hash);
    for (const auto& txn : proposal.skipped) skipped.push_back(txn.hash);
    const auto number = chain.head.number + 1;
    const auto sequencer = address_of(public_key(sequencer_key(proposal.sequencer)));
    const auto payload = empty_payload();
    const auto header = Msg<schema::BlockHeader>::build([&](auto out) {
      out.setChainId(chain.chain_id);
      out.setNumber(number);
      out.setTimestamp(chain.head.timestamp + 1);
      out.setPoolPosition(proposal.pool_position);
      out.setGasUsed(21000 * proposal.txns.size());
      out.setGasLimit(chain.gas_limit);
      out.setOrderingRule(chain.ordering_rule);
      out.initL1Origin().setNumber(20);
      out.setParentHash(data(chain.head.hash));
      out.setBlockHash(data(hash(8000 + number)));
      out.setStateRoot(data(hash(9000 + number)));
      out.setTxnsRoot(data(hash(1)));
      out.setReceiptsRoot(data(hash(2)));
      out.setTxnsDigest(data(digest_of(hashes)));
      out.setSkippedDigest(data(digest_of(skipped)));
      out.setSequencer(data(sequencer));
      out.setBaseFee(data(to_word(next_base_fee(chain))));
      if (!chain.seal_rules) return;
      const auto id = standing(world.shared.locking, sequencer).id;
      out.setEpoch(proposal.epoch.value_or(epoch_with(chain, number, id, sequencer)));
      out.setPayloadDigest(data(payload_digest(payload.read())));
    });
    return Msg<schema::BlocksCommand>::build([&](auto root) {
      auto block = root.initSeal();
      block.setHeader(header.read());
      auto raws = block.initTxns(static_cast<unsigned>(proposal.txns.size()));
      auto names = block.initHashes(static_cast<unsigned>(proposal.txns.size()));
      std::map<Address, std::uint64_t> nonces;
      for (unsigned i = 0; i < proposal.txns.size(); ++i) {
        raws.set(i, horae::data(proposal.txns[i].raw));
        names.set(i, data(proposal.txns[i].hash));
        nonces[proposal.txns[i].sender] = proposal.txns[i].nonce + 1;
      }
      auto left = block.initSkipped(static_cast<unsigned>(proposal.skipped.size()));
      for (unsigned i = 0; i < left.size(); ++i) {
        left[i].setHash(data(proposal.skipped[i].hash));
        left[i].setReason("test");
      }
      auto senders = block.initSenders(static_cast<unsigned>(nonces.size()));
      unsigned index = 0;
      for (const auto& [sender, nonce] : nonces) {
        senders[index].setNonce(nonce);
        senders[index++].setAddress(data(sender));
      }
      block.setSignature(data(sign(signing_digest(header), sequencer_key(proposal.signer))));
      if (!chain.seal_rules) return;
      block.setPayload(payload.read());
      if (!chain.seal_rules->signs_txns || hashes.empty()) return;
      auto signatures = block.initTxnSignatures(static_cast<unsigned>(hashes.size()));
      for (unsigned i = 0; i < signatures.size(); ++i) {
        signatures.set(i, data(sign(hashes[i], sequencer_key(proposal.signer))));
      }
    });
  }

  /// The block's fact without asking the rules.
  static Decision unasked(const Msg<schema::BlocksCommand>& command) {
    Decision out;
    out.facts.push_back(make_fact<schema::BlocksFact>(
        [&](auto fact) { fact.setBlockSealed(command.read().getSeal()); }));
    return out;
  }
  std::uint64_t seal(const Proposal& proposal) { return shared(seal_command(proposal)); }
  std::uint64_t include(const Proposal& proposal) {
    const auto sealed = seal_command(proposal);  // for its senders and skipped
    return commit(decide(world.local.mempool, Msg<schema::MempoolCommand>::build([&](auto root) {
                                                auto command = root.initInclude();
                                                const auto block = sealed.read().getSeal();
                                                command.setBlock(
                                                    world.local.mempool.included_block + 1);
                                                command.setHashes(block.getHashes());
                                                command.setSenders(block.getSenders());
                                                command.setSkipped(block.getSkipped());
                                                command.setTime(block.getHeader().getTimestamp());
                                              }).read()));
  }

  /// Three blocks with admissions before, between and after the proposals, one of them with a
  /// skipped transaction, and a reorganisation of L1.
  void live() {
    open();
    for (std::uint8_t sender = 1; sender <= 5; ++sender) submit(sender, 0, sender);
    auto proposal = propose();
    submit(6, 0, 200);  // came too late for block 1
    seal(proposal);
    include(proposal);
    submit(1, 1, 9);
    submit(2, 1, 100);
    proposal = propose();
    proposal.skipped.push_back(proposal.txns.back());
    proposal.txns.pop_back();
    seal(proposal);
    submit(3, 1, 50);
    include(proposal);
    locking(Scene::block(33, {locked(2, 2, metis(30000), metis(50000))}));
    revert(31);
    locking(Scene::block(32, {locked(2, 3, metis(25000), metis(45000))}, 1));
    locking(Scene::block(35, {locked(3, 4, metis(25000), metis(70000))}, 1));
    advance(40, 1);
    proposal = propose();
    seal(proposal);
    include(proposal);
    submit(4, 1, 7);
  }

  /// Writes records into log/ of a data directory.
  static void write(const std::filesystem::path& data_directory, const std::vector<Bytes>& values) {
    auto environment = open_log(DataPaths{data_directory}.log(), Access::durable);
    if (!environment) stop(environment.error().what);
    LogWriter writer(*environment);
    std::vector<LogEntry> entries;
    for (const auto& value : values) entries.push_back({value, {}});
    if (auto written = writer.append(1, entries); !written) stop(written.error().what);
  }

  /// Numbers records anew after one was taken out or put in at this place (counted from 0), as a
  /// forger would: what named a later record as its cause goes on naming it.
  static void renumber(std::vector<Bytes>& values, std::size_t place, bool taken_out) {
    const auto get = [](const Bytes& value, std::size_t offset) {
      std::uint64_t out = 0;
      for (std::size_t i = 0; i < 8; ++i) out |= std::uint64_t{value[offset + i]} << 8 * i;
      return out;
    };
    const auto put = [](Bytes& value, std::size_t offset, std::uint64_t number) {
      for (std::size_t i = 0; i < 8; ++i) {
        value[offset + i] = static_cast<std::uint8_t>(number >> 8 * i);
      }
    };
    for (std::size_t i = 0; i < values.size(); ++i) {
      put(values[i], 8, i + 1);
      const auto cause = get(values[i], 24);
      if (i < place || cause <= place) continue;
      put(values[i], 24, taken_out ? cause - 1 : cause + 1);
    }
    rechain(values);
  }

  /// Links every record to the one before it again, as a forger of the whole log would.
  static void rechain(std::vector<Bytes>& values) {
    Hash32 head;
    for (auto& value : values) {
      std::copy(head.bytes.begin(), head.bytes.end(), value.begin() + 32);
      const BytesView all(value);
      head = record_hash(all.first(RecordHeader::size), sha256(all.subspan(RecordHeader::size)));
    }
  }

 private:
  static Msg<schema::LockingCommand> open_command() {
    return Scene::command([](auto root) {
      auto opened = root.initOpen();
      opened.setBlock(10);
      opened.setTimestamp(Scene::time(10));
      opened.setLockingPool(data(address(0xa0)));
      opened.setLockingInfo(data(address(0xa1)));
      opened.setManager(data(Address{}));
      opened.setEscrow(data(address(0xa1)));
      opened.setBridge(data(address(0xa2)));
      opened.setL1Token(data(address(0xa3)));
      opened.setL2Token(data(address(0xa4)));
      opened.setMpcAddress(data(Address{}));
      opened.setRewardPayer(data(Address{}));
      opened.setL2ChainId(data(to_word(U256(10880))));
      auto batch = opened.initCurBatchState();
      batch.setId(data(to_word(U256(1))));
      batch.setNumber(data(to_word(U256(10))));
      batch.setStartEpoch(data(Hash32{}));
      batch.setEndEpoch(data(Hash32{}));
      opened.setMinLock(data(to_word(metis(20000))));
      opened.setMaxLock(data(to_word(metis(100000))));
      opened.setExitDelayPeriod(data(to_word(U256(1))));
      opened.setRewardPerBlock(data(to_word(U256(1))));
      opened.setSignerUpdateThrottle(data(to_word(U256(1))));
    });
  }
};

/// An ordinary life of a log.
inline const LogScene& log_life() {
  static const LogScene scene = [] {
    LogScene out;
    out.live();
    return out;
  }();
  return scene;
}

}  // namespace horae::test
