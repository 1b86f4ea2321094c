#include "events/locking/open_pool.hpp"

namespace horae {
namespace {

void fill(schema::L1Block::Builder builder, const L1Point& block) {
  builder.setNumber(block.number);
  builder.setHash(data(block.hash));
}

}  // namespace

void fill(schema::L1Progress::Builder builder, const Locking& locking) {
  if (locking.confirmed_head) fill(builder.initConfirmed(), *locking.confirmed_head);
  if (locking.finalized) fill(builder.initFinalized(), *locking.finalized);
  builder.setDiscrepancies(locking.base.discrepancies);
  std::vector<L1Point> blocks;
  if (locking.base_block) blocks.push_back(*locking.base_block);
  for (const auto& pending : locking.pending) {  // a block with many events stands there often
    if (blocks.empty() || blocks.back() != pending.block) blocks.push_back(pending.block);
  }
  auto list = builder.initBlocks(static_cast<unsigned>(blocks.size()));
  for (unsigned i = 0; i < list.size(); ++i) fill(list[i], blocks[i]);
}

void fill(schema::OpenPool::Builder builder, const Locking& locking) {
  builder.setOpened(*locking.opened);
  fill(builder.initPool(), locking.current);
}

L1Progress to_progress(schema::L1Progress::Reader progress) {
  L1Progress out;
  if (progress.hasConfirmed()) out.confirmed = to_point(progress.getConfirmed());
  if (progress.hasFinalized()) out.finalized = to_point(progress.getFinalized());
  for (const auto block : progress.getBlocks()) out.blocks.push_back(to_point(block));
  out.discrepancies = progress.getDiscrepancies();
  return out;
}

OpenPool to_open_pool(schema::OpenPool::Reader pool) {
  return {Msg<schema::PoolOpened>::copy_of(pool.getOpened()), restore(pool.getPool())};
}

}  // namespace horae
