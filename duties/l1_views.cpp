#include "duties/l1_views.hpp"

#include "core/eth/abi.hpp"

namespace horae {
namespace {

/// Answers that are read one after the other; the first that does not decode is kept as the fault.
class Answers {
 public:
  explicit Answers(std::vector<Bytes> answers) : answers_(std::move(answers)) {}

  U256 number(std::size_t answer, std::size_t index = 0) {
    return keep(reader(answer).number(index));
  }
  Address address(std::size_t answer, std::size_t index = 0) {
    return keep(reader(answer).address(index));
  }
  bool boolean(std::size_t answer) { return keep(reader(answer).boolean(0)); }
  Bytes bytes(std::size_t answer, std::size_t index) { return keep(reader(answer).bytes(index)); }
  /// The value, unless one of its parts did not decode: then the contract is not what it should be.
  template <class T>
  L1Result<T> whole(T value) const {
    if (fault_.empty()) return value;
    return tl::unexpected(L1Fault{L1Fault::refused, "a contract's answer: " + fault_, {}});
  }

 private:
  [[nodiscard]] AbiReader reader(std::size_t answer) const { return AbiReader(answers_[answer]); }
  template <class T>
  T keep(Result<T> value) {
    if (value) return std::move(*value);
    if (fault_.empty()) fault_ = value.error().what;
    return T{};
  }

  std::vector<Bytes> answers_;
  std::string fault_;
};

L1Call plain(const Address& to, std::string_view signature) {
  return {to, AbiWriter().call(signature)};
}

}  // namespace

L1Result<ContractAddresses> read_addresses(L1Port& l1, const ViewContracts& contracts,
                                           const L1Header& block) {
  const auto& [pool, info] = contracts;
  return l1
      .calls(block,
             {plain(pool, "escrow()"), plain(info, "manager()"), plain(info, "bridge()"),
              plain(info, "l1Token()"), plain(info, "l2Token()"), plain(info, "l2ChainId()")})
      .and_then([](std::vector<Bytes> bytes) {
        Answers answers(std::move(bytes));
        ContractAddresses out{answers.address(0), answers.address(1), answers.address(2),
                              answers.address(3), answers.address(4), answers.number(5)};
        return answers.whole(out);
      });
}

L1Result<ContractParameters> read_parameters(L1Port& l1, const ViewContracts& contracts,
                                             const L1Header& block) {
  const auto& [pool, info] = contracts;
  return l1
      .calls(block, {plain(pool, "curBatchState()"), plain(pool, "rewardPerBlock()"),
                     plain(pool, "exitDelayPeriod()"), plain(pool, "signerUpdateThrottle()"),
                     plain(pool, "totalSequencers()"), plain(pool, "mpcAddress()"),
                     plain(pool, "paused()"), plain(info, "minLock()"), plain(info, "maxLock()"),
                     plain(info, "totalLocked()"), plain(info, "totalRewardsLiquidated()"),
                     plain(info, "rewardPayer()")})
      .and_then([](std::vector<Bytes> bytes) {
        Answers answers(std::move(bytes));
        ContractParameters out;
        out.batch = {answers.number(0, 0), answers.number(0, 1), answers.number(0, 2),
                     answers.number(0, 3)};
        out.reward_per_block = answers.number(1);
        out.exit_delay_period = answers.number(2);
        out.signer_update_throttle = answers.number(3);
        out.total_sequencers = answers.number(4);
        out.mpc = answers.address(5);
        out.paused = answers.boolean(6);
        out.min_lock = answers.number(7);
        out.max_lock = answers.number(8);
        out.total_locked = answers.number(9);
        out.total_rewards_liquidated = answers.number(10);
        out.reward_payer = answers.address(11);
        return answers.whole(out);
      });
}

L1Result<std::vector<ContractSequencer>> read_sequencers(L1Port& l1, const ViewContracts& contracts,
                                                         const L1Header& block,
                                                         const std::vector<U256>& ids) {
  std::vector<L1Call> calls;
  for (const auto& id : ids) {
    calls.push_back({contracts.pool, AbiWriter().number(id).call("sequencers(uint256)")});
  }
  return l1.calls(block, calls).and_then([&](std::vector<Bytes> bytes) {
    Answers answers(std::move(bytes));
    std::vector<ContractSequencer> out;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      out.push_back({ids[i], answers.number(i, 0), answers.number(i, 1), answers.number(i, 2),
                     answers.number(i, 3), answers.number(i, 4), answers.number(i, 5),
                     answers.number(i, 6), answers.number(i, 7), answers.address(i, 8),
                     answers.address(i, 9), answers.bytes(i, 10), answers.address(i, 11),
                     answers.number(i, 12)});
    }
    return answers.whole(std::move(out));
  });
}

L1Result<std::vector<U256>> read_signers(L1Port& l1, const ViewContracts& contracts,
                                         const L1Header& block,
                                         const std::vector<Address>& signers) {
  std::vector<L1Call> calls;
  for (const auto& signer : signers) {
    calls.push_back({contracts.pool, AbiWriter().address(signer).call("seqSigners(address)")});
  }
  return l1.calls(block, calls).and_then([&](std::vector<Bytes> bytes) {
    Answers answers(std::move(bytes));
    std::vector<U256> out;
    for (std::size_t i = 0; i < signers.size(); ++i) out.push_back(answers.number(i));
    return answers.whole(std::move(out));
  });
}

L1Result<std::vector<bool>> read_whitelist(L1Port& l1, const ViewContracts& contracts,
                                           const L1Header& block,
                                           const std::vector<Address>& users) {
  std::vector<L1Call> calls;
  for (const auto& user : users) {
    calls.push_back({contracts.pool, AbiWriter().address(user).call("whitelist(address)")});
  }
  return l1.calls(block, calls).and_then([&](std::vector<Bytes> bytes) {
    Answers answers(std::move(bytes));
    std::vector<bool> out;
    for (std::size_t i = 0; i < users.size(); ++i) out.push_back(answers.boolean(i));
    return answers.whole(std::move(out));
  });
}

}  // namespace horae
