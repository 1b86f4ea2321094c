#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <exception>

#include "core/exit.hpp"
#include "tests/bench/bench.hpp"
#include "tests/bench/disk.hpp"

namespace {

using namespace horae;
using bench::Options;

struct Bench {
  const char* name;
  const char* about;
  void (*run)(const Options&);
};

constexpr std::array benches{
    Bench{"journal", "facts a second on the disk: raw append, bare LMDB, the whole journal",
          bench::journal},
    Bench{"ack", "from offer to receipt at 10,000 facts a second", bench::ack},
    Bench{"verify", "facts a second of a full audit of a mixed log", bench::verify},
    Bench{"start", "the fold of a mixed log at a start", bench::start},
    Bench{"reader", "what a full audit of a running node's log costs its journal, and its file",
          bench::reader},
    Bench{"attach", "acknowledgements with a hundred inspectors attached, and without",
          bench::attach},
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures Horae beside the physical bounds of the machine it runs on.");
  Options options;
  std::vector<std::string> names;
  // bin/ lies in the build's directory, which is on a disk where /tmp often is not.
  options.directory = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
  app.add_option("names", names, "list, or which to run")->required();
  app.add_flag("--json", options.json, "one object a line");
  app.add_option("--seconds", options.seconds, "length of one measurement")
      ->check(CLI::Range(0.001, 3600.0));
  app.add_option("--reps", options.reps, "turns, of which the median is told")
      ->check(CLI::Range(1u, 1000u));
  app.add_option("--records", options.records, "length of a made log")
      ->check(CLI::Range(std::uint64_t{100}, std::uint64_t{1} << 40));
  app.add_option("--directory", options.directory, "on the disk that is to be measured");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(Exit::usage);
  }
  try {
    if (names == std::vector<std::string>{"list"}) {
      for (const auto& each : benches) fmt::print("{:<8} {}\n", each.name, each.about);
      return 0;
    }
    for (const auto& name : names) {
      if (std::ranges::none_of(benches, [&](const Bench& each) { return name == each.name; })) {
        fmt::print(stderr, "horae-bench: no bench is called {}; see: horae-bench list\n", name);
        return static_cast<int>(Exit::usage);
      }
    }
    if (bench::in_memory(options.directory)) {
      fmt::print(stderr,
                 "horae-bench: {} lies in memory, where a sync costs nothing: give --directory on "
                 "a disk\n",
                 options.directory.string());
      return static_cast<int>(Exit::precondition);
    }
    for (const auto& name : names) {
      std::ranges::find_if(benches, [&](const Bench& each) {
        return name == each.name;
      })->run(options);
    }
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "horae-bench: {}\n", error.what());
    return static_cast<int>(Exit::unexpected);
  }
}
