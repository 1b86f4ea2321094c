#include "edges/member_links.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <future>
#include <mutex>
#include <set>

#include "core/crypto/secp256k1.hpp"
#include "tests/fixture/print.hpp"
#include "tests/fixture/secret.hpp"

BOOST_AUTO_TEST_SUITE(member_links)

using namespace horae;
using namespace horae::test;

namespace {

constexpr auto patience = std::chrono::seconds(20);

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }
std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

// One member's node, as far as its links see it.
class LinkedMember {
 public:
  explicit LinkedMember(std::uint8_t key, LinkLimits limits = {}, std::string pool = "links",
                        std::uint16_t port = 0)
      : address(address_of_secret(key)) {
    auto made =
        MemberLinks::listen({std::move(pool), std::make_shared<const SecretKey>(secret(key)),
                             "127.0.0.1:" + std::to_string(port), limits});
    BOOST_REQUIRE_MESSAGE(made, (made ? "" : made.error().what));
    links = std::move(*made);
  }
  ~LinkedMember() { links->end(); }
  LinkedMember(const LinkedMember&) = delete;
  LinkedMember& operator=(const LinkedMember&) = delete;

  void begin() {
    links->begin({[this](const Address& from, Bytes request, MemberLinks::Answer answer) {
                    {
                      const std::lock_guard lock(mutex_);
                      asked_by_.insert(from);
                      held_.push_back(
                          [request, answer] { answer(bytes_of("re " + text_of(request))); });
                      changed_.notify_all();
                    }
                    if (answers_) answer_all();
                    if (blocks_) blocks_->wait();
                  },
                  [this](const Address& member, bool open, const std::string& why) {
                    const std::lock_guard lock(mutex_);
                    open ? (void)open_.insert(member) : (void)open_.erase(member);
                    if (!open) why_ = why;
                    changed_.notify_all();
                  }});
  }
  [[nodiscard]] std::string at() const { return "127.0.0.1:" + std::to_string(links->port()); }

  template <class Condition>
  void await(const char* what, Condition holds) {
    std::unique_lock lock(mutex_);
    BOOST_REQUIRE_MESSAGE(changed_.wait_for(lock, patience, holds), "in vain: " << what);
  }
  void await_link(const LinkedMember& to) {
    await("a link", [&] { return open_.contains(to.address); });
  }
  void await_no_link(const LinkedMember& to) {
    await("a link's end", [&] { return !open_.contains(to.address); });
  }
  std::string why() {
    const std::lock_guard lock(mutex_);
    return why_;
  }
  std::size_t held() {
    const std::lock_guard lock(mutex_);
    return held_.size();
  }
  void await_held(std::size_t count) {
    await("requests", [&] { return held_.size() >= count; });
  }
  std::set<Address> asked_by() {
    const std::lock_guard lock(mutex_);
    return asked_by_;
  }
  void answer_all() {
    std::vector<std::function<void()>> held;
    {
      const std::lock_guard lock(mutex_);
      held.swap(held_);
    }
    for (const auto& answer : held) answer();
  }

  std::future<Result<Bytes>> ask(const LinkedMember& to, const Bytes& request) {
    auto told = std::make_shared<std::promise<Result<Bytes>>>();
    links->ask(to.address, request, [told](Result<Bytes> answer) { told->set_value(answer); });
    return told->get_future();
  }
  // Asks until it is so, since links come and go by themselves.
  void await_fault(const LinkedMember& to, const std::string& words) {
    const auto end = std::chrono::steady_clock::now() + patience;
    for (;;) {
      const auto answer = said(ask(to, bytes_of("?")));
      if (!answer && answer.error().what.find(words) != std::string::npos) return;
      BOOST_REQUIRE_MESSAGE(
          std::chrono::steady_clock::now() < end,
          "in vain: " << words << ", but " << (answer ? "an answer" : answer.error().what));
      std::this_thread::yield();
    }
  }
  static Result<Bytes> said(std::future<Result<Bytes>> future) {
    BOOST_REQUIRE(future.wait_for(patience) == std::future_status::ready);
    return future.get();
  }

