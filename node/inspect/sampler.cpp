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

std::string name_of(const std::vector<std::shared_ptr<ActorMeter>>& meters, std::uint64_t id) {
  if (id == 0) return "outside";  // and a meter whose actor is still to come has none, too
  for (const auto& meter : meters) {
    if (meter->actor_id.load(std::memory_order_relaxed) == id) return meter->name;
  }
  return "outside";
}

}  // namespace

Sampler::Sample Sampler::take(const ActorMeter& meter, std::uint64_t now_ns) {
  Sample out{now_ns, meter.handled.load(std::memory_order_relaxed),
             meter.busy_ns.load(std::memory_order_relaxed) + running_ns(meter, now_ns),
             meter.latency.counts(), meter.senders.edges()};
  if (const auto count = meter.senders.outside(); count > 0) out.edges.push_back({outside, count});
  if (const auto count = meter.senders.others(); count > 0) out.edges.push_back({others, count});
  return out;
}

const Sampler::Sample* Sampler::oldest(std::size_t actor) const {
  if (actor >= samples_.size() || samples_[actor].empty()) return nullptr;
  return &samples_[actor].front();
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
    reading.p50_since_start_ns = LatencyHistogram::quantile(now.latency, 0.5);
    reading.p99_since_start_ns = LatencyHistogram::quantile(now.latency, 0.99);
    if (const auto* from = oldest(i)) {
      auto in_window = now.latency;
      for (std::size_t b = 0; b < in_window.size(); ++b) in_window[b] -= from->latency[b];
      reading.p50_ns = LatencyHistogram::quantile(in_window, 0.5);
      reading.p99_ns = LatencyHistogram::quantile(in_window, 0.99);
      if (const auto window_ns = less(now_ns, from->at_ns); window_ns > 0) {
        reading.window_ms = static_cast<std::uint32_t>(window_ns / 1'000'000);
        reading.rate = static_cast<double>(less(now.handled, from->handled)) * 1e9 /
                       static_cast<double>(window_ns);
        const auto busy_ns = std::min(less(now.busy_ns, from->busy_ns), window_ns);
        reading.busy_per_mille = static_cast<std::uint16_t>(1000.0 * static_cast<double>(busy_ns) /
                                                            static_cast<double>(window_ns));
      }
    }
    readings.push_back(std::move(reading));
  }
  return readings;
}

std::vector<EdgeReading> Sampler::edges(std::uint64_t now_ns) const {
  std::vector<EdgeReading> readings;
  const auto meters = meters_->all();
  for (std::size_t i = 0; i < meters.size(); ++i) {
    const auto now = take(*meters[i], now_ns);
    const auto* from = oldest(i);
    const auto window_ns = from != nullptr ? less(now_ns, from->at_ns) : 0;
    for (const auto& edge : now.edges) {
      EdgeReading reading;
      reading.from = edge.from == others ? "others" : name_of(meters, edge.from);
      reading.to = meters[i]->name;
      reading.messages = edge.messages;
      if (window_ns > 0) {
        const auto before = std::ranges::find(from->edges, edge.from, &EdgeCounts::Edge::from);
        const auto sent = less(edge.messages, before == from->edges.end() ? 0 : before->messages);
        reading.rate = static_cast<double>(sent) * 1e9 / static_cast<double>(window_ns);
      }
      readings.push_back(std::move(reading));
    }
  }
  return readings;
}

std::string Sampler::sender(std::uint64_t actor_id) const {
  return name_of(meters_->all(), actor_id);
}

}  // namespace horae
