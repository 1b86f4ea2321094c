#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "tests/crash/load.hpp"

namespace horae::crash {

/// A whole log in memory, with what it needs to be damaged.
struct Original {
  Bytes file;              // data.mdb
  std::string checkpoint;  // signed over all of it
  std::string older_checkpoint;
  std::vector<Bytes> metas;   // the first two pages after each commit
  std::vector<Bytes> tiles;   // roots of full tiles, as they are stored
  std::vector<Bytes> values;  // of records 1, 2, …
};

enum class Damage : unsigned char {
  bit,
  zeroed_page,
  random_page,
  truncated,
  duplicated_page,
  swapped_pages,
  swapped_records,
  older_meta,
  checkpoint,
  tile,
};
inline constexpr std::size_t damages = 10;
inline constexpr std::array<const char*, damages> damage_names = {
    "bit flipped",        "page zeroed",        "page of random bytes", "file truncated",
    "page duplicated",    "pages swapped",      "records swapped",      "older meta page",
    "checkpoint altered", "tile's root altered"};

/// The two files after something happened to them.
struct Damaged {
  Bytes file;
  std::string checkpoint;
  std::string how;
};

/// Draws one fault of a kind.
[[nodiscard]] Damaged damage(const Original& original, Damage kind, Dice& dice);

}  // namespace horae::crash
