#pragma once

#include "tools/inspect/screen.hpp"

namespace horae::inspect {

enum class Key {
  up,
  down,
  page_up,
  page_down,
  home,
  end,
  enter,
  back,
  edges,
  sort,
  reverse,
  pause,
  help,
  quit,
  other,
};

/// What a key makes of the view; false: it ends.
[[nodiscard]] bool press(Key key, const Scene& scene, View& view);

}  // namespace horae::inspect
