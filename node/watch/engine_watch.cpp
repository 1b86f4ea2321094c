#include "node/watch/engine_watch.hpp"

namespace horae {
namespace {

constexpr auto every = std::chrono::seconds(2);
constexpr unsigned looks_to_a_close_one = 15;
// What an engine is given for the number of its head, which it has in memory.
const HttpOptions patience{.connect_timeout_ms = 3'000, .read_timeout_ms = 3'000};

// Files come and go meanwhile; nothing where the directory cannot be read.
std::optional<std::uint64_t> bytes_below(const std::filesystem::path& directory) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::uint64_t out = 0;
  for (fs::recursive_directory_iterator at(directory, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code gone;
    const auto bytes = at->is_regular_file(gone) ? at->file_size(gone) : 0;
    if (!gone) out += bytes;
  }
  return error ? std::nullopt : std::optional(out);
}

std::shared_ptr<Board> told_of(const EngineTraits& traits, std::shared_ptr<Board> board) {
  board->change<Board::Engine>([&](Board::Engine& seen) {
    seen.dialect = traits.dialect;
    seen.builds_unseen = traits.builds_unseen;
    seen.keeps_its_blocks = traits.keeps_its_blocks;
  });
  return board;
}

std::optional<Fault> fault_of(const Result<void>& answer) {
  return answer ? std::nullopt : std::optional(answer.error());
}

}  // namespace

EngineWatch::EngineWatch(Options options, std::shared_ptr<Board> board)
    : options_(std::move(options)),
      engine_(engine_at(options_.engine, patience)),
      board_(told_of(engine_->traits(), std::move(board))),
      looking_("engine watch", every, [this] { look_around(); }) {}

EngineWatch::~EngineWatch() {
  looking_.end_soon();
  engine_->cancel();
}

void EngineWatch::look_around() {
  if (!look()) {
    looks_ = 0;
  } else if (looks_++ % looks_to_a_close_one == 0) {
    look_closely();
  }
}

bool EngineWatch::look() {
  using std::chrono::steady_clock;
  const auto given = board_->engine_head.load();
  const auto began = steady_clock::now();
  const auto health = engine_->health();
  const std::chrono::duration<double> took = steady_clock::now() - began;
  const auto fault = !health ? std::optional(health.error()) : fault_of(engine_->takes_blocks());
  if (looking_.ending()) return false;
  bool turned = false;
  board_->change<Board::Engine>([&](Board::Engine& seen) {
    const char* const state = fault ? "silent" : "answering";
    turned = seen.state != state;
    seen.state = state;
    seen.reason = fault ? fault->what : std::string();
    if (!health) return;
    seen.head = health->head;
    seen.peers = health->peers;
    seen.answer_us = static_cast<std::uint64_t>(took.count() * 1e6);
    seen.answer.add(took.count());
  });
  if (health && health->head < given && board_->get<Board::CatchUp>().to == 0) {
    options_.on_behind();
  }
  if (turned) logger_.debug(fault ? "the engine does not answer" : "the engine answers");
  return !fault;
}

void EngineWatch::look_closely() {
  const auto client = engine_->client();
  const auto closed = engine_->pool_closed();
  const auto& home = options_.home;
  const auto bytes = home.empty() ? std::nullopt : bytes_below(home);
  std::string before;
  board_->change<Board::Engine>([&](Board::Engine& seen) {
    before = seen.client;
    if (client) seen.client = *client;
    seen.pool_closed = closed ? *closed : std::nullopt;
    seen.disk_bytes = bytes;
  });
  if (client && *client != before) {
    logger_.info("the engine is " + *client, {{"was", before.empty() ? "not known" : before}});
  }
  if (!closed) logger_.debug("the engine's pool: " + closed.error().what);
}

}  // namespace horae
