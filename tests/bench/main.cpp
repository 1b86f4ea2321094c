#include <fmt/format.h>

#include <array>
#include <charconv>
#include <exception>

#include "core/cli/command.hpp"
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
    Bench{"engine", "transfers a second from a list to the engine's new head, durable in between",
          bench::engine},
    Bench{"pool",
          "a pool of four: a block agreed at all, inputs a second, catching up, what idling takes",
          bench::pool},
};

// A text that is no number from 0.001 to 3600 is refused. Here and not in core/cli, where nothing
// may be a floating-point number.
Result<void> read_seconds(const std::string& text, Options& options) {
  double seconds = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, seconds);
  if (error != std::errc{} || stopped != end || !(seconds >= 0.001 && seconds <= 3600)) {
    return fail("wanted 0.001 to 3600, got " + text);
  }
  options.seconds = seconds;
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  cli::Program app("Measures Horae beside the physical bounds of the machine it runs on.");
  Options options;
  std::vector<std::string> names;
  // bin/ lies in the build's directory, which is on a disk where /tmp often is not.
  std::string directory =
      std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
  app.add_option("names", names, "list, or which to run").required();
  app.add_flag("--json", options.json, "one object a line");
  app.add_option(
         "--seconds", [&](const std::string& text) { return read_seconds(text, options); },
         "length of one measurement")
      .type_name("FLOAT in [0.001 - 3600]");
  app.add_option("--reps", options.reps, "turns, of which the median is told")
      .range(std::uint64_t{1}, std::uint64_t{1000});
  app.add_option("--records", options.records, "length of a made log")
      .range(std::uint64_t{100}, std::uint64_t{1} << 40);
  app.add_option("--txns", options.txns, "of the largest block that an engine is given")
      .range(std::uint64_t{200}, std::uint64_t{4'000});
  app.add_option("--blocks", options.blocks, "that an engine is behind, and that a pool agrees on")
      .range(std::uint64_t{1}, std::uint64_t{1'000'000});
  app.add_option("--heights", options.heights, "that a member of a pool is behind")
      .range(std::uint64_t{1}, std::uint64_t{1'000'000});
  app.add_option("--l1-heads", options.l1_heads,
                 "that a pool agrees on while it is looked at idle; 0: it is not looked at")
      .range(std::uint64_t{0}, std::uint64_t{1'000'000});
  app.add_option("--directory", directory, "on the disk that is to be measured");
  if (const auto ended = app.parse_or_tell(argc, argv)) return static_cast<int>(*ended);
  options.directory = directory;
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
