#include "tests/crash/damage.hpp"

#include <algorithm>
#include <cstring>

namespace horae::crash {
namespace {

constexpr std::size_t page = 4096;

std::span<std::uint8_t> page_of(Bytes& file, std::size_t number) {
  return std::span(file).subspan(number * page, page);
}

std::string named(std::size_t number) { return " " + std::to_string(number); }

// Where a record's value lies in the file now; a copy of it may lie in a page that is free, too.
std::vector<std::size_t> places_of(const Bytes& file, const Bytes& value) {
  std::vector<std::size_t> out;
  for (auto at = file.begin();; ++at) {
    at = std::search(at, file.end(), value.begin(), value.end());
    if (at == file.end()) return out;
    out.push_back(static_cast<std::size_t>(at - file.begin()));
  }
}

void put(Bytes& file, const std::vector<std::size_t>& places, const Bytes& value) {
  for (const auto place : places) {
    std::copy(value.begin(), value.end(), file.begin() + static_cast<std::ptrdiff_t>(place));
  }
}

void swap_records(const Original& original, Dice& dice, Damaged& out) {
  const auto& values = original.values;
  for (;;) {
    const auto one = dice.below(values.size());
    const auto other = dice.below(values.size());
    // Of one length, both within a page, so that the pages stay in order.
    if (one == other || values[one].size() != values[other].size() || values[one].size() > 2000) {
      continue;
    }
    const auto here = places_of(out.file, values[one]);
    const auto there = places_of(out.file, values[other]);
    put(out.file, here, values[other]);
    put(out.file, there, values[one]);
    out.how = named(one + 1) + " and" + named(other + 1);
    return;
  }
}

// One slot, or both, as it was some commits ago.
void put_meta_back(const Original& original, Dice& dice, Damaged& out) {
  const auto& newest = original.metas.back();
  const auto back = 1 + dice.below(std::min<std::size_t>(original.metas.size() - 1, 12));
  const auto& older = original.metas[original.metas.size() - 1 - back];
  const auto which = dice.below(3);
  for (std::size_t slot = 0; slot < 2; ++slot) {
    const auto& from = which == 2 || which == slot ? older : newest;
    std::memcpy(out.file.data() + slot * page, from.data() + slot * page, page);
  }
  out.how =
      " " + std::to_string(back) + " commits, slot" + (which == 2 ? "s 0 and 1" : named(which));
}

void alter_checkpoint(const Original& original, Dice& dice, Damaged& out) {
  auto& text = out.checkpoint;
  const auto at = dice.below(text.size());
  switch (dice.below(4)) {
    case 0:
      text[at] = static_cast<char>(text[at] ^ 1 << dice.below(8));
      out.how = ": bit of byte" + named(at);
      return;
    case 1:
      text.resize(at);
      out.how = ": cut to" + named(at);
      return;
    case 2: {
      // Digits of the size or letters of a root that are others, but still such.
      const auto letter = text[at];
      text[at] = letter >= '0' && letter <= '9' ? static_cast<char>('0' + (letter - '0' + 1) % 10)
                                                : (letter == 'A' ? 'B' : 'A');
      out.how = ": letter" + named(at);
      return;
    }
    default:
      text = original.older_checkpoint;
      out.how = ": an older one";
  }
}

}  // namespace

Damaged damage(const Original& original, Damage kind, Dice& dice) {
  Damaged out{original.file, original.checkpoint, {}};
  auto& file = out.file;
  const auto pages = file.size() / page;
  const auto one = dice.below(pages);
  auto other = dice.below(pages - 1);
  other += other >= one ? 1 : 0;
  switch (kind) {
    case Damage::bit: {
      const auto at = dice.below(file.size());
      const auto bit = dice.below(8);
      file[at] = static_cast<std::uint8_t>(file[at] ^ 1u << bit);
      out.how = " of byte" + named(at) + ", bit" + named(bit);
      break;
    }
    case Damage::zeroed_page:
      std::ranges::fill(page_of(file, one), 0);
      out.how = named(one);
      break;
    case Damage::random_page:
      for (auto& byte : page_of(file, one)) byte = static_cast<std::uint8_t>(dice());
      out.how = named(one);
      break;
    case Damage::truncated: {
      const auto size = dice.below(2) == 0 ? dice.below(file.size()) : dice.below(pages) * page;
      file.resize(size);
      out.how = " to" + named(size);
      break;
    }
    case Damage::duplicated_page:
      std::ranges::copy(page_of(file, one), page_of(file, other).begin());
      out.how = named(one) + " over" + named(other);
      break;
    case Damage::swapped_pages:
      std::ranges::swap_ranges(page_of(file, one), page_of(file, other));
      out.how = named(one) + " and" + named(other);
      break;
    case Damage::swapped_records:
      swap_records(original, dice, out);
      break;
    case Damage::older_meta:
      put_meta_back(original, dice, out);
      break;
    case Damage::checkpoint:
      alter_checkpoint(original, dice, out);
      break;
    case Damage::tile: {
      const auto number = dice.below(original.tiles.size());
      auto altered = original.tiles[number];
      altered[dice.below(altered.size())] ^= 1;
      put(file, places_of(file, original.tiles[number]), altered);
      out.how = named(number);
      break;
    }
  }
  return out;
}

}  // namespace horae::crash
