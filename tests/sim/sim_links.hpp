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
    asked_.emplace(ticket, std::move(told));
    requests.push_back({ticket, member, std::move(request)});
  }
  /// Nothing where it is answered already.
  void answer(std::uint64_t ticket, Result<Bytes> answer) {
    const auto asked = asked_.extract(ticket);
    if (asked) asked.mapped()(std::move(answer));
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
  std::map<std::uint64_t, std::function<void(Result<Bytes>)>> asked_;
};

}  // namespace horae::test
