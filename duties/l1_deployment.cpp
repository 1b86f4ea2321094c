#include "duties/l1_deployment.hpp"

#include <algorithm>

#include "core/eth/abi.hpp"

namespace horae {
namespace {

bool says_no(const L1Fault& fault) { return fault.kind == L1Fault::refused; }

/// What an address answered to two views that only one of the two contracts has.
struct Answered {
  std::optional<Address> first, second;
  std::string why_not;
  explicit operator bool() const { return first && second; }
};

L1Result<Answered> ask_two(L1Port& l1, const L1Header& head, const Address& to, const char* first,
                           const char* second) {
  Answered out;
  const auto answers =
      l1.calls(head, {{to, AbiWriter().call(first)}, {to, AbiWriter().call(second)}});
  if (!answers) {
    if (!says_no(answers.error())) return tl::unexpected(answers.error());
    out.why_not = answers.error().what;
    return out;
  }
  for (auto [bytes, value] :
       {std::pair{&answers->at(0), &out.first}, {&answers->at(1), &out.second}}) {
    const auto address = AbiReader(*bytes).address(0);
    if (address) *value = *address;
    if (!address) out.why_not = address.error().what;
  }
  return out;
}

// LockingPool's escrow() and mpcAddress(); LockingInfo's manager() and l1Token().
L1Result<Answered> ask_as_pool(L1Port& l1, const L1Header& head, const Address& to) {
  return ask_two(l1, head, to, "escrow()", "mpcAddress()");
}
L1Result<Answered> ask_as_info(L1Port& l1, const L1Header& head, const Address& to) {
  return ask_two(l1, head, to, "manager()", "l1Token()");
}

std::string place(const std::string& name, const Address& address) {
  return name + " " + to_hex(address);
}

std::string is_no(const std::string& name, const Address& address, const char* contract,
                  const Answered& answered) {
  return place(name, address) + " is no " + contract + ": it does not answer as one (" +
         answered.why_not + ")";
}

/// Both have code. Each tells of the other what it should be, where it is what it should be itself.
L1Result<std::string> mismatch(L1Port& l1, const ViewContracts& contracts,
                               const AddressNames& names, const L1Header& head) {
  const auto pool = ask_as_pool(l1, head, contracts.pool);
  if (!pool) return tl::unexpected(pool.error());
  const auto info = ask_as_info(l1, head, contracts.info);
  if (!info) return tl::unexpected(info.error());
  if (*pool && *info) {
    // LockingInfo is told its LockingPool some time after both are there.
    if (*info->first != contracts.pool && *info->first != Address{}) {
      return place(names.info, contracts.info) + " is the LockingInfo of another LockingPool, " +
             to_hex(*info->first) + "; " + names.pool + " is " + to_hex(contracts.pool);
    }
    if (*pool->first != contracts.info) {
      return place(names.pool, contracts.pool) + " is the LockingPool of another LockingInfo, " +
             to_hex(*pool->first) + "; " + names.info + " is " + to_hex(contracts.info);
    }
    return std::string();
  }
  if (*pool) {
    return is_no(names.info, contracts.info, "LockingInfo", *info) + "; the LockingInfo of " +
           place(names.pool, contracts.pool) + " is " + to_hex(*pool->first);
  }
  if (*info) {
    const bool token = *info->second == contracts.pool;
    return (token ? place(names.pool, contracts.pool) + " is no LockingPool, but METIS, the token"
                  : is_no(names.pool, contracts.pool, "LockingPool", *pool)) +
           "; the LockingPool of " + place(names.info, contracts.info) + " is " +
           to_hex(*info->first);
  }
  const auto swapped_pool = ask_as_pool(l1, head, contracts.info);
  if (!swapped_pool) return tl::unexpected(swapped_pool.error());
  const auto swapped_info = ask_as_info(l1, head, contracts.pool);
  if (!swapped_info) return tl::unexpected(swapped_info.error());
  if (*swapped_pool && *swapped_info) {
    return names.pool + " and " + names.info + " are swapped: LockingPool is at " +
           to_hex(contracts.info) + ", LockingInfo at " + to_hex(contracts.pool);
  }
  return (*swapped_info ? place(names.pool, contracts.pool) + " is a LockingInfo, no LockingPool"
                        : is_no(names.pool, contracts.pool, "LockingPool", *pool)) +
         "; " +
         (*swapped_pool ? place(names.info, contracts.info) + " is a LockingPool, no LockingInfo"
                        : is_no(names.info, contracts.info, "LockingInfo", *info));
}

class DeploymentSearch {
 public:
  DeploymentSearch(L1Port& l1, const ViewContracts& contracts, std::uint64_t wanted,
                   std::uint64_t head)
      : l1_(l1), contracts_(contracts), wanted_(wanted), head_(head) {}

