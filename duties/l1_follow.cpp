#include "duties/l1_follow.hpp"

#include <algorithm>

#include "duties/l1_completion.hpp"
#include "duties/l1_opening.hpp"

namespace horae {
namespace {

// The first pause after trouble: a hiccup is over by then, and the endpoint is not hammered. Each
// further one in a row is twice as long.
constexpr std::uint64_t first_wait_ms = 250;

std::string say(std::uint64_t number, const Hash32& hash) {
  return "block " + std::to_string(number) + " " + to_hex(hash);
}

void set_block(schema::L1Block::Builder builder, std::uint64_t number, const Hash32& hash) {
  builder.setNumber(number);
  builder.setHash(data(hash));
}

}  // namespace

L1Follow::L1Follow(L1Port& l1, LockingSequence& sequence, L1FollowOptions options)
    : l1_(l1), sequence_(sequence), options_(options), next_(options.from_block) {}

FollowStep L1Follow::step() {
  auto step = take_step();
  if (step.kind != FollowStep::rate_limited) l1_.forget();
  return step;
}

FollowStep L1Follow::take_step() {
  if (!chain_checked_) {
    if (auto stop = check_chain()) return *stop;
  }
  if (!heads_known_) {
    if (auto stop = look_for_heads()) return *stop;
  }
  if (!resumed_) {
    if (auto stop = resume()) return *stop;
  }
  Stop stop;
  if (back_to_) {
    stop = take_back();
  } else if (compare_due()) {
    stop = compare();
  } else if (finalized_ && next_ <= finalized_->number && !reread_.is_one_by_one()) {
    stop = read_range();
  } else if (next_ <= confirmed_->number) {
    stop = read_block();
  } else {
    stop = advance();
    heads_known_ = false;
    if (!stop) stop = FollowStep{FollowStep::wait, options_.poll_ms, ""};
  }
  if (stop && stop->kind != FollowStep::wait && stop->kind != FollowStep::more) return *stop;
  failures_ = 0;
  return stop.value_or(FollowStep{});
}

FollowStep L1Follow::failure(FollowStep::Kind kind, std::string why) {
  const auto wait = std::min(options_.longest_wait_ms, first_wait_ms << std::min(failures_, 16u));
  ++failures_;
  // What was thought to be the chain may be another one by the time it answers again.
  heads_known_ = false;
  range_.reset();
  return {kind, wait, std::move(why)};
}

FollowStep L1Follow::of(const L1Fault& fault) {
  switch (fault.kind) {
    case L1Fault::unreachable:
      return failure(FollowStep::unreachable, fault.what);
    case L1Fault::doubtful:
      return failure(FollowStep::doubtful, fault.what);
    case L1Fault::refused:
      return failure(FollowStep::refused, fault.what);
    case L1Fault::cancelled:
      return {FollowStep::stopped, 0, fault.what};
    case L1Fault::rate_limited: {
      // What was fetched so far stays as good as it was. An endpoint that says when to come back is
      // believed within reason: no pause at all is no pause that was said.
      const auto said = fault.retry_after_ms.value_or(0);
      const auto wait =
          said > 0 ? std::max(said, first_wait_ms) : first_wait_ms << std::min(failures_, 16u);
      ++failures_;
      return {FollowStep::rate_limited, std::min(wait, options_.longest_wait_ms), fault.what};
    }
  }
  stop("an L1 fault of no kind");
}

L1Follow::Stop L1Follow::check_chain() {
  const auto chain = l1_.chain_id();
  if (!chain) return of(chain.error());
  if (*chain != options_.chain_id) {
    return FollowStep{FollowStep::wrong_chain, 0,
                      "the endpoint is of chain " + std::to_string(*chain) + ", wanted " +
                          std::to_string(options_.chain_id)};
  }
  chain_checked_ = true;
  return {};
}

L1Follow::Stop L1Follow::look_for_heads() {
  const auto finalized = l1_.head(L1Tag::finalized);
  if (!finalized) return of(finalized.error());
  std::optional<L1Header> confirmed = *finalized;
  latest_number_ = confirmed ? confirmed->number : 0;
  if (options_.confirmations) {
    const auto latest = l1_.head(L1Tag::latest);
    if (!latest) return of(latest.error());
    if (!*latest) return failure(FollowStep::unreachable, "the endpoint has no latest block");
    latest_number_ = (*latest)->number;
    confirmed.reset();
    if (*options_.confirmations == 0) {
      confirmed = *latest;
    } else if ((*latest)->number >= *options_.confirmations) {
      const auto block = l1_.block((*latest)->number - *options_.confirmations);
      if (!block) return of(block.error());
      confirmed = *block;
    }
  }
  if (!confirmed) {
    return FollowStep{FollowStep::wait, options_.poll_ms,
                      options_.confirmations ? "no block has so many confirmations yet"
                                             : "the endpoint names no finalized block"};
  }
  // The opening is found from whatever head there is, and is the same from each.
  if (options_.pool_step > 0 && resumed_) {
    const auto next = next_pool_head(confirmed->number);
    if (next == 0) {
      return FollowStep{FollowStep::wait, options_.poll_ms,
                        "the pool's next head of L1 is not there yet"};
    }
    if (next != confirmed->number) {
      const auto block = l1_.block(next);
      if (!block) return of(block.error());
      if (!*block)
        return failure(FollowStep::unreachable,
                       "no block " + std::to_string(next) + ", but a head above it");
      confirmed = *block;
    }
  }
  confirmed_ = *confirmed;
  finalized_ = *finalized;
  if (finalized_ && finalized_->number > confirmed_->number) finalized_ = confirmed_;
  heads_known_ = true;
  if (!resumed_ || known_.empty()) return {};
  const auto& [last, hash] = *known_.rbegin();
  if (confirmed_->number > last && !(finalized_ && last < finalized_->number)) return {};
  if (confirmed_->number == last && confirmed_->hash == hash) return {};
  return check_last();
}

// The head that all members tell next: pool_step above the last that was agreed on, or where that
// is far behind, as many doublings of it as are there. At the agreed head it is that one, so that a
// return of L1 is seen. 0: none is there.
std::uint64_t L1Follow::next_pool_head(std::uint64_t head) const {
  const auto from = told_confirmed_ ? told_confirmed_->number : options_.from_block;
  std::uint64_t out = told_confirmed_ && from <= head ? from : 0;
  for (auto stride = options_.pool_step; from <= head && stride <= head - from; stride *= 2) {
    out = from + stride;
  }
  return out;
}

// Goes on where the committed facts end, or opens the pool if it is not open yet.
L1Follow::Stop L1Follow::resume() {
  const auto progress = sequence_.progress();
  if (!progress) return nobody_answers(progress.error());
  if (!*progress) return bootstrap();
  take_told_heads(**progress);
  discrepancies_ = (*progress)->discrepancies;
  known_.clear();
  range_.reset();
  for (const auto& block : (*progress)->blocks) known_[block.number] = block.hash;
  for (const auto& head : {told_finalized_, told_confirmed_}) {
    if (head) known_[head->number] = head->hash;
  }
  next_ = options_.from_block;
  if (!known_.empty()) next_ = std::max(next_, known_.rbegin()->first + 1);
  forget_final();
  resumed_ = true;
  // The endpoint may have changed its mind while nobody followed.
  heads_known_ = false;
  return FollowStep{};
}

L1Follow::Stop L1Follow::read_told_heads() {
  // What a pool knows may not be what this told alone: all of it is taken up again.
  if (options_.pool_step > 0) resumed_ = false;
  const auto progress = sequence_.progress();
  if (!progress) return nobody_answers(progress.error());
  take_told_heads(progress->value_or(L1Progress{}));
  return {};
}

void L1Follow::take_told_heads(const L1Progress& progress) {
  told_confirmed_ = progress.confirmed;
  told_finalized_ = progress.finalized;
}

void L1Follow::forget_final() {
  if (!told_finalized_) return;
  known_.erase(known_.begin(), known_.lower_bound(told_finalized_->number));
}

L1Follow::Stop L1Follow::bootstrap() {
  auto opening = find_opening(l1_, options_.contracts, options_.from_block, *confirmed_);
  if (!opening) return of(opening.error());
  if (!*opening) {
    heads_known_ = false;
    return FollowStep{FollowStep::no_contracts, options_.poll_ms,
                      "no code at LockingPool " + to_hex(options_.contracts.pool) +
                          " or LockingInfo " + to_hex(options_.contracts.info) + " at block " +
                          std::to_string(confirmed_->number)};
  }
  if (auto stop = submit(std::move(**opening))) return stop;
  return FollowStep{};  // the next step finds it open
}

L1Follow::Stop L1Follow::read_range() {
  if (!range_) {
    auto to = finalized_->number;
    if (reread_.is_active()) to = std::min(to, reread_.part_end());
    auto logs = l1_.logs(next_, to, addresses());
    if (!logs) return of(logs.error());
    range_ = std::move(*logs);
  }
  auto& logs = range_->logs;
  while (!logs.empty()) {
    const auto place = logs.front();
    const auto last = std::ranges::find_if(
        logs, [&](const EthLog& log) { return log.block_hash != place.block_hash; });
    const auto header = l1_.block(place.block);
    if (!header) return of(header.error());
    if (!*header || (*header)->hash != place.block_hash) {
      return failure(FollowStep::unreachable, "logs of " + say(place.block, place.block_hash) +
                                                  ", which the endpoint does not have");
    }
    if (auto stop = observe(**header, {logs.begin(), last})) return stop;
    logs.erase(logs.begin(), last);
    next_ = place.block + 1;
  }
  next_ = range_->to + 1;
  uncompared_ = ranged_ = true;
  if (range_->to == finalized_->number) known_[finalized_->number] = finalized_->hash;
  range_.reset();
  return {};
}

L1Follow::Stop L1Follow::read_block() {
  const auto header = l1_.block(next_);
  if (!header) return of(header.error());
  if (!*header) {
    return failure(FollowStep::unreachable, "no block " + std::to_string(next_) + " yet");
  }
  const auto before = next_ == 0 ? known_.end() : known_.find(next_ - 1);
  if (before != known_.end() && before->second != (*header)->parent) {
    return return_to_common_block();
  }
  const auto logs = l1_.logs_of(**header, addresses());
  if (!logs) return of(logs.error());
  if (auto stop = observe(**header, *logs)) return stop;
  // Of what is final the last block alone is kept, for its link to the next.
  if (finalized_ && next_ <= finalized_->number) {
    known_.erase(known_.begin(), known_.find(next_ - 1));
  }
  known_[next_] = (*header)->hash;
  ++next_;
  return {};
}

L1Follow::Stop L1Follow::observe(const L1Header& block, const std::vector<EthLog>& logs) {
  if (logs.empty()) return {};
  auto before = sequence_.pool();
  if (!before) return nobody_answers(before.error());
  auto completed = complete(l1_, std::move(*before), block, logs);
  if (!completed) return of(completed.error());
  if (completed->events > 0) {
    if (auto stop = submit(std::move(completed->command))) return stop;
    known_[block.number] = block.hash;
    uncompared_ = true;
  }
  foreign_logs_ += completed->foreign;
  return {};
}

/// Whether the endpoint still has the newest block that is known; if not, goes back.
L1Follow::Stop L1Follow::check_last() {
  const auto& [number, hash] = *known_.rbegin();
  const auto block = l1_.block(number);
  if (!block) return of(block.error());
  if (*block && (*block)->hash == hash) return {};
  if (!*block && latest_number_ >= number) {
    return failure(FollowStep::unreachable,
                   "no block " + std::to_string(number) + ", but a head above it");
  }
  return return_to_common_block();
}

L1Follow::Stop L1Follow::return_to_common_block() {
  heads_known_ = false;
  range_.reset();
  const auto& finalized = told_finalized_;
  L1Header common;
  // Known until the sequence has taken them back: a fault on the way leaves everything to be found
  // again.
  auto gone = known_.end();
  for (bool found = false; !found;) {
    const bool nothing_left = gone == known_.begin();
    const auto newest = nothing_left ? gone : std::prev(gone);
    const auto number = nothing_left ? 0 : newest->first;
    const auto block = l1_.block(number);
    if (!block) return of(block.error());
    if (nothing_left) {
      if (!*block) return failure(FollowStep::unreachable, "the endpoint has no block 0");
      common = **block;
      found = true;
    } else if (*block && (*block)->hash == newest->second) {
      common = **block;
      found = true;
    } else if (finalized && number <= finalized->number) {
      if (!*block) {
        return failure(FollowStep::unreachable, "the endpoint is behind the finalized " +
                                                    say(finalized->number, finalized->hash));
      }
      // What is final in a pool is the others' word, too: an endpoint that does not know it yet may
      // stand on a fork that it leaves.
      if (options_.pool_step > 0 && (!finalized_ || finalized_->number < number)) {
        return failure(FollowStep::doubtful, "the endpoint has " + say(number, (*block)->hash) +
                                                 " in place of what the pool holds to be final, " +
                                                 say(finalized->number, finalized->hash) +
                                                 ", and is not that far itself");
      }
      return FollowStep{FollowStep::below_finalized, 0,
                        "L1 has " + say(number, (*block)->hash) + " in place of the finalized " +
                            say(finalized->number, finalized->hash)};
    } else {
      synced_ = false;
      gone = newest;
    }
  }
  // As one address in front of two nodes that are on different forks answers.
  if (gone == known_.end() && !known_.empty()) {
    return failure(FollowStep::unreachable, "the block after " + say(common.number, common.hash) +
                                                " has another parent, but it is still there");
  }
  return return_to(common);
}

L1Follow::Stop L1Follow::return_to(const L1Header& block) {
  if (auto stop = submit(Msg<schema::LockingCommand>::build([&](auto root) {
        auto reverted = root.initRevert();
        set_block(reverted.initTo(), block.number, block.hash);
        reverted.setTimestamp(block.timestamp);
      }))) {
    return stop;
  }
  if (auto stop = read_told_heads()) return stop;
  known_.erase(known_.upper_bound(block.number), known_.end());
  known_[block.number] = block.hash;
  told_time_ = block.timestamp;
  next_ = std::max(options_.from_block, block.number + 1);
  if (agreed_) agreed_ = std::min(*agreed_, block.number);
  compared_.reset();
  return FollowStep{};
}

bool L1Follow::advance_due() const {
  const auto& told = told_confirmed_;
  // A head behind what is known waits for the chain.
  if (told && confirmed_->number < told->number) return false;
  if (!known_.empty() && confirmed_->number < known_.rbegin()->first) return false;
  // A pool's next head is due as soon as it is there; to one that it has agreed on, nobody else
  // would say anything.
  if (options_.pool_step > 0) return !told || confirmed_->number > told->number;
  if (!synced_ || !told) return true;
  return confirmed_->number >= told->number + options_.advance_every ||
         (confirmed_->number > told->number &&
          confirmed_->timestamp >= told_time_ + options_.advance_every_s);
}

L1Follow::Stop L1Follow::advance() {
  if (!advance_due()) {
    if (told_confirmed_ && confirmed_->number == told_confirmed_->number) synced_ = true;
    return {};
  }
  // An endpoint that forgot a finality, or is a bit behind, takes nothing back.
  L1Point finalized = told_finalized_.value_or(L1Point{});
  if (finalized_ && finalized_->number >= finalized.number) {
    finalized = {finalized_->number, finalized_->hash};
  }
  if (auto stop = submit(Msg<schema::LockingCommand>::build([&](auto root) {
        auto advanced = root.initAdvance();
        set_block(advanced.initFinalized(), finalized.number, finalized.hash);
        set_block(advanced.initConfirmed(), confirmed_->number, confirmed_->hash);
        advanced.setTimestamp(confirmed_->timestamp);
      }))) {
    return stop;
  }
  if (auto stop = read_told_heads()) return stop;
  told_time_ = confirmed_->timestamp;
  known_[confirmed_->number] = confirmed_->hash;
  forget_final();
  synced_ = true;
  return {};
}

L1Follow::Stop L1Follow::submit(Msg<schema::LockingCommand> command) {
  const auto receipt = sequence_.submit(std::move(command));
  if (!receipt) return nobody_answers(receipt.error());
  if (!receipt->read().isRejected()) return {};
  const auto rejection = receipt->read().getRejected();
  const std::string why = rejection.getDetail().cStr();
  if (rejection.getReason() == Reason::BELOW_FINALIZED) {
    return FollowStep{FollowStep::below_finalized, 0, why};
  }
  // What is committed is not what this took it for: go on from that.
  resumed_ = false;
  if (rejection.getReason() == Reason::NOT_AGREED) {
    heads_known_ = false;
    range_.reset();
    return FollowStep{FollowStep::disagreed, first_wait_ms, why};
  }
  return failure(FollowStep::refused, "refused: " + why);
}

}  // namespace horae
