#include "tools/replay/audit/prepared.hpp"

#include <cstring>
#include <stdexcept>

#include "core/merkle.hpp"
#include "core/result.hpp"
#include "events/world.hpp"

namespace horae::replay {
namespace {

constexpr std::size_t prepared_slice_records = merkle::tile_leaves;
constexpr std::size_t prepared_slice_bytes = 1 << 20;
// Prepared ahead at most.
constexpr std::size_t ready_slices = 16;

// Words in a row that grow without being cleared.
class Words {
 public:
  explicit Words(std::size_t expected) { grow(std::max<std::size_t>(expected, 1024)); }
  // Returns where the value begins.
  std::size_t add(BytesView value) {
    const auto at = size_;
    const auto words = (value.size() + 7) / 8;
    if (size_ + words > capacity_) grow(2 * capacity_ + words);
    if (words > 0) {
      words_.get()[size_ + words - 1] = 0;
      std::memcpy(words_.get() + size_, value.data(), value.size());
    }
    size_ += words;
    return at;
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::shared_ptr<const std::uint64_t[]> bytes() const { return words_; }

 private:
  void grow(std::size_t capacity) {
    auto larger = std::make_shared_for_overwrite<std::uint64_t[]>(capacity);
    if (size_ > 0) std::memcpy(larger.get(), words_.get(), 8 * size_);
    words_ = std::move(larger);
    capacity_ = capacity;
  }
  std::shared_ptr<std::uint64_t[]> words_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

struct Unread : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A field of a wrong length stops whoever reads it: that is for the fold to tell, in its turn.
std::shared_ptr<const BlockWord> word_if_told(const Prepared& each) {
  if (each.record->header.domain != Domain::BLOCKS) return nullptr;
  const auto fact = Msg<schema::BlocksFact>::read(each.record->payload);
  if (!fact.isBlockSealed()) return nullptr;
  const ThreadStopHandler stops([](std::string_view why) { throw Unread(std::string(why)); });
  try {
    return std::make_shared<const BlockWord>(word_of(fact.getBlockSealed()));
  } catch (const Unread&) {
    return nullptr;
  }
}

std::optional<Hash32> tile_of(const std::vector<Prepared>& records) {
  if (records.size() != merkle::tile_leaves || records.front().seq % merkle::tile_leaves != 1) {
    return std::nullopt;
  }
  merkle::Frontier tile;
  for (const auto& each : records) {
    if (!each.record) return std::nullopt;
    if (const auto root = tile.add(each.hash)) return root;
  }
  return std::nullopt;
}

}  // namespace

Slice Slices::next() {
  Slice out;
  if (ended_ || next_ > to_) return out;
  const auto full = prepared_slice_records - (next_ - 1) % prepared_slice_records;
  Words words(expected_words_);
  std::vector<std::size_t> places;
  places.reserve(full);
  out.records.reserve(full);
  const auto shown = reader_.scan(next_, to_, [&](std::uint64_t seq, BytesView value) {
    places.push_back(words.add(value));
    auto& each = out.records.emplace_back();
    each.seq = seq;
    each.value = value;  // its size alone: where it lies is known when all are read
    return places.size() < full && 8 * words.size() < prepared_slice_bytes;
  });
  expected_words_ = words.size() + words.size() / 4;
  const std::shared_ptr<const std::uint64_t[]> bytes = words.bytes();
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes.get() + places[i]);
    out.records[i].value = {begin, out.records[i].value.size()};
  }
  out.bytes = bytes;
  out.size = 8 * words.size();
  if (!shown) out.broken = Failure{Trouble::log_corrupt, shown.error().what};
  if (!out.records.empty()) {
    next_ = out.records.back().seq + 1;
    ended_ = next_ == 0;
  }
  return out;
}

void prepare(Slice& slice, Depth depth) {
  for (auto& each : slice.records) {
    auto record = decode_record(each.value);
    if (!record) continue;
    each.record = *record;
    each.is_fact = check_fact(record->header.domain, record->payload).has_value();
    if (depth == Depth::schema) continue;
    each.hash = record_hash(*record);
    if (depth == Depth::all && each.is_fact) each.word = word_if_told(each);
  }
  if (depth != Depth::schema && !slice.records.empty()) slice.tile = tile_of(slice.records);
}

PreparedWalk::PreparedWalk(LogReader reader, const Range& range, unsigned jobs)
    : deep_from_(range.deep_from),
      depth_(range.depth),
      slices_(std::move(reader), range.from, range.to),
      ready_(ready_slices) {
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

Depth PreparedWalk::depth_of(const Slice& slice) const {
  const bool before = !slice.records.empty() && slice.records.back().seq < deep_from_;
  return before ? Depth::schema : depth_;
}

// Reads the next slice, prepares it and lays it ready; false at the end of the log, or where there
// is no room for more.
bool PreparedWalk::prepare_next() {
  Slice slice;
  std::uint64_t number = 0;
  {
    const std::lock_guard turn(reading_);
    if (all_read_) return false;
    number = read_;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_ || number >= taken_ + ready_slices) return false;
    }
    slice = slices_.next();
    ++read_;
    all_read_ = slice.records.empty() || slice.broken;
  }
  prepare(slice, depth_of(slice));
  {
    const std::lock_guard lock(mutex_);
    ready_[number % ready_slices] = std::move(slice);
  }
  changed_.notify_all();
  return true;
}

void PreparedWalk::work() {
  for (;;) {
    std::uint64_t taken = 0;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      taken = taken_;
    }
    if (prepare_next()) continue;
    {
      const std::lock_guard turn(reading_);
      if (all_read_) return;
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopping_ || taken_ != taken; });
  }
}

bool PreparedWalk::fetch() {
  Slice slice;
  if (threads_.empty()) {
    slice = slices_.next();
    prepare(slice, depth_of(slice));
  } else {
    const auto take = [&] {
      auto& place = ready_[taken_ % ready_slices];
      if (!place) return false;
      slice = std::move(*place);
      place.reset();
      ++taken_;
      return true;
    };
    for (;;) {
      {
        const std::lock_guard lock(mutex_);
        if (take()) break;
      }
      if (prepare_next()) continue;
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return ready_[taken_ % ready_slices].has_value(); });
    }
    changed_.notify_all();
  }
  ended_ = slice.records.empty() || slice.broken;
  window_.push_back(std::move(slice));
  return !window_.back().records.empty();
}

Outcome<const Prepared*> PreparedWalk::find(std::size_t ahead) {
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

const std::shared_ptr<const void>& PreparedWalk::bytes(std::size_t ahead) const {
  auto place = at_ + ahead;
  for (const auto& slice : window_) {
    if (place < slice.records.size()) return slice.bytes;
    place -= slice.records.size();
  }
  stop("the bytes of a record that nobody has looked at");
}

void PreparedWalk::pop() {
  if (++at_ < window_.front().records.size()) return;
  // What the log could not be read for is still to be told.
  if (window_.front().broken) return;
  window_.pop_front();
  at_ = 0;
}

}  // namespace horae::replay
