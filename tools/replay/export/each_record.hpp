#pragma once

#include <atomic>
#include <boost/json/object.hpp>

#include "events/record.hpp"
#include "tools/replay/export/export.hpp"
#include "tools/replay/list.hpp"
#include "tools/replay/reading.hpp"

namespace horae::replay {

/// Shows every record of a log: show(described, record) -> Outcome<void>, where described is what
/// describe() has of it. what: the work in a word, for those who wait. Refuses (corrupt) what
/// cannot be read, and what show refuses; returns how many records there were.
template <class Show>
Exported each_record(const Source& source, const char* what, std::atomic<std::uint64_t>* at,
                     Show show) {
  std::uint64_t count = 0;
  Reading reading(at, what, source.last());
  Walk walk(source.reader(), 1, source.last());
  for (;; walk.pop()) {
    const auto value = walk.peek();
    if (!value) return tl::unexpected(value.error());
    if (*value == nullptr) return count;
    reading.at((*value)->seq);
    const auto described = describe(**value);
    if (!described) return tl::unexpected(described.error());
    const auto record = decode_record((*value)->value);
    if (const Outcome<void> shown = show(*described, *record); !shown) {
      return tl::unexpected(shown.error());
    }
    ++count;
  }
}

}  // namespace horae::replay
