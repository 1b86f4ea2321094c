// Kills the journal harness again and again: crash-kill HARNESS [--cycles N] [--seed N]
// [--lanes N]. After each kill the log is read: nothing acknowledged may be missing or different,
// the log must be a gapless prefix of what was submitted, and the signed checkpoint beside it,
// whole, must be of the log's first records, no fewer than before. Ends with 1 at the first that is
// not.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <mutex>
#include <random>
#include <thread>

#include "core/checkpoint.hpp"
#include "core/cli/command.hpp"
#include "core/files.hpp"
#include "core/merkle.hpp"
#include "tests/crash/load.hpp"
#include "tests/storage/directory.hpp"

namespace {

using namespace horae;
using namespace horae::crash;
using Clock = std::chrono::steady_clock;
using Moment = Clock::time_point;

// So long does a log live, in lives: small enough to be read again after each.
constexpr std::uint64_t lives = 5;

struct Figures {
  std::mutex mutex;
  std::uint64_t cycles = 0, acknowledged = 0, before_first = 0, tails = 0, longest = 0, records = 0,
                signed_records = 0, newly_signed = 0;
  std::string trouble;
};

class Lane {
 public:
  Lane(std::string harness, std::uint64_t seed, Figures& figures)
      : harness_(std::move(harness)), dice_(seed), figures_(figures) {}

  /// False at the first cycle that is not as it must be.
  bool cycle() {
    if (life_ == lives || !directory_) {
      directory_ = std::make_unique<test::Directory>();
      seed_ = dice_();
      life_ = 0;
      known_ = 0;
      signed_ = 0;
      acks_.clear();
    }
    const auto before = acks_.size();
    if (auto killed = run(); !killed) return failed(killed.error());
    const auto last = acks_.empty() ? 0 : acks_.back().seq;
    auto found = check();
    if (!found) return failed(found.error());
    const auto checked = check_checkpoint(*found);
    if (!checked) return failed(checked.error());
    const std::lock_guard guard(figures_.mutex);
    ++figures_.cycles;
    figures_.acknowledged += acks_.size() - before;
    figures_.records += found->hashes.size() - known_;
    figures_.before_first += acks_.size() == before ? 1 : 0;
    std::uint64_t highest = std::max(known_, last);
    for (auto i = before; i < acks_.size(); ++i) highest = std::max(highest, acks_[i].seq);
    const auto tail = found->hashes.size() - highest;
    figures_.tails += tail > 0 ? 1 : 0;
    figures_.longest = std::max<std::uint64_t>(figures_.longest, tail);
    figures_.newly_signed += *checked > signed_ ? 1 : 0;
    figures_.signed_records += *checked - signed_;
    signed_ = *checked;
    known_ = found->hashes.size();
    ++life_;
    return true;
  }

 private:
  bool failed(const Fault& fault) {
    const std::lock_guard guard(figures_.mutex);
    figures_.trouble = fault.what + " (log of seed " + std::to_string(seed_) + ", life " +
                       std::to_string(life_) + ")";
    return false;
  }

