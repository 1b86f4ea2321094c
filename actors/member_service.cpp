#include "actors/member_service.hpp"

#include <mutex>

#include "schemas/link.capnp.h"

namespace horae {
namespace {

// A member that follows the rules gives a quarter of that (actors/forwarder.cpp).
constexpr unsigned most_submitted = 1024;

struct Outcome {
  Reason refused = Reason::NONE;
  std::string detail;
};

Bytes unknown() {
  const auto out = Msg<schema::MemberAnswer>::build([](auto root) { root.setNone(); });
  return {out.bytes().begin(), out.bytes().end()};
}

Bytes to_answer(const std::vector<Outcome>& outcomes) {
  const auto out = Msg<schema::MemberAnswer>::build([&](auto root) {
    auto list = root.initSubmitted(static_cast<unsigned>(outcomes.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
      list[i].setRefused(outcomes[i].refused);
      list[i].setDetail(outcomes[i].detail.c_str());
    }
  });
  return {out.bytes().begin(), out.bytes().end()};
}

// Those of one request, until the last is answered: each door's answers come on its own thread.
struct Gathered {
  std::mutex mutex;
  std::vector<Outcome> outcomes;
  std::size_t left = 0;
  std::function<void(Bytes)> answer;

  void take(std::size_t place, const SubmitAnswer& told) {
    {
      const std::lock_guard lock(mutex);
      outcomes[place] = {told.refused, told.detail};
      if (--left != 0) return;
    }
    answer(to_answer(outcomes));
  }
};

// A user's transactions come in the order of their nonces, and stay in it behind one door.
std::uint64_t lane_of(const Address& member) {
  std::uint64_t out = 0;
  for (const auto byte : member.view().first(8)) out = out << 8 | byte;
  return out == 0 ? 1 : out;
}

}  // namespace

void serve_member(Client& client, const Address& from, BytesView request,
                  std::function<void(Bytes)> answer) {
  const auto read = Msg<schema::MemberRequest>::parse(request);
  if (!read || !read->read().isSubmit()) return answer(unknown());
  const auto raws = read->read().getSubmit();
  if (raws.size() == 0 || raws.size() > most_submitted) return answer(unknown());
  auto gathered = std::make_shared<Gathered>();
  gathered->outcomes.resize(raws.size());
  gathered->left = raws.size();
  gathered->answer = std::move(answer);
  for (unsigned i = 0; i < raws.size(); ++i) {
    client.submit(copy(raws[i]), lane_of(from),
                  [gathered, i](const SubmitAnswer& told) { gathered->take(i, told); });
  }
}

}  // namespace horae
