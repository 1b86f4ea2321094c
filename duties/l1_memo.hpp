#pragma once

#include <map>
#include <string>

#include "edges/ports.hpp"

namespace horae {

/// An endpoint whose answers are kept until they are forgotten. What was interrupted because the
/// endpoint wanted a pause can so begin again from the start, and every answer is a step forward
/// however few it gives at a time.
class L1Memo : public L1Port {
 public:
  explicit L1Memo(L1Port& l1) : l1_(l1) {}
  void forget() { answers_ = {}; }

  L1Result<std::uint64_t> chain_id() override { return l1_.chain_id(); }
  L1Result<std::optional<L1Header>> head(L1Tag tag) override;
  L1Result<std::optional<L1Header>> block(std::uint64_t number) override;
  L1Result<L1Logs> logs(std::uint64_t from, std::uint64_t to,
                        const std::vector<Address>& addresses) override;
  L1Result<std::vector<EthLog>> logs_of(const L1Header& block,
                                        const std::vector<Address>& addresses) override;
  L1Result<bool> has_code(const Address& address, std::uint64_t block) override;
  L1Result<std::vector<Bytes>> calls(const L1Header& block,
                                     const std::vector<L1Call>& calls) override;
  L1Result<std::optional<L1Txn>> txn_of(const EthLog& log) override;
  void cancel() override { l1_.cancel(); }

 private:
  template <class T>
  using ByQuestion = std::map<std::string, T>;
  struct Answers {
    std::map<L1Tag, std::optional<L1Header>> heads;
    std::map<std::uint64_t, std::optional<L1Header>> blocks;
    ByQuestion<L1Logs> ranges;
    ByQuestion<std::vector<EthLog>> logs;
    ByQuestion<bool> code;
    ByQuestion<std::vector<Bytes>> calls;
    std::map<Hash32, std::optional<L1Txn>> txns;
  };

  L1Port& l1_;
  Answers answers_;
};

}  // namespace horae
