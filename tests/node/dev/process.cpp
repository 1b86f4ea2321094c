// A process that a test can kill: starts the dev network in a directory, says "ready" and waits for
// the end of its standard input.
#include <unistd.h>

#include <cstdio>

#include "node/dev/dev_network.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  horae::dev::Options options;
  options.datadir = argv[1];
  options.l1_port = 0;
  options.l2_port = 0;
  options.l1_block_time_s = 0;
  options.programs = horae::dev::find_programs();
  auto network = horae::dev::DevNetwork::start(options, [](horae::Level, const std::string& line) {
    std::fprintf(stderr, "%s\n", line.c_str());
  });
  if (!network) {
    std::fprintf(stderr, "%s\n", network.error().what.c_str());
    return static_cast<int>(network.error().exit());
  }
  std::puts("ready");
  std::fflush(stdout);
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  return (*network)->stop() ? 0 : 1;
}
