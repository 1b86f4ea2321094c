#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace horae {

/// What an operator can tell the running node to do.
struct OperatorWord {
  enum Kind {
    yield_turn,    // give its turn to make the pool's blocks to the next member
    revoke_block,  // tell the pool that block is to be revoked
  };
  Kind kind = yield_turn;
  std::uint64_t block = 0;
  bool operator==(const OperatorWord&) const = default;
};

/// What came of it.
struct WordOutcome {
  enum State {
    unknown,  // to a node of another version
    done,
    needless,  // it is so without it
    refused,
    unsettled,  // not known yet
  };
  State state = refused;
  std::string words;
};

/// Does it. Returns at once; told is called once, on any thread, or let go where nothing comes of
/// it any more.
using ObeyWord = std::function<void(OperatorWord, std::function<void(WordOutcome)> told)>;

}  // namespace horae
