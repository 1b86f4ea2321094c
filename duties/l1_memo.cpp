#include "duties/l1_memo.hpp"

namespace horae {
namespace {

/// The kept answer to a question, or a new one, which is kept unless it is a fault.
template <class Kept, class Key, class Ask>
L1Result<typename Kept::mapped_type> keep(Kept& kept, const Key& question, Ask ask) {
  if (const auto found = kept.find(question); found != kept.end()) return found->second;
  auto answer = ask();
  if (answer) kept.emplace(question, *answer);
  return answer;
}

std::string text(const std::vector<Address>& addresses) {
  std::string out;
  for (const auto& address : addresses) out += to_hex(address);
  return out;
}

}  // namespace

L1Result<std::optional<L1Header>> L1Memo::head(L1Tag tag) {
  return keep(answers_.heads, tag, [&] { return l1_.head(tag); });
}

L1Result<std::optional<L1Header>> L1Memo::block(std::uint64_t number) {
  return keep(answers_.blocks, number, [&] { return l1_.block(number); });
}

L1Result<L1Logs> L1Memo::logs(std::uint64_t from, std::uint64_t to,
                              const std::vector<Address>& addresses) {
  const auto question = std::to_string(from) + "-" + std::to_string(to) + text(addresses);
  return keep(answers_.ranges, question, [&] { return l1_.logs(from, to, addresses); });
}

L1Result<std::vector<EthLog>> L1Memo::logs_of(const L1Header& block,
                                              const std::vector<Address>& addresses) {
  return keep(answers_.logs, to_hex(block.hash) + text(addresses),
              [&] { return l1_.logs_of(block, addresses); });
}

L1Result<bool> L1Memo::has_code(const Address& address, std::uint64_t block) {
  return keep(answers_.code, to_hex(address) + std::to_string(block),
              [&] { return l1_.has_code(address, block); });
}

L1Result<std::vector<Bytes>> L1Memo::calls(const L1Header& block,
                                           const std::vector<L1Call>& calls) {
  auto question = to_hex(block.hash);
  for (const auto& call : calls) question += to_hex(call.to) + to_hex(BytesView(call.input));
  return keep(answers_.calls, question, [&] { return l1_.calls(block, calls); });
}

L1Result<std::optional<L1Txn>> L1Memo::txn_of(const EthLog& log) {
  return keep(answers_.txns, log.txn_hash, [&] { return l1_.txn_of(log); });
}

}  // namespace horae
