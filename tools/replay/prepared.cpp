#include "tools/replay/prepared.hpp"

#include <cstring>

namespace horae::replay {
namespace {

constexpr std::size_t slice_records = 256;
constexpr std::size_t slice_bytes = 1 << 20;
// Prepared ahead at most.
constexpr std::size_t ready_slices = 16;

}  // namespace

Slice Slices::next() {
  Slice out;
  if (ended_ || next_ > to_) return out;
  auto words = std::make_shared<std::vector<std::uint64_t>>();
  words->reserve(slice_records * 64);
  struct Place {
    std::uint64_t seq;
    std::size_t at, size;
  };
  std::vector<Place> places;
  places.reserve(slice_records);
  const auto shown = reader_.scan(next_, to_, [&](std::uint64_t seq, BytesView value) {
    const auto at = words->size();
    words->resize(at + (value.size() + 7) / 8);
    if (!value.empty()) std::memcpy(words->data() + at, value.data(), value.size());
    places.push_back({seq, at, value.size()});
    return places.size() < slice_records && 8 * words->size() < slice_bytes;
  });
  out.records.resize(places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto* begin = reinterpret_cast<const std::uint8_t*>(words->data() + places[i].at);
    out.records[i].seq = places[i].seq;
    out.records[i].value = {begin, places[i].size};
  }
  out.bytes = std::move(words);
  if (!shown) out.broken = Refusal{Exit::corrupt, shown.error().what};
  if (!places.empty()) {
    next_ = places.back().seq + 1;
    ended_ = next_ == 0;
  }
  return out;
}

void prepare(Slice& slice) {
  for (auto& each : slice.records) {
    auto record = decode_record(each.value);
    if (!record) continue;
    each.record = *record;
    each.hash = record_hash(*record);
    each.payload = Message::borrowed(record->payload, slice.bytes);
    each.is_fact = check_fact(record->header.domain, record->payload).has_value();
  }
}

PreparedWalk::PreparedWalk(LogReader reader, std::uint64_t from, std::uint64_t to, unsigned jobs)
    : slices_(std::move(reader), from, to), ready_(ready_slices) {
  for (unsigned i = 1; i < jobs; ++i) threads_.emplace_back([this] { work(); });
}

PreparedWalk::~PreparedWalk() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void PreparedWalk::work() {
  for (;;) {
    Slice slice;
    std::uint64_t number = 0;
    {
      const std::lock_guard turn(reading_);
      number = read_;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stopping_ || number < taken_ + ready_slices; });
        if (stopping_) return;
      }
      slice = slices_.next();
      ++read_;
    }
    const bool last = slice.records.empty() || slice.broken;
    prepare(slice);
    {
      const std::lock_guard lock(mutex_);
      ready_[number % ready_slices] = std::move(slice);
    }
    changed_.notify_all();
    if (last) return;
  }
}

bool PreparedWalk::fetch() {
  Slice slice;
  if (threads_.empty()) {
    slice = slices_.next();
    prepare(slice);
  } else {
    std::unique_lock lock(mutex_);
    auto& place = ready_[taken_ % ready_slices];
    changed_.wait(lock, [&] { return place.has_value(); });
    slice = std::move(*place);
    place.reset();
    ++taken_;
    lock.unlock();
    changed_.notify_all();
  }
  ended_ = slice.records.empty() || slice.broken;
  window_.push_back(std::move(slice));
  return !window_.back().records.empty();
}

Outcome<const Prepared*> PreparedWalk::peek(std::size_t ahead) {
  auto place = at_ + ahead;
  for (std::size_t i = 0;; ++i) {
    if (i == window_.size() && (ended_ || !fetch())) {
      const bool broken = !window_.empty() && window_.back().broken;
      if (broken) return tl::unexpected(*window_.back().broken);
      return nullptr;
    }
    const auto& records = window_[i].records;
    if (place < records.size()) return &records[place];
    place -= records.size();
  }
}

void PreparedWalk::pop() {
  if (++at_ < window_.front().records.size()) return;
  // What the log could not be read for is still to be told.
  if (window_.front().broken) return;
  window_.pop_front();
  at_ = 0;
}

}  // namespace horae::replay
