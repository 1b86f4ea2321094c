#include "node/child/child.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "core/files.hpp"

namespace horae {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const auto& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

// What the forked child runs with until exec: system calls alone, for another thread of the parent
// may have held any lock when it forked.
struct Launch {
  const char* program;
  const char* directory;
  char* const* arguments;
  char* const* environment;
  int log;
  int report;  // the errno of what failed goes here
  pid_t parent;
  int orphaned;
};

[[noreturn]] void give_up(const Launch& launch) {
  const int code = errno;
  if (::write(launch.report, &code, sizeof code) < 0) { /* the parent sees the end itself */
  }
  ::_exit(127);
}

[[noreturn]] void become(const Launch& launch) {
  // Descriptors 0 to 2 may be closed here, and then the ones we were given have these numbers.
  const int log = ::fcntl(launch.log, F_DUPFD, 4);
  const int report = ::fcntl(launch.report, F_DUPFD, 4);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (log < 0 || report < 0 || nothing < 0) give_up(launch);
  Launch own = launch;
  own.report = report;
  if (::dup2(nothing, 0) < 0 || ::dup2(log, 1) < 0 || ::dup2(log, 2) < 0 || ::dup2(report, 3) < 0) {
    give_up(own);
  }
  own.report = 3;
  ::fcntl(3, F_SETFD, FD_CLOEXEC);
  ::close_range(4, ~0U, 0);

  ::setpgid(0, 0);
  if (::prctl(PR_SET_PDEATHSIG, own.orphaned) != 0) give_up(own);
  // The parent may have died before the line above: then nobody sends the signal.
  if (::getppid() != own.parent) ::_exit(127);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGQUIT, SIGCHLD}) {
    ::signal(signal, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  if (::chdir(own.directory) != 0) give_up(own);
  ::execve(own.program, own.arguments, own.environment);
  give_up(own);
}

}  // namespace

// Not by glibc 2.36's <sys/pidfd.h>, which forgets that C++ has another linkage.
int open_process(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

Result<Child> Child::start(const ChildSpec& spec) {
  if (::gettid() != ::getpid()) {
    horae::stop("a child process was started from another thread than main");
  }
  const std::string program = spec.program.string();
  const std::string directory = spec.directory.string();
  std::vector<std::string> words = {program};
  words.insert(words.end(), spec.arguments.begin(), spec.arguments.end());
  const auto arguments = pointers(words);
  const auto environment = pointers(spec.environment);

  const int log =
      ::open(spec.log_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return fail("cannot write " + spec.log_file.string() + ": " + errno_words(errno));
  std::array<int, 2> report{};
  if (::pipe2(report.data(), O_CLOEXEC) != 0) {
    const int code = errno;
    ::close(log);
    return fail("no pipe: " + errno_words(code));
  }
  const Launch launch{program.c_str(), directory.c_str(), arguments.data(), environment.data(), log,
                      report[1],       ::getpid(),        spec.orphaned};
  const pid_t pid = ::fork();
  if (pid == 0) become(launch);
  const int fork_code = errno;
  ::close(log);
  ::close(report[1]);
  int code = 0;
  ssize_t got = 0;
  if (pid > 0) {
    do {
      got = ::read(report[0], &code, sizeof code);
    } while (got < 0 && errno == EINTR);
  }
  ::close(report[0]);
  if (pid < 0) return fail("cannot fork: " + errno_words(fork_code));
  const int descriptor = open_process(pid);
  const int descriptor_code = errno;
  Child child(pid, descriptor);
  if (descriptor < 0) return fail("cannot watch a child process: " + errno_words(descriptor_code));
  if (got == static_cast<ssize_t>(sizeof code)) {
    return fail("cannot start " + program + ": " + errno_words(code));
  }
  return child;
}

Child::~Child() {
  if (pid_ > 0 && !end_) {
    ::kill(pid_, SIGKILL);
    if (::waitpid(pid_, nullptr, 0) < 0) { /* gone already */
    }
  }
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::optional<std::string> Child::wait(std::chrono::milliseconds most) {
  if (end_) return end_;
  pollfd ready{descriptor_, POLLIN, 0};
  if (::poll(&ready, 1, static_cast<int>(most.count())) <= 0) return std::nullopt;
  int status = 0;
  const pid_t reaped = ::waitpid(pid_, &status, WNOHANG);
  if (reaped == 0) return std::nullopt;
  if (reaped < 0) {
    end_ = "an end that somebody else has seen";
  } else if (WIFEXITED(status)) {
    end_ = "exit code " + std::to_string(WEXITSTATUS(status));
  } else {
    end_ = "signal " + std::to_string(WTERMSIG(status));
  }
  return end_;
}

std::string Child::stop(std::chrono::milliseconds grace) {
  if (auto end = wait(std::chrono::milliseconds(0))) return *end;
  ::kill(pid_, SIGTERM);
  if (auto end = wait(grace)) return *end;
  ::kill(pid_, SIGKILL);
  for (;;) {
    if (auto end = wait(std::chrono::milliseconds(1000))) return *end;
  }
}

}  // namespace horae
