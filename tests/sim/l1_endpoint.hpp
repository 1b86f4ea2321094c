#pragma once

#include "core/eth/abi.hpp"
#include "edges/ports.hpp"
#include "events/locking/decode.hpp"
#include "tests/sim/l1_forks.hpp"

namespace horae::test {

/// An L1 endpoint that shows a view of a ForkingL1: its blocks, the locking pool's logs and what
/// the contracts answer, as the addresses of Scene::open() have them.
class L1Endpoint : public L1Port {
 public:
  static constexpr std::uint64_t chain = 31337;
  static PoolContracts contracts() { return {address(0xa0), address(0xa1)}; }

  L1View view;
  std::uint64_t faults = 0;  // one call in so many is not answered; 0: all are

  explicit L1Endpoint(Dice& dice) : dice_(dice) {}

  L1Result<std::uint64_t> chain_id() override { return answer(chain); }
  L1Result<std::optional<L1Header>> head(L1Tag tag) override {
    if (tag == L1Tag::finalized && view.finalized == 0) return answer(std::optional<L1Header>());
    return block(tag == L1Tag::latest ? view.latest() : view.finalized);
  }
  L1Result<std::optional<L1Header>> block(std::uint64_t number) override {
    if (number < L1View::first_block) {
      return answer(std::optional(L1Header{number,
                                           Scene::time(number),
                                           Scene::block_hash(number),
                                           Scene::block_hash(number - 1),
                                           {}}));
    }
    const auto* found = view.block(number);
    if (found == nullptr) return answer(std::optional<L1Header>());
    return answer(std::optional(
        L1Header{found->at.number, Scene::time(number), found->at.hash, found->parent, {}}));
  }
  L1Result<L1Logs> logs(std::uint64_t from, std::uint64_t to,
                        const std::vector<Address>& addresses) override {
    L1Logs out;
    out.to = std::min(to, view.latest());
    for (auto number = from; number <= out.to; ++number) {
      if (const auto* found = view.block(number)) add_logs(out.logs, *found, addresses);
    }
    return answer(std::move(out));
  }
  L1Result<std::vector<EthLog>> all_logs(const L1Header& header) override {
    return logs_of(header, {contracts().pool, contracts().info, token()});
  }
  L1Result<std::vector<EthLog>> logs_of(const L1Header& header,
                                        const std::vector<Address>& addresses) override {
    const auto* found = known(header);
    if (found == nullptr) return gone(header);
    if (view.lacks && addresses == std::vector{token()})
      return refused("the block's logs are gone");
    std::vector<EthLog> out;
    add_logs(out, *found, addresses);
    return answer(std::move(out));
  }
  L1Result<bool> has_code(const Address&, std::uint64_t block) override {
    return answer(block >= L1View::first_block);
  }
  L1Result<std::vector<Bytes>> calls(const L1Header& header,
                                     const std::vector<L1Call>& calls) override {
    const auto* found = known(header);
    if (found == nullptr) return gone(header);
    if (view.lacks) return refused("the block's state is gone");
    std::vector<Bytes> out;
    for (const auto& call : calls) out.push_back(say(*found, call.input));
    return answer(std::move(out));
  }
  L1Result<std::optional<L1Txn>> txn_of(const EthLog& log) override {
    const auto* found = view.block(log.block);
    if (found == nullptr || found->at.hash != log.block_hash || view.lacks) {
      return answer(std::optional<L1Txn>());
    }
    const auto& event = found->events.at(log.log_index / 2);
    if (!event.keeps_call) return answer(std::optional<L1Txn>());
    L1Txn out{log.txn_hash, contracts().pool, {}};
    out.input = AbiWriter()
                    .number(event.id)
                    .number(metis(event.metis_moved))
                    .boolean(false)
                    .call("relock(uint256,uint256,bool)");
    return answer(std::optional(std::move(out)));
  }
  void cancel() override {}

 private:
  static Address token() { return address(0xa3); }

  template <class Value>
  L1Result<Value> answer(Value value) {
    if (faults != 0 && dice_.one_in(faults)) {
      return tl::unexpected(L1Fault{L1Fault::unreachable, "no answer", {}});
    }
    return value;
  }
  static tl::unexpected<L1Fault> refused(std::string why) {
    return tl::unexpected(L1Fault{L1Fault::refused, std::move(why), {}});
  }
  static tl::unexpected<L1Fault> gone(const L1Header& header) {
    return tl::unexpected(L1Fault{
        L1Fault::unreachable, "no block " + std::to_string(header.number) + " any more", {}});
  }
  [[nodiscard]] const ForkBlock* known(const L1Header& header) const {
    const auto* found = view.block(header.number);
    return found != nullptr && found->at.hash == header.hash ? found : nullptr;
  }

