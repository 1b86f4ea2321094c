#include "core/rules/schedule.hpp"

#include <algorithm>

namespace horae {

std::optional<U256> next_turn(std::span<const TurnShare> shares, const TurnCredits& credits,
                              std::uint64_t epoch_length, std::span<const U256> skipped) {
  std::optional<std::pair<std::int64_t, U256>> best;
  for (const auto& share : shares) {
    if (std::ranges::find(skipped, share.id) != skipped.end()) continue;
    const auto known = credits.find(share.id);
    const auto credit = (known == credits.end() ? 0 : known->second) +
                        static_cast<std::int64_t>(share.power * epoch_length);
    if (!best || credit > best->first) best = {credit, share.id};
  }
  if (!best) return std::nullopt;
  return best->second;
}

void charge_block(TurnCredits& credits, std::span<const TurnShare> shares, const U256& maker,
                  std::uint64_t blocks) {
  if (std::ranges::find(shares, maker, &TurnShare::id) == shares.end()) return;
  std::int64_t total = 0;
  for (const auto& share : shares) {
    const auto gain = static_cast<std::int64_t>(share.power * blocks);
    credits[share.id] += gain;
    total += gain;
  }
  credits[maker] -= total;
}

void refund_block(TurnCredits& credits, std::span<const TurnShare> shares, const U256& maker) {
  if (std::ranges::find(shares, maker, &TurnShare::id) == shares.end()) return;
  std::int64_t total = 0;
  for (const auto& share : shares) {
    const auto gain = static_cast<std::int64_t>(share.power);
    total += gain;
    if (const auto credit = credits.find(share.id); credit != credits.end()) credit->second -= gain;
  }
  if (const auto credit = credits.find(maker); credit != credits.end()) credit->second += total;
}

}  // namespace horae
