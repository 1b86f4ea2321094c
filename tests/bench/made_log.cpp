#include "tests/bench/made_log.hpp"

#include <random>
#include <unordered_map>

#include "core/crypto/secp256k1.hpp"
#include "core/merkle.hpp"
#include "events/state_hashes.hpp"
#include "storage/data_directory.hpp"
#include "storage/log.hpp"
#include "tests/fixture/deciders.hpp"

namespace horae::bench {
namespace {

using namespace horae::test;

constexpr std::size_t commit_records = 4096;
constexpr std::uint64_t senders = 2000;
constexpr std::size_t raw_bytes = 112;  // of a plain EIP-1559 transfer, about

class Maker {
 public:
  Maker(LogWriter& writer, std::uint64_t records) : writer_(writer), wanted_(records) {}

  void run() {
    open();
    while (seq_ < wanted_) {
      block();
      hash_when_due();
    }
    flush();
  }

 private:
  void open() {
    local_node(open_log(node_, usual_identity()));
    local_node(start_node(node_, "bench"));
    settled(open_pool());
    settled(Scene::block(20, {locked_by_secret(1, 1, metis(20000), locked_)}));
    settled(advance_to(l1_, l1_ - 30));
    settled(open_chain());
    settled(Msg<schema::BlocksCommand>::build(
        [](auto root) { root.initSetEpochLength().setBlocks(100); }));
    settled(Msg<schema::RewardsCommand>::build([](auto root) {
      auto rules = root.initOpen();
      rules.setPeriodSeconds(14 * 86400);
      rules.setMinEpochs(2);
      rules.setCounting(schema::BlockCounting::ALLOTTED);
      rules.setTargetRatePpm(200000);
      rules.setBatchId(data(to_word(1)));
      rules.setEndEpoch(data(to_word(0)));
    }));
    pooled(parameters_command(usual_parameters()));
  }

  // Stamps as the journal does.
  void keep(const Decision& decision) {
    if (!decision.ok()) stop("the made log was refused: " + decision.detail);
    const auto first = seq_ + 1;
    for (std::size_t i = 0; i < decision.facts.size(); ++i) {
      const auto& fact = decision.facts[i];
      RecordHeader header;
      header.domain = fact.domain;
      header.more = i + 1 < decision.facts.size();
      header.seq = ++seq_;
      header.time_ms = time_ms_;
      header.cause = fact.after >= 0 ? first + static_cast<std::uint64_t>(fact.after) : 0;
      header.prev = head_;
      header.kind = fact.kind;
      headers_.push_back(encode(header));
      payloads_.push_back(fact.payload);
      head_ = record_hash(headers_.back(), fact.digest);
      if (const auto tile = tree_.add(head_)) tiles_.push_back(*tile);
    }
    if (seq_ >= next_hashed_) {
      next_hashed_ = (seq_ / StateHashWatch::every + 1) * StateHashWatch::every;
      hashed_ = HashedState{seq_, {state_hash(shared_), state_hash(local_)}, shared_.digests};
    }
    if (headers_.size() >= commit_records) flush();
  }
  // The state's hashes, some records later, as the world tells them.
  void hash_when_due() {
    if (!hashed_) return;
    const auto taken = *hashed_;
    hashed_.reset();
    local_node(
        hash_state(node_, taken.seq, taken.hashes.shared, taken.hashes.local, taken.digests));
  }

  void flush() {
    std::vector<LogEntry> entries;
    entries.reserve(headers_.size());
    for (std::size_t i = 0; i < headers_.size(); ++i) {
      entries.push_back({headers_[i], payloads_[i].bytes()});
    }
    const auto written = writer_.append(seq_ + 1 - entries.size(), entries, tiles_);
    if (!written) stop(written.error().what);
    headers_.clear();
    payloads_.clear();
    tiles_.clear();
  }

