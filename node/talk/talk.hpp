#pragma once

#include <memory>
#include <string>

#include "core/trouble.hpp"
#include "node/talk/settings.hpp"

namespace horae::talk {

/// The log of a running node, on stderr: lines are put together by whoever speaks and written by a
/// thread of its own, so that a terminal or pipe that nobody reads holds no actor up. Of too many
/// lines the oldest are lost, and a line says how many. One at a time; to be made with the stop
/// signals blocked (StopSignals) and before anybody who speaks. Its end waits for all lines.
///
/// While there is one, what cannot happen (stop) is told as a line, too.
class Talk {
 public:
  explicit Talk(Settings settings);
  ~Talk();
  Talk(const Talk&) = delete;
  Talk& operator=(const Talk&) = delete;
};

/// Ends the process at once with the failure as the last line, after those that wait if they can
/// be written within a second. For what must not run on: no destructor runs.
[[noreturn]] void last_words(std::string_view who, const Failure& failure);

}  // namespace horae::talk
