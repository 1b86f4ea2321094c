#pragma once

#include <kj/exception.h>

#include "core/result.hpp"
#include "core/stopped.hpp"

namespace horae {

/// Does work that reads what nobody has vouched for yet: a stop() on this thread, and a library's
/// exception, are a fault and not the end of the process. Other threads stop as ever.
template <class Work>
Result<void> caught(const Work& work) {
  const ThreadStopHandler throwing([](std::string_view why) { throw Stopped(std::string(why)); });
  try {
    return work();
  } catch (const Stopped& stopped) {
    return fail(stopped.what());
  } catch (const kj::Exception& broken) {
    return fail(broken.getDescription().cStr());
  }
}

}  // namespace horae
