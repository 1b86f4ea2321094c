#pragma once

#include <cstdint>

// Plans how blocks are read again whose logs, as they were read, do not add up to the contracts'
// views.
//
// Why: a range of blocks is read by one question for its logs, and an endpoint that leaves some of
// them out (a load balancer in front of a node that is behind does so for a while) cannot be told
// from one that has none. The contracts' views at the end of the range can: they count sequencers,
// nonces, sums and batches.
//
// How: by halves. A part that agrees with the views at its end is kept, one that differs is halved,
// and at small_part blocks it is read one by one, each held against its header's logsBloom: that
// cannot leave out anything. Where the views of old blocks cannot be read (an endpoint without
// their state), the whole stretch is read once more, and one by one if its end differs still.
//
// Limits: a stretch of more than most_one_by_one blocks is never read one by one.
namespace horae {

class L1Reread {
 public:
  /// Blocks whose headers are asked for about as fast as the views of one: a part this small is
  /// read one by one rather than halved.
  static constexpr std::uint64_t small_part = 64;
  /// Two weeks of Ethereum, at some milliseconds a header an hour at most.
  static constexpr std::uint64_t most_one_by_one = 100'000;

  enum class Then {
    go_on,  // read on
    again,  // take back what is above from() and read on from there
    ended,  // the whole stretch agrees
    // It differs although every block was read by its header, or there are too many for that: it is
    // not the reading, as far as can be found out.
    settled
  };

  /// Views and fold agree at the end of block `from` and differ at the end of `to`, above it. Take
  /// back what is above `from`.
  void begin(std::uint64_t from, std::uint64_t to);

  [[nodiscard]] bool is_active() const { return active_; }
  /// The last block that is known to agree.
  [[nodiscard]] std::uint64_t from() const { return from_; }
  /// The end of the stretch.
  [[nodiscard]] std::uint64_t to() const { return to_; }
  /// The end of the part that is read now: after it the views are compared.
  [[nodiscard]] std::uint64_t part_end() const { return part_end_; }
  [[nodiscard]] bool is_one_by_one() const { return active_ && one_by_one_; }

  // What the comparison at part_end() came to.
  [[nodiscard]] Then agreed();
  [[nodiscard]] Then differed();
  [[nodiscard]] Then unreadable();

 private:
  void take_part(std::uint64_t blocks);
  Then read_one_by_one();

  bool active_ = false;
  bool one_by_one_ = false;
  bool blind_ = false;  // the views within the stretch cannot be read
  std::uint64_t from_ = 0, to_ = 0, part_end_ = 0;
};

}  // namespace horae
