#include "events/locking/split.hpp"

#include <algorithm>

#include "core/eth/abi.hpp"

namespace horae {
namespace {

using Credits = std::optional<std::vector<RewardCredit>>;

const Selector& batch_submit_rewards() {
  static const auto selector =
      abi_selector("batchSubmitRewards(uint256,uint256,uint256,address[],uint256[])");
  return selector;
}

bool starts_with(BytesView input, const Selector& selector) {
  return input.size() >= selector.size() &&
         std::equal(selector.begin(), selector.end(), input.begin());
}

Credits split_of_arguments(BytesView arguments, const DistributedLog& event,
                           const Signers& signers) {
  const AbiReader reader(arguments);
  const auto equals = [&](std::size_t index, const U256& value) {
    const auto number = reader.number(index);
    return number && *number == value;
  };
  if (!equals(0, event.batch) || !equals(1, event.start_epoch) || !equals(2, event.end_epoch)) {
    return {};
  }
  const auto named = reader.addresses(3);
  const auto blocks = reader.numbers(4);
  if (!named || !blocks || named->size() != blocks->size()) return {};
  std::vector<RewardCredit> credits;
  U256 sum = 0;
  for (std::size_t i = 0; i < named->size(); ++i) {
    const auto id = signers.find((*named)[i]);
    if (id == signers.end() || id->second == retired_signer()) return {};
    // Bytes that only look like a call must not reach the amount by running over 2^256.
    if (event.rpb > 0 && (*blocks)[i] > event.amount / event.rpb) return {};
    const U256 amount = (*blocks)[i] * event.rpb;
    credits.push_back({id->second, (*blocks)[i], amount});
    sum += amount;
  }
  if (sum != event.amount) return {};
  return credits;
}

}  // namespace

Credits split_of_call(BytesView input, const DistributedLog& event, const Signers& signers) {
  if (!starts_with(input, batch_submit_rewards())) return {};
  return split_of_arguments(input.subspan(4), event, signers);
}

Credits split_inside(BytesView input, const DistributedLog& event, const Signers& signers) {
  const auto& selector = batch_submit_rewards();
  Credits found;
  auto rest = input;
  for (;;) {
    const auto at = std::search(rest.begin(), rest.end(), selector.begin(), selector.end());
    if (at == rest.end()) return found;
    rest = rest.subspan(static_cast<std::size_t>(at - rest.begin()) + selector.size());
    auto credits = split_of_arguments(rest, event, signers);
    if (!credits) continue;
    if (found && *found != *credits) return {};
    found = std::move(credits);
  }
}

std::optional<U256> from_reward_of_call(BytesView input, const RelockedLog& event) {
  if (!starts_with(input, abi_selector("relock(uint256,uint256,bool)"))) return {};
  const AbiReader reader(input.subspan(4));
  const auto id = reader.number(0), amount = reader.number(1);
  const auto with_reward = reader.boolean(2);
  if (!id || !amount || !with_reward || *id != event.id || *amount > event.amount) return {};
  const U256 from_reward = event.amount - *amount;
  if (!*with_reward && from_reward != 0) return {};
  return from_reward;
}

}  // namespace horae
