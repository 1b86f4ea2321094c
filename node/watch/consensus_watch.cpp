#include "node/watch/consensus_watch.hpp"

namespace horae {
namespace {

constexpr auto every_look = std::chrono::seconds(2);

}  // namespace

ConsensusWatch::ConsensusWatch(Options options, std::shared_ptr<Board> board)
    : options_(std::move(options)),
      board_(std::move(board)),
      looking_("consensus watch", every_look, [this] { look(); }) {}

void ConsensusWatch::look() {
  // Asked first: a command that comes after it is not ordered at that height.
  const auto before = board_->get<Board::Consensus>();
  const auto restarts = options_.restarts();
  const auto status = options_.status();
  const auto peers = options_.peers();
  auto signer = options_.signer();
  const auto now = Board::now_ms();
  const auto seen =
      standstill_.look({status.map([](const CometStatus& told) { return told.height; }),
                        before.waiting > 0, before.height, restarts},
                       now);
  bool turned = false;
  board_->change<Board::Consensus>([&](Board::Consensus& mine) {
    turned = mine.state != seen.state;
    mine.state = seen.state;
    mine.reason = seen.reason;
    mine.catching_up = status && status->catching_up;
    if (status) mine.tip = status->height;
    if (peers) {
      mine.peers = *peers;
      if (!peers->empty()) mine.alone_since_ms = 0;
      if (peers->empty() && mine.alone_since_ms == 0) mine.alone_since_ms = now;
    }
    signer.since_ms = signer.state == mine.signer.state ? mine.signer.since_ms : now;
    mine.signer = std::move(signer);
    mine.restarts = restarts;
  });
  if (turned) {
    const bool orders = seen.reason.empty();
    logger_.say(orders ? Level::info : Level::warn, orders ? "consensus orders" : seen.reason);
  }
  if (seen.act) options_.on_stuck(seen.reason);
}

}  // namespace horae
