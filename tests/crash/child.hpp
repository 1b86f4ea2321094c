#pragma once

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>

#include "core/result.hpp"

namespace horae::crash {

/// How something ended that was done in a child process.
struct Ended {
  int signal = 0;    // 0: it ended by itself
  int code = 0;      // its exit code then; 0 where the work was done
  std::string what;  // what it said was wrong, empty for nothing
};

/// Does work in a child: damage may end whoever looks at it. Work says in words what is wrong, or
/// nothing; a stop of ours and an exception are words, too. SIGALRM ends one that takes too long.
template <class Work>
Ended in_child(const Work& work, unsigned seconds = 20) {
  constexpr std::size_t room = 4096;
  void* shared = ::mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) throw std::bad_alloc();
  auto* words = static_cast<char*>(shared);
  const pid_t child = ::fork();
  if (child < 0) throw std::bad_alloc();
  if (child == 0) {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::alarm(seconds);
    // What a stop says on its way is not for whoever counts.
    if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(127);
    set_stop_handler([](std::string_view why) { throw std::runtime_error(std::string(why)); });
    std::string said;
    try {
      said = work();
    } catch (const std::exception& trouble) {
      said = "stopped: " + std::string(trouble.what());
    }
    std::strncpy(words, said.c_str(), room - 1);
    ::_exit(0);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  const bool killed = WIFSIGNALED(status);
  Ended out{killed ? WTERMSIG(status) : 0, killed ? 0 : WEXITSTATUS(status), words};
  ::munmap(shared, room);
  return out;
}

}  // namespace horae::crash