  const Address address;
  std::unique_ptr<MemberLinks> links;
  std::atomic<bool> answers_ = true;
  std::optional<std::shared_future<void>> blocks_;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<Address> open_, asked_by_;
  std::string why_;
  std::vector<std::function<void()>> held_;
};

void acquaint(LinkedMember& one, LinkedMember& other) {
  one.links->know({{other.address, other.at()}, {one.address, one.at()}});
  other.links->know({{one.address, one.at()}, {other.address, other.at()}});
}

struct TwoMembers {
  explicit TwoMembers(LinkLimits limits = {}) : first(1, limits), second(2, limits) {
    acquaint(first, second);
    first.begin();
    second.begin();
    first.await_link(second);
    second.await_link(first);
  }
  LinkedMember first, second;
};

}  // namespace

BOOST_AUTO_TEST_CASE(each_asks_and_is_answered) {
  TwoMembers both;
  BOOST_TEST(text_of(*LinkedMember::said(both.first.ask(both.second, bytes_of("a")))) == "re a");
  BOOST_TEST(text_of(*LinkedMember::said(both.second.ask(both.first, bytes_of("b")))) == "re b");
  BOOST_TEST((both.second.asked_by() == std::set{both.first.address}));
  const Bytes large(LinkLimits{}.frame_bytes - 16, 'x');
  BOOST_TEST(LinkedMember::said(both.first.ask(both.second, large))->size() == large.size() + 3);
  const auto refused = LinkedMember::said(both.first.ask(both.second, Bytes(large.size() + 17)));
  BOOST_TEST(!refused);
  // The link is there still.
  BOOST_TEST(LinkedMember::said(both.first.ask(both.second, bytes_of("c"))).has_value());
}

BOOST_AUTO_TEST_CASE(a_stranger_is_not_heard) {
  TwoMembers both;
  LinkedMember stranger(3);
  stranger.links->know({{both.first.address, both.first.at()}});
  stranger.begin();
  stranger.await_fault(both.first, "it may not know this node as a member");
  BOOST_TEST(both.first.asked_by().empty());
  BOOST_TEST(LinkedMember::said(both.first.ask(both.second, bytes_of("a"))).has_value());
}

BOOST_AUTO_TEST_CASE(a_member_of_another_pool_is_not_heard) {
  LinkedMember one(1), other(2, {}, "another");
  acquaint(one, other);
  one.begin();
  other.begin();
  one.await_fault(other, "it may not know this node as a member");
  BOOST_TEST(other.asked_by().empty());
}

BOOST_AUTO_TEST_CASE(whoever_answers_at_a_members_address_must_be_that_member) {
  LinkedMember one(1), other(2);
  const LinkedMember absent(3);
  one.links->know({{absent.address, other.at()}, {other.address, ""}});
  other.links->know({{one.address, one.at()}});
  one.begin();
  other.begin();
  // It greets back to whom it knows, and is not who was dialled: it was greeted as the third.
  one.await_fault(absent, "it may not know this node as a member");
}

BOOST_AUTO_TEST_CASE(who_is_no_member_any_more_is_not_heard_any_more) {
  TwoMembers both;
  both.first.links->know({});
  both.second.await_no_link(both.first);
  both.first.await_fault(both.second, "is no member");
  both.second.await_fault(both.first, "it may not know this node as a member");
  acquaint(both.first, both.second);
  both.first.await_link(both.second);
  both.second.await_link(both.first);
}