  template <class Command>
  void settled(const Msg<Command>& command) {
    keep(settle(shared_, command.read()));
  }
  void local_node(const Decision& decision) {
    for (const auto& fact : decision.facts) {
      apply(node_, Msg<schema::NodeFact>::of(fact.payload).read());
    }
    keep(decision);
  }
  void pooled(const Msg<schema::MempoolCommand>& command) {
    const auto decision = decide(pool_, command.read());
    for (const auto& fact : decision.facts) {
      apply(pool_, Msg<schema::MempoolFact>::of(fact.payload).read());
    }
    keep(decision);
  }

  void submit(std::uint64_t sender, std::uint64_t nonce, std::uint64_t tip) {
    Bytes raw(raw_bytes, 0x5a);
    std::memcpy(raw.data(), &sender, 8);
    std::memcpy(raw.data() + 8, &nonce, 8);
    std::memcpy(raw.data() + 16, &tip, 8);
    Address address;
    std::memcpy(address.bytes.data(), &sender, 8);
    address.bytes[19] = 1;
    pooled(Msg<schema::MempoolCommand>::build([&](auto root) {
      auto command = root.initSubmit();
      command.setIntrinsicGas(21000);
      auto txn = command.initTxn();
      txn.setNonce(nonce);
      txn.setGasLimit(21000);
      txn.setRaw(horae::data(raw));
      txn.setHash(data(keccak256(raw)));
      txn.setSender(data(address));
      txn.setMaxFee(data(to_word(2'000'000'000 + U256(tip))));
      txn.setMaxPriorityFee(data(to_word(tip)));
      txn.setValue(data(to_word(metis(1))));
      auto account = command.initAccount();
      account.setNonce(nonces_[address]);
      account.setBlock(pool_.included_block);
      account.setBalance(data(to_word(metis(1'000'000))));
    }));
    last_ = {sender, nonce, tip};
  }
  void submit_next() {
    const auto sender = random_() % senders;
    Address address;
    std::memcpy(address.bytes.data(), &sender, 8);
    address.bytes[19] = 1;
    const auto known = next_nonce(pool_, address);
    const auto found = nonces_.find(address);
    const auto included = found == nonces_.end() ? 0 : found->second;
    // A sender with a full queue waits.
    const auto account = pool_.accounts.find(address);
    if (account != pool_.accounts.end() && account->second.txns.size() > 60) return;
    submit(sender, std::max(included, known.value_or(0)), 1000 + random_() % 1'000'000);
  }

  void block() {
    time_ms_ += 1000;
    const auto admissions = 1 + random_() % 127;
    for (std::uint64_t i = 0; i < admissions; ++i) submit_next();
    const auto number = shared_.blocks.head.number + 1;
    if (number % 3 == 0) submit(last_.sender, last_.nonce, last_.tip * 2 + 1'000'000'000);
    std::vector<PooledTxn> chosen;
    for (const auto* txn : select(pool_, next_base_fee(shared_.blocks), shared_.blocks.gas_limit)) {
      chosen.push_back(*txn);
    }
    if (chosen.empty()) return;
    std::vector<PooledTxn> skipped;
    if (number % 40 == 0 && chosen.size() > 1) {
      skipped.push_back(chosen.back());
      chosen.pop_back();
    }
    const auto position = pool_.position;
    for (std::uint64_t late = random_() % 4; late > 0; --late) submit_next();
    const auto sealed = seal_command(chosen, skipped, position);
    settled(sealed);
    include(sealed.read().getSeal());
    if (number % 16 == 0) l1(number);
  }

  void l1(std::uint64_t number) {
    if (number % 64 == 0) {
      locked_ += 1;
      settled(Scene::block(++l1_, {relocked(1, 1, locked_, 0)}));
    }
    if (number % 32 == 0) {
      l1_ += 2;
      settled(advance_to(l1_, l1_ - 1));
    }
  }

  Msg<schema::BlocksCommand> seal_command(const std::vector<PooledTxn>& txns,
                                          const std::vector<PooledTxn>& skipped,
                                          std::uint64_t position) {
    const auto& chain = shared_.blocks;
    const auto hashes_of = [](const std::vector<PooledTxn>& list) {
      std::vector<Hash32> out;
      for (const auto& txn : list) out.push_back(txn.hash);
      return out;
    };
    const auto header = Msg<schema::BlockHeader>::build([&](auto out) {
      out.setChainId(chain.chain_id);
      out.setNumber(chain.head.number + 1);
      out.setTimestamp(chain.head.timestamp + 1);
      out.setPoolPosition(position);
      out.setGasUsed(21000 * txns.size());
      out.setGasLimit(chain.gas_limit);
      out.setOrderingRule(chain.ordering_rule);
      out.initL1Origin().setNumber(20);
      out.setParentHash(data(chain.head.hash));
      out.setBlockHash(data(hash(80'000'000'000 + chain.head.number)));
      out.setStateRoot(data(hash(90'000'000'000 + chain.head.number)));
      out.setTxnsRoot(data(hash(1)));
      out.setReceiptsRoot(data(hash(2)));
      out.setTxnsDigest(data(digest_of(hashes_of(txns))));
      out.setSkippedDigest(data(digest_of(hashes_of(skipped))));
      out.setSequencer(data(address_of_secret(1)));
      out.setBaseFee(data(to_word(next_base_fee(chain))));
    });
    return Msg<schema::BlocksCommand>::build([&](auto root) {
      auto block = root.initSeal();
      block.setHeader(header.read());
      auto raws = block.initTxns(static_cast<unsigned>(txns.size()));
      auto names = block.initHashes(static_cast<unsigned>(txns.size()));
      std::map<Address, std::uint64_t> after;
      for (unsigned i = 0; i < txns.size(); ++i) {
        raws.set(i, horae::data(txns[i].raw));
        names.set(i, data(txns[i].hash));
        after[txns[i].sender] = txns[i].nonce + 1;
      }
      auto left = block.initSkipped(static_cast<unsigned>(skipped.size()));
      for (unsigned i = 0; i < left.size(); ++i) {
        left[i].setHash(data(skipped[i].hash));
        left[i].setReason("left out");
      }
      auto list = block.initSenders(static_cast<unsigned>(after.size()));
      unsigned index = 0;
      for (const auto& [sender, nonce] : after) {
        nonces_[sender] = nonce;
        list[index].setNonce(nonce);
        list[index++].setAddress(data(sender));
      }
      block.setSignature(data(sign(signing_digest(header), secret(1))));
    });
  }
  void include(schema::BlockSealed::Reader block) {
    pooled(Msg<schema::MempoolCommand>::build([&](auto root) {
      auto command = root.initInclude();
      command.setBlock(pool_.included_block + 1);
      command.setHashes(block.getHashes());
      command.setSenders(block.getSenders());
      command.setSkipped(block.getSkipped());
      command.setTime(block.getHeader().getTimestamp());
    }));
  }

  struct Last {
    std::uint64_t sender = 0, nonce = 0, tip = 0;
  };

  LogWriter& writer_;
  std::uint64_t wanted_;
  SharedState shared_;
  LocalState local_;
  NodeState& node_ = local_.node;
  Mempool& pool_ = local_.mempool;
  std::uint64_t next_hashed_ = StateHashWatch::every;
  std::optional<HashedState> hashed_;
  std::unordered_map<Address, std::uint64_t, FixedHasher> nonces_;  // that blocks left
  std::mt19937_64 random_{20231108};
  Last last_;
  U256 locked_ = metis(20000);
  std::uint64_t l1_ = 60;
  std::uint64_t seq_ = 0;
  std::uint64_t time_ms_ = 1'700'000'000'000;
  Hash32 head_;
  merkle::Frontier tree_;
  std::vector<Hash32> tiles_;  // full since the last commit
  std::vector<HeaderBytes> headers_;
  std::vector<Message> payloads_;
};

}  // namespace

void make_log(const std::filesystem::path& data_directory, std::uint64_t records) {
  const auto environment = open_log(DataPaths{data_directory}.log(), Access::rebuildable);
  if (!environment) stop(environment.error().what);
  LogWriter writer(*environment);
  Maker(writer, records).run();
}

}  // namespace horae::bench
