#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "core/trouble.hpp"

namespace horae::replay {

/// What a question comes to: an answer, or why there is none.
template <class T>
using Outcome = tl::expected<T, Failure>;

[[nodiscard]] inline tl::unexpected<Failure> refuse(Trouble trouble, std::string what) {
  return tl::unexpected<Failure>(Failure{trouble, std::move(what)});
}

}  // namespace horae::replay
