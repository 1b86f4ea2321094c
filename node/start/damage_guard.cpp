#include "node/start/damage_guard.hpp"

#include <signal.h>
#include <unistd.h>

#include <cstring>

#include "core/trouble.hpp"

namespace horae {
namespace {

constexpr std::array signals = {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGABRT};

thread_local DamageGuard* armed_guard = nullptr;
std::array<struct sigaction, signals.size()> usual;

const char* name_of(int signal) {
  switch (signal) {
    case SIGBUS:
      return "SIGBUS";
    case SIGSEGV:
      return "SIGSEGV";
    case SIGFPE:
      return "SIGFPE";
    case SIGILL:
      return "SIGILL";
    default:
      return "SIGABRT";
  }
}

// Nothing but what a signal handler may call.
void write_text(const char* text, std::size_t size) {
  while (size > 0) {
    const auto written = ::write(STDERR_FILENO, text, size);
    if (written <= 0) return;
    text += written;
    size -= static_cast<std::size_t>(written);
  }
}
void write_text(const char* text) { write_text(text, std::strlen(text)); }
void write_number(std::uint64_t value) {
  char digits[20];
  std::size_t next = sizeof digits;
  do {
    digits[--next] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  write_text(digits + next, sizeof digits - next);
}

}  // namespace

struct DamageSignal {
  static void handle(int signal) {
    if (armed_guard == nullptr) {
      // Not ours: as it would have been.
      for (std::size_t i = 0; i < signals.size(); ++i) {
        if (signals[i] == signal) ::sigaction(signal, &usual[i], nullptr);
      }
      return;  // and the same instruction once more
    }
    write_text(armed_guard->before_.data(), armed_guard->before_.size());
    if (const auto seq = armed_guard->seq_.load(std::memory_order_relaxed); seq != 0) {
      write_text(": at or behind record ");
      write_number(seq);
    }
    write_text(": a damaged page ended its reader with ");
    write_text(name_of(signal));
    write_text("; ");
    write_text(armed_guard->after_.data(), armed_guard->after_.size());
    write_text("\n");
    ::_exit(static_cast<int>(Exit::corrupt));
  }
};

DamageGuard::DamageGuard(const std::string& what, const std::string& advice)
    : before_("horae: error " + std::string(code_of(Trouble::log_corrupt)) + ": " + what),
      after_(advice),
      outer_(armed_guard) {
  static const bool installed = [] {
    struct sigaction ours {};
    ours.sa_handler = DamageSignal::handle;
    ours.sa_flags = SA_ONSTACK;
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &ours, &usual[i]);
    return true;
  }();
  static_cast<void>(installed);
  // A reader that went round in circles has used its own stack up.
  stack_t stack{};
  stack.ss_sp = stack_.data();
  stack.ss_size = stack_.size();
  if (outer_ == nullptr) ::sigaltstack(&stack, nullptr);
  armed_guard = this;
}

DamageGuard::~DamageGuard() {
  armed_guard = outer_;
  if (outer_ != nullptr) return;
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
}

}  // namespace horae
