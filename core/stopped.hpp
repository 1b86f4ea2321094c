#pragma once

#include <stdexcept>

namespace horae {

/// What a stop handler (core/result.hpp) throws where a stop is not to end the process, but what
/// was being read, or a test's actor.
struct Stopped : std::logic_error {
  using std::logic_error::logic_error;
};

}  // namespace horae
