#include <algorithm>
#include <utility>

#include "duties/l1_follow.hpp"

// The follower's comparisons with the contracts' views, and what it reads again by them.
namespace horae {
namespace {

bool is_beyond(const L1Progress& progress, std::uint64_t block) {
  return (progress.confirmed && progress.confirmed->number > block) ||
         (!progress.blocks.empty() && progress.blocks.back().number > block);
}

}  // namespace

bool L1Follow::compare_due() const {
  if (reread_.is_active()) return next_ > reread_.part_end();
  return next_ == confirmed_->number + 1 && compared_ != confirmed_->number &&
         (uncompared_ || advance_due());
}

L1Follow::Stop L1Follow::compare() {
  auto block = confirmed_;
  if (next_ != confirmed_->number + 1) {
    const auto asked = l1_.block(next_ - 1);
    if (!asked) return of(asked.error());
    block = *asked;
  }
  if (!block) return failure(FollowStep::unreachable, "no block " + std::to_string(next_ - 1));
  const auto pool = sequence_.pool();
  if (!pool) return nobody_answers(pool.error());
  auto found = compare_views(l1_, *pool, *block);
  if (!found && found.error().kind != L1Fault::refused) return of(found.error());
  if (options_.pool_step > 0 && found && !found->empty()) {
    // The others may have agreed on what comes behind that block, while this member read it.
    const auto now = sequence_.progress();
    if (!now) return nobody_answers(now.error());
    if (*now && is_beyond(**now, block->number)) {
      resumed_ = false;
      return FollowStep{};
    }
  }
  // What was read one by one is all there is: the contracts themselves contradict what is expected.
  const bool ranged = reread_.is_active() ? !reread_.is_one_by_one() : ranged_ && !settled_;
  if (found && found->empty() && ranged && pool->view.discrepancies > discrepancies_) {
    found->push_back({"discrepancies", std::to_string(discrepancies_),
                      std::to_string(pool->view.discrepancies)});
  }
  if (found && found->empty()) discrepancies_ = pool->view.discrepancies;
  return reread_.is_active() ? compared_part(found, *pool)
                             : compared_head(found, block->number, *pool);
}

// Where everything begins: the last block before the first that is looked at.
std::uint64_t L1Follow::before_all(const OpenPool& pool) const {
  const auto before = options_.from_block == 0 ? 0 : options_.from_block - 1;
  return std::min(before, pool.opened.read().getBlock());
}

L1Follow::Stop L1Follow::compared_head(const Differences& found, std::uint64_t head,
                                       const OpenPool& pool) {
  compared_ = head;
  uncompared_ = false;
  const auto opening = before_all(pool);
  L1Comparison out{head, {}, found ? std::string() : found.error().what};
  if (found) {
    out.differences = differences_ = *found;
    if (found->empty()) {
      agreed_ = head;
      settled_ = whole_ = ranged_ = false;
    } else if (options_.pool_step > 0) {
      settled_ = true;
    } else if (!settled_) {
      // What is final agreed when it was told, or nobody could compare it.
      auto from = std::max(agreed_.value_or(opening), opening);
      if (told_finalized_) from = std::max(from, told_finalized_->number);
      whole_ = from == opening || from >= head;
      read_again(whole_ ? opening : from, head);
      return FollowStep{};
    }
  }
  return FollowStep{FollowStep::more, 0, "", std::move(out)};
}

L1Follow::Stop L1Follow::compared_part(const Differences& found, const OpenPool& pool) {
  const auto then = !found           ? reread_.unreadable()
                    : found->empty() ? reread_.agreed()
                                     : reread_.differed();
  // Whatever comes of it, the head is compared in the end.
  uncompared_ = true;
  compared_.reset();
  if (found && !found->empty()) differences_ = *found;
  switch (then) {
    case L1Reread::Then::go_on:
      break;
    case L1Reread::Then::again:
      back_to_ = reread_.from();
      break;
    case L1Reread::Then::ended:
      if (found) agreed_ = reread_.to();
      break;
    case L1Reread::Then::settled:
      if (std::exchange(whole_, true)) {
        settled_ = true;
      } else {
        read_again(before_all(pool), reread_.to());
      }
      break;
  }
  return FollowStep{};
}

void L1Follow::read_again(std::uint64_t from, std::uint64_t to) {
  reread_.begin(from, to);
  if (whole_) discrepancies_ = 0;
  back_to_ = from;
}

L1Follow::Stop L1Follow::take_back() {
  const auto block = l1_.block(*back_to_);
  if (!block) return of(block.error());
  if (!*block) return failure(FollowStep::unreachable, "no block " + std::to_string(*back_to_));
  synced_ = false;
  range_.reset();
  auto stop = return_to(**block);
  if (!stop || stop->kind == FollowStep::more) back_to_.reset();
  return stop;
}

}  // namespace horae
