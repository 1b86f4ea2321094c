#include "tests/fuzz/targets.hpp"

// One target a program: HORAE_FUZZ_TARGET names it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)horae::fuzz::HORAE_FUZZ_TARGET({data, size});
  return 0;
}
