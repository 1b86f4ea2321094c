#pragma once

#include <map>
#include <string>

#include "edges/ports.hpp"

// Keeps an L1 endpoint's answers for the length of one piece of work.
//
// Why: an endpoint that limits how often it may be asked can interrupt a piece of work that takes
// many questions (a block's logs with their transactions, the contracts' views). The work is then
// begun again from its first question. With the answers kept, every try gets further than the one
// before, however few answers the endpoint gives at a time; without, it might never end.
//
// Limits: nothing is ever dropped but by forget(), so whoever works with it calls that after each
// piece of work that was not interrupted, or old answers would hide what L1 says since. Faults are
// not kept: what failed is asked again.
namespace horae {

/// An endpoint whose answers are kept until they are forgotten.
class L1Memo : public L1Port {
 public:
  explicit L1Memo(L1Port& l1) : l1_(l1) {}
  void forget() { answers_ = {}; }

  L1Result<std::uint64_t> chain_id() override { return l1_.chain_id(); }
  L1Result<std::optional<L1Header>> head(L1Tag tag) override;
  L1Result<std::optional<L1Header>> block(std::uint64_t number) override;
  L1Result<L1Logs> logs(std::uint64_t from, std::uint64_t to,
                        const std::vector<Address>& addresses) override;
  L1Result<std::vector<EthLog>> all_logs(const L1Header& block) override {
    return l1_.all_logs(block);
  }
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
