#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/fuzz/seeds.hpp"

// fuzz_seeds TARGET DIR: writes what a target begins with into files, for libFuzzer to go on from.
int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: fuzz_seeds TARGET DIR\n");
    return 2;
  }
  std::filesystem::create_directories(argv[2]);
  int count = 0;
  for (const auto& seed : horae::fuzz::seeds(argv[1])) {
    const auto file = std::filesystem::path(argv[2]) / ("seed_" + std::to_string(count++));
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(seed.data()),
               static_cast<std::streamsize>(seed.size()));
  }
  return 0;
}
