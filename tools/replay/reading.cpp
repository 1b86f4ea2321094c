#include "tools/replay/reading.hpp"

#include <utility>

#include "tools/replay/interrupt.hpp"

namespace horae::replay {

Reading::Reading(std::atomic<std::uint64_t>* at, std::string what, std::uint64_t total)
    : at_(at), progress_({std::move(what), "record", 0, total}) {}

void Reading::look_up() {
  stop_if_interrupted();
  progress_.at(count_);
}

}  // namespace horae::replay
