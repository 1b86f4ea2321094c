#pragma once

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "tests/node/inspect/little_terminal.hpp"

namespace horae::test {

/// A program on a pseudo-terminal of its own.
class OnTerminal {
 public:
  OnTerminal(const std::vector<std::string>& command, std::size_t rows, std::size_t columns,
             const std::string& term, const std::string& locale)
      : screen(rows, columns) {
    const auto size = size_of(rows, columns);
    child_ = ::forkpty(&descriptor_, nullptr, nullptr, &size);
    BOOST_REQUIRE(child_ >= 0);
    if (child_ != 0) return;
    ::setenv("TERM", term.c_str(), 1);
    ::setenv("LC_ALL", locale.c_str(), 1);
    std::vector<char*> words;
    for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    ::execv(words[0], words.data());
    ::_exit(127);
  }
  ~OnTerminal() {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    ::close(descriptor_);
  }
  OnTerminal(const OnTerminal&) = delete;
  OnTerminal& operator=(const OnTerminal&) = delete;

  void press(const std::string& keys) {
    BOOST_REQUIRE(::write(descriptor_, keys.data(), keys.size()) ==
                  static_cast<ssize_t>(keys.size()));
  }
  void resize(std::size_t rows, std::size_t columns) {
    screen.resize(rows, columns);
    const auto size = size_of(rows, columns);
    BOOST_REQUIRE(::ioctl(descriptor_, TIOCSWINSZ, &size) == 0);
  }
  void signal(int number) { BOOST_REQUIRE(::kill(child_, number) == 0); }

  /// Waits until the screen shows it; false after twenty seconds or at the program's end.
  bool shows(const std::string& words) {
    return until([&] { return screen.shows(words); });
  }
  bool until(const std::function<bool()>& seen) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!seen()) {
      if (std::chrono::steady_clock::now() > end || !read_on()) return seen();
    }
    return true;
  }
  /// Its exit code, once it has ended by itself; -1 where a signal ended it.
  int end() {
    while (read_on()) {
    }
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  /// All that it said, control sequences included.
  [[nodiscard]] const std::string& said() const { return said_; }

  LittleTerminal screen;

 private:
  static winsize size_of(std::size_t rows, std::size_t columns) {
    winsize out{};
    out.ws_row = static_cast<unsigned short>(rows);
    out.ws_col = static_cast<unsigned short>(columns);
    return out;
  }
  // False at the program's end.
  bool read_on() {
    pollfd watched{descriptor_, POLLIN, 0};
    if (::poll(&watched, 1, 20'000) <= 0) return false;
    char bytes[4096];
    const auto got = ::read(descriptor_, bytes, sizeof(bytes));
    if (got <= 0) return false;
    const std::string heard(bytes, static_cast<std::size_t>(got));
    said_ += heard;
    screen.take(heard);
    return true;
  }

  int descriptor_ = -1;
  pid_t child_ = -1;
  std::string said_;
};

}  // namespace horae::test
