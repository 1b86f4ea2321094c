#pragma once

#include "node/logging/settings.hpp"

namespace horae::logging {

/// The log of a running node, on stderr: lines are put together by whoever speaks and written by a
/// thread of its own, so that a terminal or pipe that nobody reads holds no actor up. Of too many
/// lines the oldest are lost, and a line says how many. One at a time; to be made with the stop
/// signals blocked (StopSignals) and before anybody who speaks. Its end waits for all lines.
///
/// While there is one, stop() and end_at_once() speak through it: theirs is the last line, after
/// those that wait if they can be written within a second.
class NodeLog {
 public:
  explicit NodeLog(Settings settings);
  ~NodeLog();
  NodeLog(const NodeLog&) = delete;
  NodeLog& operator=(const NodeLog&) = delete;
};

}  // namespace horae::logging
