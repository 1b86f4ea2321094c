// Apart from terminal.cpp: term.h makes macros of words such as lines and columns.
#define NCURSES_NOMACROS
#include <curses.h>
#include <term.h>
#include <unistd.h>

namespace horae::inspect {

// Declared in terminal.hpp, whose includes those macros would break.
bool can_show_screen();

bool can_show_screen() {
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0) return false;
  int error = 0;
  if (::setupterm(nullptr, STDOUT_FILENO, &error) != OK) return false;
  const bool moves = ::tigetstr("cup") != nullptr;
  ::del_curterm(::cur_term);
  return moves;
}

}  // namespace horae::inspect
