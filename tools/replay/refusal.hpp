#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "core/exit.hpp"

namespace horae::replay {

/// Why there is no answer, and how the process ends for it.
struct Refusal {
  Exit code;
  std::string what;
};

template <class T>
using Outcome = tl::expected<T, Refusal>;

[[nodiscard]] inline tl::unexpected<Refusal> refuse(Exit code, std::string what) {
  return tl::unexpected<Refusal>(Refusal{code, std::move(what)});
}

}  // namespace horae::replay
