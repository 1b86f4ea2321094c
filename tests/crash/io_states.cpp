#include "tests/crash/io_states.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>

#include "tests/crash/load.hpp"

namespace horae::crash {
namespace {

constexpr std::size_t sector = 512;
constexpr std::size_t most_pairs = 12;
constexpr std::size_t most_torn = 12;
constexpr std::size_t subsets = 4;

// Not known to be on the disk.
struct Pending {
  const IoStep* step;
  bool certain;  // on the disk, though what was written before it need not be
};

class Enumeration {
 public:
  Enumeration(std::uint64_t seed, const ShowState& show) : dice_(seed), show_(show) {}

  bool run(const std::vector<IoStep>& steps) {
    for (const auto& step : steps) {
      switch (step.entry.kind) {
        case IoEntry::told:
          ++told_;
          break;
        case IoEntry::synced:
          settle([&](const IoStep& one) {
            return one.entry.file == step.entry.file && of_content(one);
          });
          break;
        case IoEntry::listed:
          settle([&](const IoStep& one) {
            return !of_content(one) && directory_of(one) == step.text();
          });
          break;
        default:
          pending_.push_back({&step, false});
          if (!states()) return false;
          // Only where it goes past what is not written yet is it kept apart.
          if (step.entry.through != 0) pending_.back().certain = true;
      }
    }
    return true;
  }

 private:
  static bool of_content(const IoStep& step) {
    return step.entry.kind == IoEntry::wrote || step.entry.kind == IoEntry::cut;
  }
  static std::string directory_of(const IoStep& step) {
    const auto text = step.text();
    const auto path = text.substr(text.find('\0') == std::string::npos ? 0 : text.find('\0') + 1);
    return path.substr(0, path.rfind('/'));
  }

  template <class Which>
  void settle(const Which& which) {
    std::erase_if(pending_, [&](const Pending& one) {
      if (!which(*one.step)) return false;
      base_.apply(*one.step);
      return true;
    });
  }

  // With those that keep says, by their place.
  template <class Keep>
  bool state(IoCase which, const Keep& keep, std::size_t torn = SIZE_MAX) {
    auto out = base_;
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      if (!pending_[i].certain && !keep(i)) continue;
      const auto& step = *pending_[i].step;
      const bool last = i + 1 == pending_.size();
      out.apply(step, last ? std::min(torn, step.bytes.size()) : step.bytes.size());
    }
    return show_(out, which, told_);
  }

  bool states() {
    const auto count = pending_.size();
    const auto& last = *pending_.back().step;
    if (!state(IoCase::whole, [](std::size_t) { return true; })) return false;
    if (!state(IoCase::none, [](std::size_t) { return false; })) return false;
    const auto sectors = last.entry.kind == IoEntry::wrote ? (last.bytes.size() - 1) / sector : 0;
    for (std::size_t i = 0; i < std::min(sectors, most_torn); ++i) {
      const auto at = sectors <= most_torn ? i + 1 : 1 + dice_.below(sectors);
      if (!state(
              IoCase::torn, [](std::size_t) { return true; }, at * sector))
        return false;
    }
    if (count < 2) return true;
    // The last one missing is the state before it, seen already.
    for (std::size_t gone = 0; gone + 1 < count; ++gone) {
      if (!state(IoCase::one_missing, [&](std::size_t i) { return i != gone; })) return false;
    }
    if (count < 3) return true;
    std::size_t pairs = 0;
    const bool draw = (count - 1) * (count - 2) / 2 > most_pairs;
    for (std::size_t a = 0; a + 1 < count && pairs < most_pairs; ++a) {
      for (std::size_t b = a + 1; b + 1 < count && pairs < most_pairs; ++b, ++pairs) {
        const auto one = draw ? dice_.below(count - 1) : a;
        const auto two = draw ? dice_.below(count - 1) : b;
        const auto keep = [&](std::size_t i) { return i != one && i != two; };
        if (!state(IoCase::two_missing, keep)) return false;
      }
    }
    for (std::size_t i = 0; i < subsets; ++i) {
      const auto bits = dice_();
      const auto keep = [&](std::size_t at) { return (bits >> at % 64 & 1) != 0; };
      if (!state(IoCase::some, keep)) return false;
    }
    return true;
  }

  Dice dice_;
  const ShowState& show_;
  IoState base_;  // what is on the disk for certain
  std::vector<Pending> pending_;
  std::size_t told_ = 0;
};

}  // namespace

std::vector<IoStep> read_steps(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<IoStep> out;
  for (IoStep step; in.read(reinterpret_cast<char*>(&step.entry), sizeof step.entry);) {
    step.bytes.resize(step.entry.length);
    if (!in.read(reinterpret_cast<char*>(step.bytes.data()),
                 static_cast<std::streamsize>(step.bytes.size()))) {
      break;
    }
    out.push_back(step);
  }
  return out;
}

void IoState::apply(const IoStep& step, std::size_t bytes) {
  const auto& entry = step.entry;
  auto& content = files_[entry.file];
  const auto text = step.text();
  switch (entry.kind) {
    case IoEntry::made:
      names_[text] = entry.file;
      return;
    case IoEntry::wrote:
      if (content.size() < entry.offset + bytes) content.resize(entry.offset + bytes);
      std::memcpy(content.data() + entry.offset, step.bytes.data(), bytes);
      return;
    case IoEntry::cut:
      content.resize(entry.offset);
      return;
    case IoEntry::renamed:
      // The directory's entry names the file, whether or not its first name is on the disk.
      names_.erase(text.substr(0, text.find('\0')));
      names_[text.substr(text.find('\0') + 1)] = entry.file;
      return;
    default:
      return;
  }
}

void IoState::put_into(const std::string& from, const std::filesystem::path& to) const {
  for (const auto& [name, file] : names_) {
    if (name.substr(0, name.rfind('/')) != from) continue;
    std::ofstream out(to / name.substr(name.rfind('/') + 1), std::ios::binary | std::ios::trunc);
    const auto found = files_.find(file);
    if (found == files_.end()) continue;
    out.write(reinterpret_cast<const char*>(found->second.data()),
              static_cast<std::streamsize>(found->second.size()));
  }
}

void all_states(const std::vector<IoStep>& steps, std::uint64_t seed, const ShowState& show) {
  Enumeration(seed, show).run(steps);
}

}  // namespace horae::crash
