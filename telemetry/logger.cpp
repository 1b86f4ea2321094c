#include "telemetry/logger.hpp"

#include <mutex>

namespace horae {
namespace {

std::mutex mutex;
std::shared_ptr<LineSink> current;

}  // namespace

void set_line_sink(std::shared_ptr<LineSink> sink) {
  const std::lock_guard lock(mutex);
  current = std::move(sink);
}

std::shared_ptr<LineSink> line_sink() {
  const std::lock_guard lock(mutex);
  return current;
}

Logger::Logger(std::string who) : who_(std::move(who)), sink_(line_sink()) {
  if (sink_) least_ = sink_->least(who_);
}

std::optional<std::uint64_t> RateLimiter::pass(std::uint64_t now_ns) {
  const auto second = now_ns / 1'000'000'000;
  if (second != second_) {
    second_ = second;
    said_ = 0;
  }
  if (said_ == most_) {
    ++left_out_;
    return std::nullopt;
  }
  ++said_;
  return std::exchange(left_out_, 0);
}

}  // namespace horae
