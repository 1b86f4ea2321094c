#include "core/crash_points.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>

#include "core/u256.hpp"

namespace horae {
namespace {

std::atomic<CrashPoint> armed{CrashPoint::none};
std::atomic<unsigned> left{0};

}  // namespace

Result<CrashAt> parse_crash_at(std::string_view text) {
  CrashAt out;
  if (text.empty()) return out;
  const auto colon = text.find(':');
  if (colon != std::string_view::npos) {
    const auto parsed = u256_from_decimal(text.substr(colon + 1));
    if (!parsed || *parsed == 0 || *parsed > 1'000'000) return fail("N of POINT:N is 1 to 1000000");
    out.nth = static_cast<unsigned>(*parsed);
  }
  const auto name = text.substr(0, colon);
  const auto found = std::find(crash_point_names.begin() + 1, crash_point_names.end(), name);
  if (found == crash_point_names.end()) {
    return fail("no crash point is called " + std::string(name) + ": see docs/testing.md");
  }
  out.point = static_cast<CrashPoint>(found - crash_point_names.begin());
  return out;
}

void arm_crash(const CrashAt& crash) {
  left.store(crash.nth);
  armed.store(crash.point);
}

void crash_here(CrashPoint point) {
  const auto at = armed.load(std::memory_order_relaxed);
  if (at == CrashPoint::none || at != point) return;
  if (left.fetch_sub(1) == 1) std::raise(SIGKILL);
}

}  // namespace horae