  Result<void> run() {
    const auto after = std::chrono::milliseconds(20 + dice_.below(231));
    const std::string words[] = {harness_, (directory_->path / "log").string(),
                                 std::to_string(seed_), std::to_string(life_), "sign"};
    char* arguments[6] = {};
    for (std::size_t i = 0; i < 5; ++i) arguments[i] = const_cast<char*>(words[i].c_str());
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail("no pipe");
    const pid_t child = ::fork();
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(ends[1], STDOUT_FILENO);
      ::execv(arguments[0], arguments);
      ::_exit(127);
    }
    ::close(ends[1]);
    if (child < 0) return fail("no child process");
    // Three of four are killed at work, the others wherever they are, at their start perhaps.
    if (dice_.below(4) != 0) wait_for_first(ends[0]);
    drain(ends[0], Clock::now() + after);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    // What it still said before it died counts, too.
    drain(ends[0], Moment::max());
    ::close(ends[0]);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
      return fail("the harness ended by itself");
    }
    return {};
  }

  static void wait_for_first(int descriptor) {
    pollfd ready{descriptor, POLLIN, 0};
    while (::poll(&ready, 1, -1) < 0) {
    }
  }

  void drain(int descriptor, Moment until) {
    for (;;) {
      int wait = -1;
      if (until != Moment::max()) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
        if (left.count() <= 0) return;
        wait = static_cast<int>(left.count());
      }
      pollfd ready{descriptor, POLLIN, 0};
      if (::poll(&ready, 1, wait) <= 0) continue;
      Ack acks[64];
      const auto got = ::read(descriptor, acks, sizeof acks);
      if (got <= 0) return;
      // Each is written whole, so each is read whole.
      acks_.insert(acks_.end(), acks, acks + got / static_cast<ssize_t>(sizeof(Ack)));
    }
  }

  Result<Found> check() {
    const auto log = directory_->path / "log";
    if (!std::filesystem::exists(log / "data.mdb")) {
      if (acks_.empty()) return Found{};
      return fail("there is no log");
    }
    auto environment = open_log(log, Access::read_only);
    if (!environment) return tl::unexpected(environment.error());
    auto found = read_log(*environment, seed_);
    if (!found) return found;
    // What an earlier reading found durable stays.
    if (found->hashes.size() < known_) return fail("the log is shorter than it was");
    if (auto whole = check_acks(*found, acks_); !whole) return tl::unexpected(whole.error());
    return found;
  }

  // What it signs; 0 where there is none yet.
  Result<std::uint64_t> check_checkpoint(const Found& found) {
    const auto log = directory_->path / "log";
    if (!std::filesystem::exists(log / "checkpoint")) {
      if (signed_ > 0) return fail("the checkpoint is gone");
      return 0;
    }
    const auto note = read_small_file(log / "checkpoint");
    const auto pem = read_small_file(log / "key.pem");
    if (!note || !pem) return fail("a checkpoint that cannot be read, or without its key");
    const auto key = Ed25519Key::from_pem(*pem);
    if (!key) return tl::unexpected(key.error());
    const auto read = parse_checkpoint(*note);
    if (!read) return within("the checkpoint", read.error());
    if (!read->signed_by(key->public_key())) return fail("the checkpoint is not signed");
    const auto& checkpoint = read->checkpoint;
    if (checkpoint.size > found.hashes.size()) return fail("the checkpoint is ahead of the log");
    if (checkpoint.size < signed_) return fail("the checkpoint is older than it was");
    merkle::Frontier tree;
    for (std::size_t i = 0; i < checkpoint.size; ++i) tree.add(found.hashes[i]);
    if (tree.root() != checkpoint.root) return fail("the checkpoint is of another log");
    return checkpoint.size;
  }

  std::string harness_;
  Dice dice_;
  Figures& figures_;
  std::unique_ptr<test::Directory> directory_;
  std::uint64_t seed_ = 0;
  std::uint64_t life_ = 0;
  std::uint64_t known_ = 0;   // records of the log when it was read last
  std::uint64_t signed_ = 0;  // records under the checkpoint when it was read last
  std::vector<Ack> acks_;
};

}  // namespace

int main(int argc, char** argv) {
  cli::Program app("Kills a journal under load and reads what is left", "crash-kill");
  std::string harness;
  std::uint64_t cycles = 1000;
  std::uint64_t seed = std::random_device{}();
  unsigned lanes = 8;
  app.add_option("harness", harness, "the program to kill").required();
  app.add_option("--cycles", cycles, "how often");
  app.add_option("--seed", seed, "of logs and moments");
  app.add_option("--lanes", lanes, "how many at once");
  if (const auto ended = app.parse_or_tell(argc, argv)) return static_cast<int>(*ended);

  Figures figures;
  std::atomic<std::uint64_t> begun = 0;
  std::vector<std::thread> threads;
  for (unsigned lane = 0; lane < lanes; ++lane) {
    threads.emplace_back([&, lane] {
      Lane own(harness, seed + lane, figures);
      while (begun++ < cycles) {
        if (!own.cycle()) begun = cycles;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::printf(
      "seed %llu: %llu kills, %llu before the first receipt; %llu decisions acknowledged, %llu "
      "records durable; %llu times more durable than acknowledged, at most %llu records; after "
      "%llu kills a newer checkpoint, %llu records in all, all in order\n",
      static_cast<unsigned long long>(seed), static_cast<unsigned long long>(figures.cycles),
      static_cast<unsigned long long>(figures.before_first),
      static_cast<unsigned long long>(figures.acknowledged),
      static_cast<unsigned long long>(figures.records),
      static_cast<unsigned long long>(figures.tails),
      static_cast<unsigned long long>(figures.longest),
      static_cast<unsigned long long>(figures.newly_signed),
      static_cast<unsigned long long>(figures.signed_records));
  if (figures.trouble.empty()) return 0;
  std::printf("%s\n", figures.trouble.c_str());
  return 1;
}
