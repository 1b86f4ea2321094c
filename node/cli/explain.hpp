#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace horae {

/// Something that `horae explain` knows. A name may stand for several things, each with an entry.
struct Explained {
  std::string_view group;  // the heading under which it is listed
  std::string name;
  std::string title;  // one line
  std::string text;   // what it means and what to do, in lines
};

/// All there is: codes, exit codes, reasons and states, doctor's checks, alerts, lints, reverts.
[[nodiscard]] std::vector<Explained> everything_explained();

}  // namespace horae
