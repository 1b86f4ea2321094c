#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "core/crypto/secret.hpp"
#include "edges/ports.hpp"

// Why: members hand each other users' transactions, and want to know at once that one is gone.
//
// How: each dials every other one whose address it knows, so that there are two links between two
// members, and asks on its own. TLS 1.3 with a certificate that says nothing; then each end shows
// its key (edges/link_greeting.hpp). Frames follow: length (4 bytes, big-endian) ‖ ticket (8) ‖
// text. What is asked has a ticket of the asker's, its answer the same; ticket 0 is a sign of life,
// which each end gives ten times a second.
//
// Limits: nobody is heard before it has shown the key of a member that know() names. What a
// stranger can hold up is a number of greetings, for some seconds each. A member is read on only
// while little of what it asked is unanswered; what waits to be written to one is bounded, too.
namespace horae {

struct LinkLimits {
  std::size_t frame_bytes = 1u << 20;    // of one text
  std::size_t queued_bytes = 16u << 20;  // that wait to be written on one link
  std::size_t unanswered = 8;            // that one member asked at once
  std::size_t greetings = 32;            // of those who dialled, at once
  std::chrono::milliseconds greeting = std::chrono::seconds(3);  // connection, TLS, greeting
  std::chrono::milliseconds life = std::chrono::milliseconds(100);
  std::chrono::milliseconds silence = std::chrono::seconds(1);       // ends a link
  std::chrono::milliseconds answer = std::chrono::seconds(10);       // that is late by so much, too
  std::chrono::milliseconds pause = std::chrono::milliseconds(250);  // before it is dialled again
  std::chrono::milliseconds longest_pause = std::chrono::seconds(2);
};

class MemberLinks : public LinkPort {
 public:
  using Answer = std::function<void(Bytes)>;
  struct Options {
    std::string pool;                      // the name in its genesis
    std::shared_ptr<const SecretKey> key;  // of this member's voice
    std::string listen;                    // host:port; port 0: a free one
    LinkLimits limits = {};
  };
  /// All are called on the one thread of the links, and must not wait for anything.
  struct Handlers {
    /// What a member asks; answer may be called on any thread, once, now or later.
    std::function<void(const Address& from, Bytes request, Answer answer)> serve;
    /// The link on which this node asks a member is there now, or no more and why.
    std::function<void(const Address& member, bool open, const std::string& why)> changed;
  };

  /// Listens once this returns, and dials nobody before begin(). Refuses an address that it cannot
  /// listen on.
  static Result<std::unique_ptr<MemberLinks>> listen(Options options);
  ~MemberLinks() override;
  /// Ends every link, and returns when no handler runs or will run any more. What was asked and is
  /// unanswered is told nothing.
  void end();

  /// Once.
  void begin(Handlers handlers);
  [[nodiscard]] std::uint16_t port() const;

  void know(const std::map<Address, std::string>& members) override;
  void ask(const Address& member, Bytes request, std::function<void(Result<Bytes>)> told) override;

 private:
  class Inside;
  explicit MemberLinks(std::shared_ptr<Inside> inside);
  std::shared_ptr<Inside> inside_;
};

}  // namespace horae
