#pragma once

#include <map>
#include <set>
#include <vector>

#include "actors/interfaces.hpp"
#include "edges/ports.hpp"

namespace horae::test {

/// One life of a member's links: what it asks waits until the simulation passes it on or loses it.
class SimLinks : public LinkPort {
 public:
  void know(const std::map<Address, std::string>& members) override { known = members; }
  void ask(const Address& member, Bytes request, std::function<void(Result<Bytes>)> told) override {
    const auto ticket = ++tickets_;
    asked_.emplace(ticket, Asked{member, std::move(told)});
    requests.push_back({ticket, member, std::move(request)});
  }
  /// Nothing where it is answered already.
  void answer(std::uint64_t ticket, Result<Bytes> answer) {
    const auto asked = asked_.extract(ticket);
    if (asked) asked.mapped().told(std::move(answer));
  }
  /// The link is gone, and with it whatever was asked on it.
  void close(const Address& member) {
    open.erase(member);
    std::vector<std::uint64_t> lost;
    for (const auto& [ticket, asked] : asked_) {
      if (asked.member == member) lost.push_back(ticket);
    }
    for (const auto ticket : lost) answer(ticket, fail("the link is gone"));
  }

  struct Request {
    std::uint64_t ticket = 0;
    Address to;
    Bytes text;
  };
  std::map<Address, std::string> known;
  std::vector<Request> requests;
  std::set<Address> open;  // as its forwarder was told

 private:
  std::uint64_t tickets_ = 0;
  struct Asked {
    Address member;
    std::function<void(Result<Bytes>)> told;
  };
  std::map<std::uint64_t, Asked> asked_;
};

}  // namespace horae::test
