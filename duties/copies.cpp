#include "duties/copies.hpp"

#include <algorithm>

#include "duties/forwarding.hpp"

namespace horae {
namespace {

constexpr std::size_t most_of_a_refusal = 256;  // characters of another one's words

}  // namespace

std::size_t Copies::count(const Waiting& txn, Place place) {
  return static_cast<std::size_t>(
      std::ranges::count_if(txn.at, [&](const auto& each) { return each.second == place; }));
}

void Copies::link(std::vector<Address> members) {
  linked_ = std::move(members);
  const auto is_linked = [&](const Address& member) {
    return std::ranges::find(linked_, member) != linked_.end();
  };
  for (auto& [member, line] : lines_) {
    if (is_linked(member)) continue;
    for (const auto id : std::exchange(line.queue, {})) {
      if (const auto txn = waiting_.find(id); txn != waiting_.end()) txn->second.at.erase(member);
    }
  }
  for (auto& [id, txn] : waiting_) choose(id, txn);
}

std::optional<Copies::Id> Copies::add(const Hash32& hash, Bytes raw, Time now) {
  if (bytes_ + raw.size() > most_bytes) return std::nullopt;
  bytes_ += raw.size();
  const auto id = ++ids_;
  auto& txn = waiting_[id];
  txn.hash = hash;
  txn.raw = std::move(raw);
  txn.since = now;
  by_hash_.emplace(hash, id);
  choose(id, txn);
  return id;
}

// As many as are lacking, of those that can answer soon.
void Copies::choose(Id id, Waiting& txn) {
  auto under_way =
      1 + count(txn, Place::copied) + count(txn, Place::asked) + count(txn, Place::queued);
  for (const auto& member : linked_) {
    if (under_way >= wanted_) return;
    auto& line = lines_[member];
    if (line.slow > 0 || txn.at.contains(member)) continue;
    txn.at.emplace(member, Place::queued);
    line.queue.push_back(id);
    ++under_way;
  }
}

std::optional<Copies::Request> Copies::next(Time now) {
  for (const auto& member : linked_) {
    auto& line = lines_[member];
    if (line.asked >= most_requests) continue;
    auto txns = fill(member, line);
    if (txns.empty()) continue;
    const auto number = ++requests_;
    ++line.asked;
    asked_.emplace(number, Asked{member, txns, now});
    return Request{number, member, std::move(txns)};
  }
  return std::nullopt;
}

std::vector<Copies::Id> Copies::fill(const Address& member, Line& line) {
  std::vector<Id> out;
  std::size_t bytes = 0;
  while (!line.queue.empty() && out.size() < most_in_one) {
    const auto id = line.queue.front();
    const auto txn = waiting_.find(id);
    if (txn != waiting_.end()) {
      bytes += txn->second.raw.size();
      if (!out.empty() && bytes > most_bytes_in_one) break;
      txn->second.at[member] = Place::asked;
      out.push_back(id);
    }
    line.queue.pop_front();
  }
  return out;
}

std::optional<Copies::Asked> Copies::take(std::uint64_t request) {
  auto found = asked_.extract(request);
  if (!found) return std::nullopt;
  auto& line = lines_[found.mapped().member];
  --line.asked;
  if (found.mapped().slow) --line.slow;
  return std::move(found.mapped());
}

bool Copies::answered(std::uint64_t request, const std::vector<Said>& said) {
  const auto known = asked_.find(request);
  if (known == asked_.end()) return true;
  if (known->second.txns.size() != said.size()) return false;
  const auto asked = take(request);
  for (std::size_t i = 0; i < said.size(); ++i) {
    const auto id = asked->txns[i];
    const auto found = waiting_.find(id);
    if (found == waiting_.end()) continue;
    auto& txn = found->second;
    const auto reason = said[i].refused;
    if (reason == schema::Reason::NONE || reason == schema::Reason::ALREADY_KNOWN) {
      txn.at[asked->member] = Place::copied;
      if (1 + count(txn, Place::copied) >= wanted_) end(id, true, {});
      continue;
    }
    refuse(txn, asked->member, is_passing(reason) ? Place::later : Place::refused, said[i].detail);
    choose(id, txn);
  }
  return true;
}

void Copies::failed(std::uint64_t request, const std::string& why) {
  const auto asked = take(request);
  if (!asked) return;
  for (const auto id : asked->txns) {
    const auto found = waiting_.find(id);
    if (found == waiting_.end()) continue;
    refuse(found->second, asked->member, Place::later, why);
    choose(id, found->second);
  }
}

void Copies::refuse(Waiting& txn, const Address& member, Place place, const std::string& why) {
  txn.at[member] = place;
  txn.last_refusal = to_hex(member) + ": " + why.substr(0, most_of_a_refusal);
}

void Copies::in_block(const Hash32& hash) {
  for (auto each = by_hash_.find(hash); each != by_hash_.end(); each = by_hash_.find(hash)) {
    end(each->second, true, {});
  }
}

void Copies::look(Time now) {
  for (auto& [number, asked] : asked_) {
    if (asked.slow || now - asked.at < slow_after) continue;
    asked.slow = true;
    auto& line = lines_[asked.member];
    ++line.slow;
    for (const auto id : asked.txns) {
      if (const auto txn = waiting_.find(id); txn != waiting_.end()) {
        txn->second.at[asked.member] = Place::slow;
      }
    }
    for (const auto id : std::exchange(line.queue, {})) {
      if (const auto txn = waiting_.find(id); txn != waiting_.end()) {
        txn->second.at.erase(asked.member);
      }
    }
  }
  while (!waiting_.empty() && now - waiting_.begin()->second.since >= patience) {
    const auto& [id, txn] = *waiting_.begin();
    end(id, false, why_not(txn));
  }
  for (auto& [id, txn] : waiting_) {
    std::erase_if(txn.at, [](const auto& each) { return each.second == Place::later; });
    choose(id, txn);
  }
}

std::string Copies::why_not(const Waiting& txn) const {
  auto out = linked_.empty()
                 ? std::string("no other member is linked to this node")
                 : std::to_string(linked_.size()) +
                       (linked_.size() == 1 ? " other member is" : " other members are") +
                       " linked to this node";
  if (count(txn, Place::slow) > 0) {
    out += ", " + std::to_string(count(txn, Place::slow)) + " did not answer in time";
  }
  if (!txn.last_refusal.empty()) out += "; " + txn.last_refusal;
  return out;
}

void Copies::end(Id id, bool enough, std::string why) {
  const auto found = waiting_.find(id);
  const auto& txn = found->second;
  ended_.push_back({id, enough, 1 + count(txn, Place::copied), std::move(why)});
  bytes_ -= txn.raw.size();
  const auto [first, last] = by_hash_.equal_range(txn.hash);
  by_hash_.erase(std::find_if(first, last, [&](const auto& each) { return each.second == id; }));
  waiting_.erase(found);
}

std::vector<Copies::End> Copies::take_ended() { return std::exchange(ended_, {}); }

}  // namespace horae
