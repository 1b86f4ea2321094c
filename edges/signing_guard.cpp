#include "edges/signing_guard.hpp"

#include "core/crash_points.hpp"

#include <algorithm>

#include "core/crypto/secp256k1.hpp"
#include "core/hash.hpp"

namespace horae {
namespace {

// A node that restarts is shown blocks again, of so many heights at most: older ones are not
// judged.
constexpr std::size_t precommits_kept = 256;

std::string place_of(const CometVote& vote) {
  return std::string(to_string(vote.step)) + " at height " + std::to_string(vote.height) +
         ", round " + std::to_string(vote.round);
}

bool differ_by_time_alone(CometVote one, const CometVote& other) {
  one.time = other.time;
  return one == other;
}

void note_precommit(SigningRecord& record, std::int64_t height) {
  // At this very height the key may have precommitted before what is known here.
  if (!record.known_from) record.known_from = height + 1;
  auto& all = record.precommits;
  if (all.empty() || all.back() != height) all.push_back(height);
  if (all.size() > precommits_kept) {
    record.known_from = std::max(*record.known_from, all.front() + 1);
    all.erase(all.begin());
  }
}

}  // namespace

Result<std::optional<SignedVote>> judge_vote(const SigningRecord& record, const CometVote& vote) {
  if (vote.height <= record.floor) {
    return fail("a " + place_of(vote) + ", where nothing up to height " +
                std::to_string(record.floor) + " is signed any more");
  }
  if (!record.last) return std::nullopt;
  const auto& last = record.last->vote;
  const auto at = [](const CometVote& of) { return std::tuple(of.height, of.round, of.step); };
  if (at(vote) > at(last)) return std::nullopt;
  if (at(vote) < at(last)) {
    return fail("a " + place_of(vote) + ", after a " + place_of(last) + " was signed");
  }
  if (differ_by_time_alone(vote, last)) return record.last;
  return fail("another " + place_of(vote) + " than the one that was signed");
}

Result<std::unique_ptr<SigningGuard>> SigningGuard::open(Options options) {
  auto directory = SigningDirectory::open(options.directory);
  if (!directory) return tl::unexpected(directory.error());
  std::unique_ptr<SigningGuard> out(new SigningGuard(std::move(options), std::move(*directory)));
  out->read_record();
  return out;
}

SigningGuard::SigningGuard(Options options, SigningDirectory directory)
    : options_(std::move(options)),
      public_key_(horae::public_key(*options_.key)),
      address_(address_of(public_key_)),
      directory_(std::move(directory)) {}

void SigningGuard::read_record() {
  auto record = directory_.load();
  record_ = {.chain_id = options_.chain_id, .signer = address_};
  if (!record) {
    record_.waiting = record.error().what;
  } else if (!*record) {
    record_.waiting = "there is no record of what the key has signed";
  } else if ((*record)->chain_id != options_.chain_id || (*record)->signer != address_) {
    record_.waiting = "the record is of " + to_hex((*record)->signer) + " on the chain " +
                      (*record)->chain_id + ", not of " + to_hex(address_) + " on " +
                      options_.chain_id;
  } else {
    record_ = std::move(**record);
  }
}

Result<SignedVote> SigningGuard::sign(const CometVote& vote) {
  const std::lock_guard lock(mutex_);
  if (!record_.stopped.empty()) return fail("signs nothing any more: " + record_.stopped);
  if (!record_.waiting.empty()) return fail("signs nothing yet: " + record_.waiting);
  auto before = judge_vote(record_, vote);
  if (!before) return tl::unexpected(before.error());
  if (*before) return **before;

  auto next = record_;
  next.last = {
      vote, horae::sign(keccak256(as_bytes(sign_bytes(vote, options_.chain_id))), *options_.key)};
  if (vote.step == VoteStep::precommit && vote.block) note_precommit(next, vote.height);
  if (auto kept = directory_.keep(next); !kept) return tl::unexpected(kept.error());
  crash_here(CrashPoint::vote_recorded);
  record_ = std::move(next);
  signed_since_ = true;
  return *record_.last;
}

Signature SigningGuard::sign_extension(std::string_view extension, const CometVote& vote) const {
  return horae::sign(keccak256(as_bytes(extension_sign_bytes(extension, vote, options_.chain_id))),
                     *options_.key);
}

bool SigningGuard::was_signed_here(std::int64_t height) const {
  return height < record_.known_from.value_or(record_.floor + 1) ||
         std::ranges::binary_search(record_.precommits, height);
}

void SigningGuard::see(std::uint64_t committed, const std::vector<Address>& signed_by) {
  std::unique_lock lock(mutex_);
  const auto height = static_cast<std::int64_t>(committed);
  const bool again = height <= seen_;
  const bool ours = std::ranges::find(signed_by, address_) != signed_by.end();
  seen_ = std::max(seen_, height);
  if (!kept_) kept_ = directory_.keep(record_).has_value();
  if (!record_.stopped.empty()) return;
  if (!record_.waiting.empty()) {
    waited_ = ours ? 0 : waited_ + (again ? 0 : 1);
    // What cannot be written is tried again with the next block.
    if (waited_ >= options_.heights_to_wait) static_cast<void>(begin_above(seen_));
    return;
  }
  if (!ours || was_signed_here(height)) return;
  const auto seen = "the block at height " + std::to_string(height) +
                    " has a signature of the key that is not in the record: ";
  if (!signed_since_) {
    // What was signed before cannot harm any more once it is waited for.
    record_.waiting = seen + "it was restored, or another machine has the key";
  } else {
    record_.stopped = seen + "another machine has the key";
  }
  kept_ = directory_.keep(record_).has_value();
  const auto stopped = record_.stopped;
  lock.unlock();
  if (!stopped.empty() && options_.on_stopped) options_.on_stopped(stopped);
}

Result<void> SigningGuard::begin_above(std::int64_t height) {
  auto next = record_;
  next.waiting.clear();
  next.stopped.clear();
  next.floor = std::max(next.floor, height);
  next.known_from.reset();
  next.precommits.clear();
  if (auto kept = directory_.keep(next); !kept) return kept;
  record_ = std::move(next);
  kept_ = true;
  waited_ = 0;
  signed_since_ = false;
  return {};
}

Result<void> SigningGuard::release(std::uint64_t height) {
  const std::lock_guard lock(mutex_);
  // Also of one that would sign: its record may be one of before.
  const auto last = record_.last ? record_.last->vote.height : 0;
  return begin_above(std::max(static_cast<std::int64_t>(height), last));
}

SigningGuard::Status SigningGuard::status() const {
  const std::lock_guard lock(mutex_);
  Status out;
  if (record_.last) out.last = record_.last->vote;
  if (!record_.stopped.empty()) {
    out.state = State::stopped;
    out.why = record_.stopped;
  } else if (!record_.waiting.empty()) {
    out.why = record_.waiting;
    out.heights_waited = waited_;
    out.heights_to_wait = options_.heights_to_wait;
  } else {
    out.state = State::signing;
  }
  return out;
}

}  // namespace horae
