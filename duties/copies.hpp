#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/hash.hpp"
#include "schemas/values.capnp.h"

namespace horae {

/// Which member is asked next to write down which of this node's users' transactions, until each is
/// in as many logs as it is to be. The first members of those that are linked are asked first;
/// where one cannot take a transaction, refuses it, is slow or gone, the next one is asked.
class Copies {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Id = std::uint64_t;

  /// A link that is dead ends after a second of silence (edges/member_links.hpp), and then another
  /// member is asked: so long a user waits for copies, and no longer, since clients give up after
  /// five seconds or more.
  static constexpr auto patience = std::chrono::seconds(2);
  /// A member that has not answered by then is as good as none: another one is asked, too.
  static constexpr auto slow_after = std::chrono::milliseconds(500);
  /// Requests on their way to one member, and what is in one. What comes meanwhile waits for the
  /// next. A link takes eight, of which the forwarder has four; a frame has a megabyte.
  static constexpr std::size_t most_requests = 2, most_in_one = 256, most_bytes_in_one = 256u << 10;
  /// Of what waits; beyond it none is taken on.
  static constexpr std::size_t most_bytes = 64u << 20;

  struct Request {
    std::uint64_t number = 0;
    Address member;
    std::vector<Id> txns;
  };
  /// What a member said of one transaction of a request.
  struct Said {
    schema::Reason refused = schema::Reason::NONE;
    std::string detail;
  };
  /// What came of a transaction.
  struct End {
    Id txn = 0;
    bool enough = false;
    std::size_t have = 1;  // members that have it, this one among them
    std::string why;       // there are not enough
  };

  /// wanted: members that are to have each, this one among them; two or more.
  explicit Copies(std::size_t wanted) : wanted_(wanted) {}

  /// Who can be asked from here on, in this order.
  void link(std::vector<Address> members);
  /// Nothing where too much waits.
  [[nodiscard]] std::optional<Id> add(const Hash32& hash, Bytes raw, Time now);
  /// Of a transaction that waits.
  [[nodiscard]] const Bytes& raw(Id txn) const { return waiting_.at(txn).raw; }
  /// What is to be asked now; none: everybody has enough to do, or nothing waits.
  [[nodiscard]] std::optional<Request> next(Time now);
  /// said: one for each transaction of the request, in its order; false where it is another number,
  /// and nothing is done.
  [[nodiscard]] bool answered(std::uint64_t request, const std::vector<Said>& said);
  void failed(std::uint64_t request, const std::string& why);
  /// A block that the pool agreed on has it: more members than anybody asked for.
  void in_block(const Hash32& hash);
  /// Gives up what has waited for too long, asks others in the place of who is slow, and again who
  /// was busy. To be called several times a second.
  void look(Time now);
  /// What has come to an end since the last call; it waits no more.
  [[nodiscard]] std::vector<End> take_ended();

  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::size_t linked() const { return linked_.size(); }

 private:
  // Of a transaction at a member.
  enum class Place { queued, asked, slow, later, refused, copied };
  struct Waiting {
    Hash32 hash;
    Bytes raw;
    Time since;
    std::map<Address, Place> at;
    std::string last_refusal;
  };
  struct Asked {
    Address member;
    std::vector<Id> txns;
    Time at;
    bool slow = false;
  };
  struct Line {
    std::deque<Id> queue;
    std::size_t asked = 0, slow = 0;  // requests
  };

  void choose(Id id, Waiting& txn);
  void end(Id id, bool enough, std::string why);
  void refuse(Waiting& txn, const Address& member, Place place, const std::string& why);
  [[nodiscard]] std::optional<Asked> take(std::uint64_t request);
  [[nodiscard]] std::vector<Id> fill(const Address& member, Line& line);
  [[nodiscard]] std::string why_not(const Waiting& txn) const;
  [[nodiscard]] static std::size_t count(const Waiting& txn, Place place);

  std::size_t wanted_;
  std::vector<Address> linked_;
  std::map<Address, Line> lines_;
  std::map<Id, Waiting> waiting_;  // in the order in which they came
  std::unordered_multimap<Hash32, Id, FixedHasher> by_hash_;
  std::map<std::uint64_t, Asked> asked_;
  std::vector<End> ended_;
  std::size_t bytes_ = 0;
  Id ids_ = 0;
  std::uint64_t requests_ = 0;
};

}  // namespace horae
