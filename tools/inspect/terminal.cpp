#include "tools/inspect/terminal.hpp"

// Functions, not macros: their names are common words.
#define NCURSES_NOMACROS
#include <curses.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <clocale>
#include <cstdlib>
#include <cstring>

#include "core/files.hpp"
#include "core/result.hpp"
#include "tools/inspect/feed.hpp"
#include "tools/inspect/keys.hpp"

namespace horae::inspect {
namespace {

constexpr int escape = 27;
constexpr short warn_pair = 1;
constexpr short alarm_pair = 2;

/// The signals that a screen must see in its own time: blocked while it stands, read as a file.
class Signals {
 public:
  Signals() {
    sigset_t wanted;
    ::sigemptyset(&wanted);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH}) {
      ::sigaddset(&wanted, signal);
    }
    ::pthread_sigmask(SIG_BLOCK, &wanted, &before_);
    descriptor_ = ::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    if (descriptor_ < 0) stop(std::string("no signalfd: ") + errno_words(errno));
  }
  ~Signals() {
    ::close(descriptor_);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// False once one came that ends the screen.
  bool take(bool& resized) {
    signalfd_siginfo info{};
    bool goes_on = true;
    while (::read(descriptor_, &info, sizeof(info)) == sizeof(info)) {
      if (info.ssi_signo == SIGWINCH) {
        resized = true;
      } else {
        goes_on = false;
      }
    }
    return goes_on;
  }

 private:
  sigset_t before_{};
  int descriptor_ = -1;
};

/// The terminal, taken over while this lives.
class Terminal {
 public:
  Terminal() : screen_(::newterm(nullptr, stdout, stdin)) {
    if (screen_ == nullptr) stop("this terminal cannot show a screen");
    ::cbreak();
    ::noecho();
    ::nodelay(::stdscr, TRUE);
    ::keypad(::stdscr, TRUE);
    ::set_escdelay(25);
    ::curs_set(0);
    const char* plain = std::getenv("NO_COLOR");
    if ((plain == nullptr || *plain == '\0') && ::has_colors() && ::start_color() == OK) {
      ::use_default_colors();
      ::init_pair(warn_pair, COLOR_YELLOW, -1);
      ::init_pair(alarm_pair, COLOR_RED, -1);
      colors_ = true;
    }
  }
  ~Terminal() {
    ::endwin();
    ::delscreen(screen_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  [[nodiscard]] static Size size() {
    return {static_cast<std::size_t>(::getmaxy(::stdscr)),
            static_cast<std::size_t>(::getmaxx(::stdscr))};
  }
  static void follow_size() {
    winsize now{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &now) == 0 && now.ws_row > 0 && now.ws_col > 0) {
      ::resizeterm(now.ws_row, now.ws_col);
      ::clearok(::stdscr, TRUE);
    }
  }

  void draw(const std::vector<Line>& lines) const {
    ::werase(::stdscr);
    for (std::size_t row = 0; row < lines.size(); ++row) {
      ::wmove(::stdscr, static_cast<int>(row), 0);
      for (const auto& span : lines[row]) {
        ::wattrset(::stdscr, static_cast<int>(attribute(span.style)));
        // The corner below on the right does not scroll: what it says of that is no trouble.
        ::waddstr(::stdscr, span.text.c_str());
      }
    }
    ::wattrset(::stdscr, 0);
    ::wrefresh(::stdscr);
  }

 private:
  [[nodiscard]] chtype attribute(Style style) const {
    switch (style) {
      case Style::plain:
        return A_NORMAL;
      case Style::bold:
        return A_BOLD;
      case Style::dim:
        return A_DIM;
      case Style::bar:
        return A_REVERSE;
      case Style::warn:
        return colors_ ? static_cast<chtype>(COLOR_PAIR(warn_pair)) : chtype{A_BOLD};
      case Style::alarm:
        return (colors_ ? static_cast<chtype>(COLOR_PAIR(alarm_pair)) : chtype{0}) | A_BOLD;
    }
    return A_NORMAL;
  }

  SCREEN* screen_;
  bool colors_ = false;
};

Key key_of(int pressed) {
  switch (pressed) {
    case KEY_UP:
    case 'k':
      return Key::up;
    case KEY_DOWN:
    case 'j':
      return Key::down;
    case KEY_PPAGE:
      return Key::page_up;
    case KEY_NPAGE:
      return Key::page_down;
    case KEY_HOME:
    case 'g':
      return Key::home;
    case KEY_END:
    case 'G':
      return Key::end;
    case KEY_ENTER:
    case '\n':
    case '\r':
      return Key::enter;
    case escape:
    case KEY_BACKSPACE:
    case KEY_LEFT:
    case 127:
    case 'a':
      return Key::back;
    case 'e':
      return Key::edges;
    case 's':
      return Key::sort;
    case 'r':
      return Key::reverse;
    case 'p':
    case ' ':
      return Key::pause;
    case '?':
    case 'h':
      return Key::help;
    case 'q':
      return Key::quit;
    default:
      return Key::other;
  }
}

// What is new enters the picture, but for what the user holds still.
void take_over(Scene& scene, Scene fresh, const View& view) {
  if (view.paused) {
    scene.trouble = std::move(fresh.trouble);
    return;
  }
  const bool holds = view.page == Page::actor && view.scroll > 0 && scene.watched == fresh.watched;
  if (holds) fresh.messages = std::move(scene.messages);
  scene = std::move(fresh);
}

}  // namespace

void show_screen(const std::filesystem::path& socket) {
  std::setlocale(LC_ALL, "");  // NOLINT(concurrency-mt-unsafe): there is no other thread yet
  const bool utf8 = std::strcmp(::nl_langinfo(CODESET), "UTF-8") == 0;
  const auto& glyphs = utf8 ? unicode_glyphs : ascii_glyphs;
  Signals signals;
  Feed feed(socket);
  const Terminal terminal;
  Scene scene;
  View view;
  for (bool goes_on = true; goes_on;) {
    auto layout = lay_out(scene, view, Terminal::size(), glyphs);
    view = std::move(layout.view);
    terminal.draw(layout.lines);
    feed.watch(view.page == Page::actor ? view.selected : "");

    pollfd waits[] = {{STDIN_FILENO, POLLIN, 0},
                      {signals.descriptor(), POLLIN, 0},
                      {feed.descriptor(), POLLIN, 0}};
    if (::poll(waits, 3, -1) < 0 && errno != EINTR) break;
    bool resized = false;
    goes_on = signals.take(resized);
    if (resized) Terminal::follow_size();
    if ((waits[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) goes_on = false;
    for (int pressed = 0; goes_on && (pressed = ::wgetch(::stdscr)) != ERR;) {
      goes_on = press(key_of(pressed), scene, view);
      view = lay_out(scene, std::move(view), Terminal::size(), glyphs).view;
    }
    if ((waits[2].revents & POLLIN) != 0) take_over(scene, feed.scene(), view);
  }
}

}  // namespace horae::inspect