BOOST_AUTO_TEST_CASE(a_member_that_begins_anew_is_linked_anew) {
  LinkedMember one(1);
  auto other = std::make_unique<LinkedMember>(2);
  const auto port = other->links->port();
  acquaint(one, *other);
  one.begin();
  other->begin();
  one.await_link(*other);
  other->answers_ = false;
  auto lost = one.ask(*other, bytes_of("a"));
  other->await_held(1);
  other->links->end();
  BOOST_TEST(!LinkedMember::said(std::move(lost)));
  one.await_no_link(*other);
  other.reset();
  LinkedMember again(2, {}, "links", port);
  again.links->know({{one.address, one.at()}});
  again.begin();
  one.await_link(again);
  BOOST_TEST(LinkedMember::said(one.ask(again, bytes_of("b"))).has_value());
}

BOOST_AUTO_TEST_CASE(a_silent_member_loses_its_link) {
  LinkLimits limits;
  limits.life = std::chrono::milliseconds(20);
  limits.silence = std::chrono::milliseconds(300);
  TwoMembers both(limits);
  std::promise<void> goes_on;
  both.second.blocks_ = goes_on.get_future().share();
  both.second.answers_ = false;
  auto asked = both.first.ask(both.second, bytes_of("a"));
  BOOST_TEST(!LinkedMember::said(std::move(asked)));
  BOOST_TEST((both.first.why().find("nothing came from it for") != std::string::npos),
             both.first.why());
  goes_on.set_value();
  both.first.await_link(both.second);
}

BOOST_AUTO_TEST_CASE(a_member_that_does_not_answer_loses_its_link) {
  LinkLimits limits;
  limits.answer = std::chrono::milliseconds(200);
  TwoMembers both(limits);
  both.second.answers_ = false;
  const auto told = LinkedMember::said(both.first.ask(both.second, bytes_of("a")));
  BOOST_REQUIRE(!told);
  BOOST_TEST(told.error().what == "it does not answer");
}

BOOST_AUTO_TEST_CASE(a_member_is_read_on_while_little_of_it_is_unanswered) {
  TwoMembers both;
  both.second.answers_ = false;
  std::vector<std::future<Result<Bytes>>> asked;
  const auto most = LinkLimits{}.unanswered;
  for (std::size_t i = 0; i < 3 * most; ++i) {
    asked.push_back(both.first.ask(both.second, bytes_of(std::to_string(i))));
  }
  both.second.await_held(most);
  // What is answered meanwhile on the other link shows that the thread is not held up.
  BOOST_TEST(LinkedMember::said(both.second.ask(both.first, bytes_of("b"))).has_value());
  BOOST_TEST(both.second.held() == most);
  both.second.answers_ = true;
  both.second.answer_all();
  for (std::size_t i = 0; i < asked.size(); ++i) {
    BOOST_TEST(text_of(*LinkedMember::said(std::move(asked[i]))) == "re " + std::to_string(i));
  }
}

BOOST_AUTO_TEST_CASE(what_strangers_hold_up_ends) {
  namespace asio = boost::asio;
  LinkLimits limits;
  limits.greeting = std::chrono::milliseconds(500);
  LinkedMember one(1, limits), other(2, limits);
  one.begin();
  asio::io_context io;
  std::vector<asio::ip::tcp::socket> strangers;
  const asio::ip::tcp::endpoint at(asio::ip::address_v4::loopback(), one.links->port());
  for (std::size_t i = 0; i < 2 * limits.greetings; ++i) {
    strangers.emplace_back(io).connect(at);
    if (i % 2 == 0) continue;
    boost::system::error_code closed;
    asio::write(strangers.back(), asio::buffer(std::string("GET / HTTP/1.1\r\n\r\n")), closed);
  }
  acquaint(one, other);
  other.begin();
  other.await_link(one);
  BOOST_TEST(LinkedMember::said(other.ask(one, bytes_of("a"))).has_value());
}

BOOST_AUTO_TEST_CASE(an_address_that_is_taken_is_refused) {
  const LinkedMember one(1);
  const auto other =
      MemberLinks::listen({"links", std::make_shared<const SecretKey>(secret(2)), one.at(), {}});
  BOOST_REQUIRE(!other);
  BOOST_TEST((other.error().what.find(one.at()) != std::string::npos));
}

BOOST_AUTO_TEST_SUITE_END()
