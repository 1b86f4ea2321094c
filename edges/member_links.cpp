#include "edges/member_links.hpp"

#include <openssl/ssl.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <charconv>
#include <deque>
#include <optional>
#include <thread>
#include <vector>

#include "core/crypto/secp256k1.hpp"
#include "edges/link_channel.hpp"
#include "edges/link_greeting.hpp"
#include "edges/quiet_thread.hpp"
#include "edges/self_signed.hpp"

namespace horae {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Steady = std::chrono::steady_clock;

struct HostAndPort {
  std::string host, port;
};

// The brackets of an IPv6 address are the text's, not the host's.
std::optional<HostAndPort> split(const std::string& at) {
  const auto colon = at.rfind(':');
  if (colon == at.npos || colon + 1 == at.size()) return std::nullopt;
  HostAndPort out{at.substr(0, colon), at.substr(colon + 1)};
  if (out.host.starts_with('[') && out.host.ends_with(']')) {
    out.host = out.host.substr(1, out.host.size() - 2);
  }
  if (out.host.empty()) return std::nullopt;
  return out;
}

}  // namespace

class MemberLinks::Inside : public std::enable_shared_from_this<Inside> {
 public:
  explicit Inside(Options options)
      : options_(std::move(options)),
        me_(address_of(public_key(*options_.key))),
        acceptor_(io_),
        dialing_(asio::ssl::context::tls_client),
        listening_(asio::ssl::context::tls_server) {
    for (auto* tls : {&dialing_, &listening_}) {
      SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_3_VERSION);
      tls->set_verify_mode(asio::ssl::verify_none);
    }
    SSL_CTX_set_num_tickets(listening_.native_handle(), 0);
    use_self_signed(listening_.native_handle());
  }

  Result<void> listen() {
    const auto at = split(options_.listen);
    if (!at) return fail(options_.listen + " is no host:port");
    error_code error;
    tcp::resolver resolver(io_);
    const auto found = resolver.resolve(at->host, at->port, tcp::resolver::passive, error);
    if (error || found.empty()) return fail(options_.listen + ": " + error.message());
    const auto endpoint = found.begin()->endpoint();
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return fail("listening on " + options_.listen + ": " + error.message());
    return {};
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void begin(Handlers handlers) {
    handlers_ = std::move(handlers);
    asio::co_spawn(io_, accept(), asio::detached);
    thread_ = quiet_thread("member links", [this] {
      const auto work = asio::make_work_guard(io_);
      io_.run();
    });
  }

  // Whoever was asked for is let go of here, and not when the last look-up is over.
  void end() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
    handlers_ = {};
    for (auto& [address, other] : others_) other->asked.clear();
  }
  // A name that is being looked up would hold whoever destroys this.
  [[nodiscard]] bool looks_up() const { return lookups_ != 0; }

  void know(const std::map<Address, std::string>& members) {
    asio::post(io_, [this, members] {
      for (const auto& [address, at] : members) {
        if (address != me_) know_one(address, at);
      }
      for (auto other = others_.begin(); other != others_.end();) {
        if (members.contains(other->first)) {
          ++other;
          continue;
        }
        forget(*other->second);
        other = others_.erase(other);
      }
    });
  }

  void ask(const Address& member, Bytes request, std::function<void(Result<Bytes>)> tell) {
    asio::post(io_, [this, member, request = std::move(request), tell = std::move(tell)]() mutable {
      const auto found = others_.find(member);
      if (found == others_.end()) return tell(fail(to_hex(member) + " is no member"));
      auto& other = *found->second;
      if (!other.mine) return tell(fail("no link to " + to_hex(member) + ": " + other.why));
      if (request.size() > options_.limits.frame_bytes) {
        return tell(fail("a request of " + std::to_string(request.size()) + " bytes"));
      }
      const auto ticket = ++tickets_;
      if (!other.mine->send(link_frame(ticket, request))) {
        return tell(fail("more waits for " + to_hex(member) + " than is kept"));
      }
      other.asked.emplace(ticket, Asked{Steady::now(), std::move(tell)});
    });
  }

 private:
  struct Asked {
    Steady::time_point at;
    std::function<void(Result<Bytes>)> told;
  };

  // Another member. at empty: it is not dialled.
  struct Other {
    explicit Other(asio::io_context& io) : again(io) {}

    std::string at;
    bool known = true, dialled = false;
    asio::steady_timer again;
    std::shared_ptr<LinkChannel> mine, theirs;  // on which this node asks, and is asked
    std::string why = "it was not dialled yet";
    std::map<std::uint64_t, Asked> asked;  // by ticket
  };

  void know_one(const Address& address, const std::string& at) {
    auto& other = others_[address];
    if (!other) other = std::make_shared<Other>(io_);
    if (other->at == at) return;
    other->at = at;
    other->again.cancel();
    if (!std::exchange(other->dialled, true)) {
      asio::co_spawn(io_, dial(address, other), asio::detached);
    }
  }

  static void forget(Other& other) {
    other.known = false;
    other.again.cancel();
    for (const auto& channel : {other.mine, other.theirs}) {
      if (channel) channel->close("it is no member any more");
    }
  }

  asio::awaitable<void> dial(Address address, std::shared_ptr<Other> other) {
    auto pause = options_.limits.pause;
    while (other->known) {
      std::string why;
      if (const auto channel = co_await reach(address, *other, why); channel && other->known) {
        pause = options_.limits.pause;
        why = co_await use(address, *other, channel);
      }
      other->why = why;
      if (!other->known) break;
      other->again.expires_after(pause);
      co_await other->again.async_wait(told_of_it);
      pause = std::min(2 * pause, options_.limits.longest_pause);
    }
  }

  asio::awaitable<std::shared_ptr<LinkChannel>> reach(const Address& address, Other& other,
                                                      std::string& why) {
    const auto at = split(other.at);
    if (!at) {
      why = other.at.empty() ? "where it is reached is not known" : other.at + " is no host:port";
      co_return nullptr;
    }
    const auto found = co_await look_up(*at, why);
    for (const auto& endpoint : found) {
      const auto channel =
          std::make_shared<LinkChannel>(tcp::socket(io_), dialing_, options_.limits);
      channel->expire_in(options_.limits.greeting);
      why = co_await channel->connect(endpoint);
      if (why.empty()) why = co_await greet(*channel, address);
      if (why.empty()) co_return channel;
      why.insert(0, other.at + ": ");
      channel->close(why);
    }
    co_return nullptr;
  }

  // Only a name is looked up: that may take long, and others' names wait for it.
  asio::awaitable<std::vector<tcp::endpoint>> look_up(const HostAndPort& at, std::string& why) {
    std::vector<tcp::endpoint> out;
    error_code no_number;
    const auto address = asio::ip::make_address(at.host, no_number);
    std::uint16_t port = 0;
    const auto* end = at.port.data() + at.port.size();
    if (!no_number && std::from_chars(at.port.data(), end, port).ptr == end) {
      out.emplace_back(address, port);
      co_return out;
    }
    ++lookups_;
    tcp::resolver resolver(io_);
    auto [unknown, found] = co_await resolver.async_resolve(at.host, at.port, told_of_it);
    --lookups_;
    if (unknown) why = at.host + ": " + unknown.message();
    for (const auto& entry : found) out.push_back(entry.endpoint());
    co_return out;
  }

  // The dialer's part: nothing, or why it is not who was dialled.
  asio::awaitable<std::string> greet(LinkChannel& channel, const Address& address) {
    auto why = co_await channel.shake_hands(asio::ssl::stream_base::client);
    if (!why.empty()) co_return why;
    const auto value = channel.exported();
    if (!value) co_return "TLS exports nothing";
    const auto mine =
        write_greeting(*options_.key, LinkRole::dialer, options_.pool, address, *value);
    why = co_await channel.write_now(mine);
    if (!why.empty()) co_return why;
    Bytes greeting(greeting_bytes);
    why = co_await channel.read_now(greeting);
    if (!why.empty()) {
      co_return why + " before it greeted: it may not know this node as a member";
    }
    const auto who = read_greeting(greeting, LinkRole::listener, options_.pool, me_, *value);
    if (!who) co_return who.error().what;
    if (*who != address) co_return to_hex(*who) + " answers there";
    co_return std::string();
  }

  asio::awaitable<std::string> use(const Address& address, Other& other,
                                   const std::shared_ptr<LinkChannel>& channel) {
    other.mine = channel;
    handlers_.changed(address, true, {});
    channel->on_frame = [&other](std::uint64_t ticket, Bytes text) {
      const auto asked = other.asked.extract(ticket);
      if (asked) asked.mapped().told(std::move(text));
    };
    channel->overdue = [this, &other] { return unanswered(other); };
    const auto why = co_await channel->run();
    channel->overdue = [] { return std::string(); };
    other.mine.reset();
    other.why = why;
    handlers_.changed(address, false, why);
    for (auto& [ticket, asked] : std::exchange(other.asked, {})) asked.told(fail(why));
    co_return why;
  }

  [[nodiscard]] std::string unanswered(const Other& other) const {
    const auto oldest = other.asked.begin();
    const bool late =
        oldest != other.asked.end() && Steady::now() - oldest->second.at > options_.limits.answer;
    return late ? "it does not answer" : "";
  }

  asio::awaitable<void> accept() {
    for (;;) {
      tcp::socket socket(io_);
      auto [error] = co_await acceptor_.async_accept(socket, told_of_it);
      if (error == asio::error::operation_aborted) co_return;
      if (error) {
        // Out of descriptors, as a rule: those that end give theirs back.
        asio::steady_timer pause(io_, options_.limits.pause);
        co_await pause.async_wait(told_of_it);
        continue;
      }
      // The oldest gives way: whoever is quick to greet gets through.
      while (greetings_.size() >= options_.limits.greetings) {
        if (const auto oldest = greetings_.front().lock()) oldest->close("others want to greet");
        greetings_.pop_front();
      }
      asio::co_spawn(io_, hear(std::move(socket)), asio::detached);
    }
  }

  asio::awaitable<void> hear(tcp::socket socket) {
    const auto channel =
        std::make_shared<LinkChannel>(std::move(socket), listening_, options_.limits);
    greetings_.push_back(channel);
    channel->expire_in(options_.limits.greeting);
    const auto who = co_await recognise(*channel);
    std::erase_if(greetings_, [&](const auto& each) { return each.lock() == channel; });
    const auto found = who ? others_.find(*who) : others_.end();
    if (found == others_.end()) co_return channel->close("nobody that is heard");
    const auto other = found->second;
    // One that lost its link dials anew before this end has noticed.
    if (other->theirs) other->theirs->close("it dialled anew");
    other->theirs = channel;
    // Weakly, or it would hold itself.
    channel->on_frame = [this, address = *who, kept = std::weak_ptr(channel)](std::uint64_t ticket,
                                                                              Bytes text) {
      if (const auto open = kept.lock()) serve(address, open, ticket, std::move(text));
    };
    co_await channel->run();
    if (other->theirs == channel) other->theirs.reset();
  }

  // The listener's part: a member, or nobody.
  asio::awaitable<std::optional<Address>> recognise(LinkChannel& channel) {
    const auto no_hands = co_await channel.shake_hands(asio::ssl::stream_base::server);
    if (!no_hands.empty()) co_return std::nullopt;
    const auto value = channel.exported();
    Bytes greeting(greeting_bytes);
    const auto cut = co_await channel.read_now(greeting);
    if (!value || !cut.empty()) co_return std::nullopt;
    const auto who = read_greeting(greeting, LinkRole::dialer, options_.pool, me_, *value);
    if (!who || !others_.contains(*who)) co_return std::nullopt;
    const auto mine =
        write_greeting(*options_.key, LinkRole::listener, options_.pool, *who, *value);
    const auto unheard = co_await channel.write_now(mine);
    if (!unheard.empty()) co_return std::nullopt;
    co_return *who;
  }

  void serve(const Address& from, const std::shared_ptr<LinkChannel>& channel, std::uint64_t ticket,
             Bytes text) {
    channel->take();
    handlers_.serve(
        from, std::move(text),
        [self = weak_from_this(), channel = std::weak_ptr(channel), ticket](Bytes answer) {
          const auto inside = self.lock();
          if (!inside) return;
          asio::post(inside->io_, [channel, ticket, answer = std::move(answer)] {
            const auto open = channel.lock();
            if (!open) return;
            open->give();
            if (!open->send(link_frame(ticket, answer)))
              open->close("it does not read its answers");
          });
        });
  }

  Options options_;
  Address me_;
  Handlers handlers_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  asio::ssl::context dialing_, listening_;
  std::map<Address, std::shared_ptr<Other>> others_;
  std::uint64_t tickets_ = 0;
  std::deque<std::weak_ptr<LinkChannel>> greetings_;  // of those who dialled, the oldest first
  std::atomic<std::size_t> lookups_{0};
  std::thread thread_;
};

MemberLinks::MemberLinks(std::shared_ptr<Inside> inside) : inside_(std::move(inside)) {}

Result<std::unique_ptr<MemberLinks>> MemberLinks::listen(Options options) {
  auto inside = std::make_shared<Inside>(std::move(options));
  if (auto listens = inside->listen(); !listens) return tl::unexpected(listens.error());
  return std::unique_ptr<MemberLinks>(new MemberLinks(std::move(inside)));
}

void MemberLinks::end() { inside_->end(); }

MemberLinks::~MemberLinks() {
  end();
  if (!inside_->looks_up()) return;
  std::thread([inside = std::move(inside_)]() mutable { inside.reset(); }).detach();
}

void MemberLinks::begin(Handlers handlers) { inside_->begin(std::move(handlers)); }
std::uint16_t MemberLinks::port() const { return inside_->port(); }
void MemberLinks::know(const std::map<Address, std::string>& members) { inside_->know(members); }
void MemberLinks::ask(const Address& member, Bytes request,
                      std::function<void(Result<Bytes>)> told_of) {
  inside_->ask(member, std::move(request), std::move(told_of));
}

}  // namespace horae
