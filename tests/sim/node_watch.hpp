#pragma once

#include "events/pool/input.hpp"
#include "storage/log.hpp"
#include "tests/sim/pool_audit.hpp"
#include "tests/sim/pool_heights.hpp"

namespace horae::test {

/// What the logs of all members have in common.
struct SharedLogs {
  explicit SharedLogs(const Members& first) : heights(first) {}

  PoolHeights heights;
  std::vector<Hash32> facts{
      Hash32{}};                  // by height: of all shared facts up to there, in their order
  std::uint64_t signed_anew = 0;  // blocks, since the one before was refused
};

/// Looks at a member's log as it grows, from life to life: what a record says once, it says for
/// ever.
class NodeWatch {
 public:
  NodeWatch(const Address& member, SharedLogs& all, const ForkingL1& l1)
      : member_(member), all_(all), l1_(l1) {}

  void look(LogReader& log) {
    const auto seen = log.scan(world_.seq + 1, UINT64_MAX, [this](std::uint64_t, BytesView value) {
      see(*decode_record(value));
      return true;
    });
    BOOST_REQUIRE(seen.has_value());
  }
  void end(std::uint64_t height) const {
    BOOST_TEST_REQUIRE(world_.settled);
    heights_.end(height);
    l1_.end();
  }

  [[nodiscard]] const World& world() const { return world_; }
  [[nodiscard]] std::uint64_t height() const { return world_.local.progress.applied.height; }
  [[nodiscard]] const std::set<Hash32>& included() const { return included_; }
  [[nodiscard]] std::uint64_t reverts() const { return l1_.reverts; }
  [[nodiscard]] std::uint64_t revocations() const { return revocations_; }

 private:
  void see(const RecordView& record) {
    const auto parent = world_.shared.blocks.head;
    const auto included_block = world_.local.mempool.included_block;
    const auto done = fold(world_, record, Trust::log);
    BOOST_TEST_REQUIRE(done.has_value(), (done ? "" : done.error().what));
    heights_.see(record);
    l1_.see(record);
    const auto& header = record.header;
    if (is_shared(header.domain, header.kind)) {
      const std::uint8_t name[] = {static_cast<std::uint8_t>(header.domain),
                                   static_cast<std::uint8_t>(header.kind)};
      facts_ = sha256({facts_.view(), BytesView(name), record.payload});
    }
    if (header.domain == Domain::POOL) see_pool(Msg<schema::PoolFact>::read(record.payload));
    if (header.domain == Domain::BLOCKS) {
      const auto fact = Msg<schema::BlocksFact>::read(record.payload);
      if (fact.isBlockSealed()) see_block(fact.getBlockSealed(), parent, included_block);
      if (fact.isBlocksRevoked()) see_revoked(fact.getBlocksRevoked());
    }
  }

  void see_pool(schema::PoolFact::Reader fact) {
    if (fact.isInputProposed()) return see_signed(view(fact.getInputProposed().getInput()));
    if (!fact.isConsensusBlockApplied()) return;
    const auto applied = fact.getConsensusBlockApplied();
    const auto& shared = world_.shared;
    BOOST_TEST_REQUIRE((fixed<Hash32>(applied.getAppHash()) == app_hash(shared.digests)));
    all_.heights.compare(
        height(), {app_hash(shared.digests), state_hash(shared), shared.pool.members}, member_);
    if (height() == all_.facts.size()) all_.facts.push_back(facts_);
    BOOST_TEST_REQUIRE((all_.facts.at(height()) == facts_),
                       "the shared facts of member " << to_hex(member_) << " are others");
  }

  // Two signed blocks of one number are a fault, unless the pool refused the first.
  void see_signed(BytesView input) {
    const auto checked = check_input("test-pool", input);
    BOOST_TEST_REQUIRE(checked.has_value());
    const auto header = checked->command.read().getBlocks().getSeal().getHeader();
    const auto content = Msg<schema::BlockHeader>::copy_of(header);
    // In another turn it signs anew what was not sealed in the one before.
    const auto epoch = world_.shared.blocks.turns ? header.getEpoch() : 0;
    const auto [before, first] = signed_.try_emplace({epoch, header.getNumber()}, content);
    if (first || std::ranges::equal(before->second.bytes(), content.bytes())) return;
    const auto other = std::exchange(before->second, content);
    ++all_.signed_anew;
    BOOST_TEST_REQUIRE(is_refused(world_.shared.blocks, other.read()),
                       "the leader signed two blocks " << header.getNumber());
  }

  void see_block(schema::BlockSealed::Reader block, const ChainHead& parent,
                 std::uint64_t included_block) {
    const auto header = block.getHeader();
    BOOST_TEST_REQUIRE(header.getNumber() == parent.number + 1);
    BOOST_TEST_REQUIRE((fixed<Hash32>(header.getParentHash()) == parent.hash));
    BOOST_TEST_REQUIRE(header.getTimestamp() > parent.timestamp);
    // The leader makes no other before that; a member may take a while to execute.
    const bool leads = fixed<Address>(header.getSequencer()) == member_;
    // What it has included may be revoked.
    const auto& pool = world_.local.mempool;
    const bool gone = is_revoked(world_.shared.blocks.revoked, included_block, pool.included_epoch);
    BOOST_TEST_REQUIRE(
        (leads ? included_block == parent.number : gone || included_block <= parent.number));
    for (const auto hash : block.getHashes()) {
      BOOST_TEST_REQUIRE(included_.insert(fixed<Hash32>(hash)).second, "a block has it already");
      by_block_[header.getNumber()].push_back(fixed<Hash32>(hash));
    }
  }
  void see_revoked(schema::BlocksRevoked::Reader fact) {
    ++revocations_;
    const auto first = by_block_.lower_bound(fact.getNumber());
    for (auto block = first; block != by_block_.end(); ++block) {
      for (const auto& hash : block->second) included_.erase(hash);
    }
    by_block_.erase(first, by_block_.end());
  }

  Address member_;
  SharedLogs& all_;
  World world_;
  HeightsAudit heights_;
  L1Audit l1_;
  Hash32 facts_;
  std::set<Hash32> included_;
  std::map<std::uint64_t, std::vector<Hash32>> by_block_;
  std::uint64_t revocations_ = 0;
  // The last of each epoch, where members take turns, and number.
  std::map<std::pair<std::uint64_t, std::uint64_t>, Msg<schema::BlockHeader>> signed_;
};

}  // namespace horae::test
