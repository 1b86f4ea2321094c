#include "node/inspect/sampler.hpp"

#include <algorithm>

namespace horae {
namespace {

std::uint64_t less(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; }

// Time that the running handler has taken so far, which busy_ns gets only at its end.
std::uint64_t running_ns(const ActorMeter& meter, std::uint64_t now_ns) {
  const auto since = meter.since_ns.load(std::memory_order_relaxed);
  return since == 0 ? 0 : less(now_ns, since);
}

}  // namespace

Sampler::Sample Sampler::take(const ActorMeter& meter, std::uint64_t now_ns) {
  return {now_ns, meter.handled.load(std::memory_order_relaxed),
          meter.busy_ns.load(std::memory_order_relaxed) + running_ns(meter, now_ns)};
}

void Sampler::sample(std::uint64_t now_ns) {
  const auto meters = meters_->all();
  samples_.resize(meters.size());
  for (std::size_t i = 0; i < meters.size(); ++i) {
    samples_[i].push_back(take(*meters[i], now_ns));
    if (samples_[i].size() > kept) samples_[i].pop_front();
  }
}

std::vector<ActorReading> Sampler::read(std::uint64_t now_ns) const {
  std::vector<ActorReading> readings;
  const auto meters = meters_->all();
  readings.reserve(meters.size());
  for (std::size_t i = 0; i < meters.size(); ++i) {
    const auto& meter = *meters[i];
    const auto now = take(meter, now_ns);
    ActorReading reading;
    reading.name = meter.name;
    reading.busy = meter.since_ns.load(std::memory_order_relaxed) != 0;
    reading.busy_for_ms = running_ns(meter, now_ns) / 1'000'000;
    reading.messages = now.handled;
    // The counters move while they are read: what was read as handled was enqueued before.
    reading.mailbox_depth =
        less(meter.enqueued.load(std::memory_order_relaxed), now.handled + (reading.busy ? 1 : 0));
    reading.facts = meter.facts.load(std::memory_order_relaxed);
    reading.last_message = meter.last_message.load(std::memory_order_relaxed);
    if (i < samples_.size() && !samples_[i].empty()) {
      const auto& from = samples_[i].front();
      if (const auto window_ns = less(now_ns, from.at_ns); window_ns > 0) {
        reading.window_ms = static_cast<std::uint32_t>(window_ns / 1'000'000);
        reading.rate = static_cast<double>(less(now.handled, from.handled)) * 1e9 /
                       static_cast<double>(window_ns);
        const auto busy_ns = std::min(less(now.busy_ns, from.busy_ns), window_ns);
        reading.busy_per_mille = static_cast<std::uint16_t>(1000.0 * static_cast<double>(busy_ns) /
                                                            static_cast<double>(window_ns));
      }
    }
    readings.push_back(std::move(reading));
  }
  return readings;
}

}  // namespace horae
