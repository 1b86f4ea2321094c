// Preloaded into a process, this shifts its wall clock by as many seconds as the file that
// HORAE_CLOCK_SHIFT names says: as a machine whose clock was set wrong. What measures time from the
// boot on is left alone, as the kernel leaves it.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

namespace {

long shift_s() {
  const char* file = std::getenv("HORAE_CLOCK_SHIFT");
  if (file == nullptr) return 0;
  const int opened = ::open(file, O_RDONLY | O_CLOEXEC);
  if (opened < 0) return 0;
  char text[32] = {};
  const auto length = ::read(opened, text, sizeof text - 1);
  ::close(opened);
  return length > 0 ? std::strtol(text, nullptr, 10) : 0;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* out) noexcept {
  using Function = int (*)(clockid_t, timespec*);
  static const auto real = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "clock_gettime"));
  const int done = real(clock, out);
  if (done == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    out->tv_sec += shift_s();
  }
  return done;
}

int gettimeofday(timeval* out, void*) noexcept {
  timespec now{};
  const int done = clock_gettime(CLOCK_REALTIME, &now);
  if (done == 0) *out = {now.tv_sec, now.tv_nsec / 1000};
  return done;
}

time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}
}
