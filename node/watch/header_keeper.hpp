#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "edges/ports.hpp"
#include "events/pool/pool.hpp"
#include "node/watch/looking.hpp"
#include "telemetry/board.hpp"
#include "telemetry/logger.hpp"

namespace horae {

/// Where headers with their signatures are wanted, and where they come from.
struct HeaderSource {
  std::string chain_id;
  std::function<Result<std::vector<WantedHeader>>()> wanted;
  std::function<Result<void>(std::uint64_t height, Bytes signed_header)> keep;
  // What CometBFT is asked, which answers within some seconds: the first height that it still has,
  // a height's header with its signatures (protobuf's SignedHeader), and its members.
  std::function<Result<std::uint64_t>()> earliest;
  std::function<Result<Bytes>(std::uint64_t height)> header;
  std::function<Result<std::vector<ConsensusMember>>(std::uint64_t height)> members;
};

/// Keeps those that are wanted, that consensus has, and that show what the log applied; a fault
/// says what is wrong with the first other one. Nothing is wrong where nobody answers, which the
/// consensus watch tells. ending: asked before each of them.
[[nodiscard]] Result<void> keep_headers(const HeaderSource& source,
                                        const std::function<bool()>& ending);

/// Looks every two seconds which headers the log is to have with their signatures
/// (PoolProgress::wanted), and gives it those, on a thread of its own: nobody waits for it. One
/// that shows something else is warned of, and not kept.
class HeaderKeeper {
 public:
  HeaderKeeper(HeaderSource source, std::shared_ptr<Board> board);

 private:
  void look();

  const HeaderSource source_;
  std::shared_ptr<Board> board_;
  Logger logger_{"consensus"};
  Episode trouble_;
  Looking looking_;
};

}  // namespace horae
