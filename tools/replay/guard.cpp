#include "tools/replay/guard.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>

#include "tools/replay/refusal.hpp"

namespace horae::replay {
namespace {

volatile pid_t worker = 0;  // for the signal handler

int run_child(const std::function<int(std::atomic<std::uint64_t>&)>& work,
              std::atomic<std::uint64_t>& seq) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // A damaged log is no reason to leave a core file behind.
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  int code = static_cast<int>(Exit::unexpected);
  try {
    code = work(seq);
  } catch (const std::exception& trouble) {
    const auto what = fmt::format("at record {}: {}", seq.load(), trouble.what());
    fmt::print(stderr, "{}", failure_words("horae-replay", {Trouble::unexpected, what}));
  }
  std::fflush(stdout);
  std::fflush(stderr);
  return code;
}

}  // namespace

Ending run_guarded(const std::function<int(std::atomic<std::uint64_t>&)>& work) {
  void* shared = ::mmap(nullptr, sizeof(std::atomic<std::uint64_t>), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) throw std::bad_alloc();
  auto& seq = *new (shared) std::atomic<std::uint64_t>(0);
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
  std::fflush(stdout);
  std::fflush(stderr);
  // Whoever stops this process means the work: it puts away what it has half done and ends.
  sigset_t stops;
  sigset_t before;
  ::sigemptyset(&stops);
  ::sigaddset(&stops, SIGINT);
  ::sigaddset(&stops, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &stops, &before);
  const pid_t child = ::fork();
  if (child < 0) throw std::bad_alloc();
  if (child == 0) {
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::_exit(run_child(work, seq));
  }
  worker = child;
  struct sigaction pass {};
  pass.sa_handler = [](int signal) { ::kill(worker, signal); };
  ::sigaction(SIGINT, &pass, nullptr);
  ::sigaction(SIGTERM, &pass, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  ::sigaction(SIGINT, &usual, nullptr);
  ::sigaction(SIGTERM, &usual, nullptr);
  Ending out;
  out.seq = seq.load();
  if (WIFSIGNALED(status)) {
    out.signal = WTERMSIG(status);
  } else {
    out.code = WEXITSTATUS(status);
  }
  ::munmap(shared, sizeof(std::atomic<std::uint64_t>));
  return out;
}

}  // namespace horae::replay