  static void add_logs(std::vector<EthLog>& out, const ForkBlock& block,
                       const std::vector<Address>& addresses) {
    for (std::size_t i = 0; i < block.events.size(); ++i) {
      const auto& event = block.events[i];
      EthLog log;
      log.block = block.at.number;
      log.block_hash = block.at.hash;
      log.txn_hash = block.txn_hash(i);
      log.txn_index = static_cast<std::uint32_t>(i);
      const auto tell = [&](const Address& emitter, std::uint32_t index) {
        log.address = emitter;
        log.log_index = index;
        if (std::ranges::find(addresses, emitter) != addresses.end()) out.push_back(log);
      };
      if (event.kind == ForkEvent::relocks) {
        log.topics = {abi_topic("Transfer(address,address,uint256)"), word_of(Address{}),
                      word_of(contracts().info)};
        log.data = AbiWriter().number(metis(event.metis_moved)).take();
        tell(token(), ForkBlock::log_index(i) - 1);
      }
      fill(log, event, block.at.number);
      tell(contracts().info, ForkBlock::log_index(i));
    }
  }
  // The events of ILockingInfo.sol, as decode_log reads them.
  static void fill(EthLog& log, const ForkEvent& event, std::uint64_t block) {
    const auto& signer = known_key(event.key);
    AbiWriter words;
    switch (event.kind) {
      case ForkEvent::locks:
        log.topics = {abi_topic("Locked(address,uint256,uint256,uint256,uint256,uint256,bytes)"),
                      word_of(signer.address), to_word(event.id), to_word(1)};
        words.number(1).number(metis(event.metis_moved)).number(metis(event.total));
        log.data = words.bytes(signer.key.view()).take();
        return;
      case ForkEvent::unlocks:
        log.topics = {
            abi_topic("UnlockInit(address,uint256,uint256,uint256,uint256,uint256,uint256)"),
            word_of(signer.address), to_word(event.id), to_word(0)};
        words.number(2).number(1).number(Scene::time(block));
        log.data = words.number(Scene::time(block) + exit_delay).take();
        return;
      case ForkEvent::relocks:
        log.topics = {abi_topic("Relocked(uint256,uint256,uint256)"), to_word(event.id)};
        log.data = words.number(metis(event.metis_moved)).number(metis(event.total)).take();
        return;
    }
    stop("an event of no kind");
  }
  static Hash32 word_of(const Address& address) {
    return *Hash32::from(AbiWriter().address(address).take());
  }

  // What the contracts answer at the end of a block.
  static Bytes say(const ForkBlock& block, BytesView input) {
    const auto& pool = block.after;
    const auto is = [&](std::string_view signature) {
      const auto selector = abi_selector(signature);
      return std::equal(selector.begin(), selector.end(), input.begin());
    };
    AbiWriter out;
    if (is("sequencers(uint256)"))
      return sequencer(pool, AbiReader(input.subspan(4)).number(0).value());
    if (is("seqSigners(address)")) {
      const auto signer = AbiReader(input.subspan(4)).address(0).value();
      const auto found = std::ranges::find(
          pool.each, signer, [](const auto& each) { return known_key(each.key).address; });
      return out.number(found == pool.each.end() ? 0 : found - pool.each.begin() + 1).take();
    }
    if (is("curBatchState()")) {
      return out.number(1).number(L1View::first_block).number(0).number(0).take();
    }
    if (is("escrow()")) return out.address(contracts().info).take();
    if (is("bridge()")) return out.address(address(0xa2)).take();
    if (is("l1Token()")) return out.address(token()).take();
    if (is("l2Token()")) return out.address(address(0xa4)).take();
    if (is("l2ChainId()")) return out.number(1088).take();
    if (is("minLock()")) return out.number(metis(20'000)).take();
    if (is("maxLock()")) return out.number(metis(100'000)).take();
    if (is("exitDelayPeriod()")) return out.number(exit_delay).take();
    if (is("rewardPerBlock()")) return out.number(761'000'000'000'000).take();
    if (is("signerUpdateThrottle()")) return out.number(1).take();
    if (is("totalSequencers()")) return out.number(pool.each.size()).take();
    if (is("totalLocked()")) return out.number(metis(pool.total)).take();
    return out.number(0)
        .take();  // manager, mpcAddress, paused, totalRewardsLiquidated, rewardPayer
  }
  static Bytes sequencer(const LockedSequencers& pool, const U256& id) {
    AbiWriter out;
    const bool known = id > 0 && id <= pool.each.size();
    const auto each =
        known ? pool.each[static_cast<std::size_t>(id) - 1] : LockedSequencers::Each{};
    const bool left = known && !each.active;
    out.number(metis(each.metis)).number(0).number(known ? 1 : 0).number(known ? 1 : 0);
    out.number(left ? 1 : 0).number(left ? Scene::time(each.left) : 0);
    out.number(left ? Scene::time(each.left) + exit_delay : 0).number(known ? each.nonce : 0);
    out.address({}).address(known ? known_key(each.key).address : Address{});
    out.bytes(known ? known_key(each.key).key.view() : BytesView{}).address({});
    const auto status = !known ? SequencerStatus::unavailable
                        : left ? SequencerStatus::inactive
                               : SequencerStatus::active;
    return out.number(static_cast<unsigned>(status)).take();
  }

  static constexpr std::uint64_t exit_delay = 21 * 86400;

  Dice& dice_;
};

}  // namespace horae::test