  L1Result<Deployment> run() {
    Deployment out;
    if (wanted_ > 0) {
      const auto before = one_has_code(std::min(wanted_ - 1, head_));
      if (!before) return not_known(out, before.error());
      out.before_wanted = *before;
    }
    const auto found =
        out.before_wanted ? first_in(0, std::min(wanted_ - 1, head_)) : first_in(wanted_, head_);
    if (!found) return not_known(out, found.error());
    if (*found == wanted_) {
      out.block = *found;
      return out;
    }
    const auto logs = l1_.logs(*found, *found, {contracts_.pool, contracts_.info});
    if (!logs) return not_known(out, logs.error());
    if (logs->logs.empty()) {
      out.unknown = "no log of theirs stands in block " + std::to_string(*found) +
                    ", where the endpoint shows their code first";
    } else {
      out.block = *found;
    }
    return out;
  }

 private:
  L1Result<bool> one_has_code(std::uint64_t block) {
    auto pool = l1_.has_code(contracts_.pool, block);
    if (!pool || *pool) return pool;
    return l1_.has_code(contracts_.info, block);
  }

  /// At high one of them has code.
  L1Result<std::uint64_t> first_in(std::uint64_t low, std::uint64_t high) {
    auto there = one_has_code(low);
    if (there && *there) return low;
    while (there && low + 1 < high) {
      const auto middle = low + (high - low) / 2;
      there = one_has_code(middle);
      if (there) (*there ? high : low) = middle;
    }
    if (!there) return tl::unexpected(there.error());
    return high;
  }

  static L1Result<Deployment> not_known(Deployment out, const L1Fault& fault) {
    if (!says_no(fault)) return tl::unexpected(fault);
    out.unknown = fault.what;
    return out;
  }

  L1Port& l1_;
  const ViewContracts& contracts_;
  std::uint64_t wanted_, head_;
};

}  // namespace

L1Result<std::optional<AddressTrouble>> check_addresses(L1Port& l1, const ViewContracts& contracts,
                                                        const AddressNames& names,
                                                        const L1Header& head) {
  AddressTrouble out;
  for (const auto& [name, address] :
       {std::pair{names.pool, contracts.pool}, {names.info, contracts.info}}) {
    const auto there = l1.has_code(address, head.number);
    if (!there) return tl::unexpected(there.error());
    if (*there) continue;
    out.no_code = true;
    out.what +=
        (out.what.empty() ? "" : "; ") + ("there is no contract at " + place(name, address));
  }
  if (!out.no_code) {
    auto what = mismatch(l1, contracts, names, head);
    if (!what) return tl::unexpected(what.error());
    out.what = std::move(*what);
  }
  if (out.what.empty()) return std::optional<AddressTrouble>();
  return out;
}

L1Result<Deployment> find_deployment(L1Port& l1, const ViewContracts& contracts,
                                     std::uint64_t wanted, const L1Header& head) {
  return DeploymentSearch(l1, contracts, wanted, head.number).run();
}

}  // namespace horae
