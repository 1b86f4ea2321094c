// What a power failure may leave of the log: crash-io HARNESS RECORDER [--runs N] [--acks N]
// [--seed N] [--states N]. Records the writes and syncs of the journal harness under load, builds
// the files as they may be after each of them (io_states.hpp), and reads each: everything
// acknowledged before is there, and the log is a gapless prefix of what was submitted. Ends with 1
// at the first that is not.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <random>

#include "core/cli/command.hpp"
#include "core/merkle.hpp"
#include "events/record.hpp"
#include "tests/crash/child.hpp"
#include "tests/crash/io_states.hpp"
#include "tests/crash/load.hpp"
#include "tests/storage/directory.hpp"

namespace {

using namespace horae;
using namespace horae::crash;

struct Run {
  test::Directory directory;
  std::uint64_t seed = 0;
  std::vector<IoStep> steps;
  std::vector<Ack> acks;  // in the order in which they were written
  Found found;            // in the end
  [[nodiscard]] std::string log() const { return (directory.path / "log").string(); }
};

void record(Run& run, const std::string& harness, const std::string& recorder, std::uint64_t acks) {
  const auto to = (run.directory.path / "steps").string();
  const std::string words[] = {harness, run.log(), std::to_string(run.seed), "0",
                               std::to_string(acks)};
  char* arguments[6] = {};
  for (std::size_t i = 0; i < 5; ++i) arguments[i] = const_cast<char*>(words[i].c_str());
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("LD_PRELOAD", recorder.c_str(), 1);
    ::setenv("HORAE_RECORD_TO", to.c_str(), 1);
    ::setenv("HORAE_RECORD_UNDER", run.log().c_str(), 1);
    ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
    ::execv(arguments[0], arguments);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) stop("the recorded harness failed");
  run.steps = read_steps(to);
  for (const auto& step : run.steps) {
    if (step.entry.kind != IoEntry::told || step.bytes.size() != sizeof(Ack)) continue;
    std::memcpy(&run.acks.emplace_back(), step.bytes.data(), sizeof(Ack));
  }
  const auto environment = open_log(run.log(), Access::read_only);
  if (!environment) stop(environment.error().what);
  auto found = read_log(*environment, run.seed);
  if (!found) stop(found.error().what);
  run.found = std::move(*found);
  if (auto whole = check_acks(run.found, run.acks); !whole) stop(whole.error().what);
  if (run.acks.empty()) stop("the harness was recorded without its receipts");
}

// The next life's first decision, stamped as the journal does.
Result<void> append_one(const std::filesystem::path& log, const Found& found, std::uint64_t seed) {
  auto environment = open_log(log, Access::durable);
  if (!environment) return tl::unexpected(environment.error());
  const auto decision = decision_at(seed, {1, 0, 0});
  merkle::Frontier tree;
  Hash32 head;
  for (const auto& hash : found.hashes) {
    tree.add(hash);
    head = hash;
  }
  std::vector<HeaderBytes> headers(decision.facts.size());
  std::vector<LogEntry> entries;
  std::vector<Hash32> tiles;
  for (std::size_t i = 0; i < decision.facts.size(); ++i) {
    RecordHeader header;
    header.domain = decision.facts[i].domain;
    header.kind = decision.facts[i].kind;
    header.more = i + 1 < decision.facts.size();
    header.seq = found.hashes.size() + 1 + i;
    header.time_ms = std::uint64_t{1} << 42;
    header.prev = head;
    headers[i] = encode(header);
    entries.push_back({headers[i], decision.facts[i].payload.bytes()});
    head = record_hash(headers[i], decision.facts[i].digest);
    if (const auto tile = tree.add(head)) tiles.push_back(*tile);
  }
  auto appended = LogWriter(*environment).append(found.hashes.size() + 1, entries, tiles);
  if (!appended) return appended;
  const auto again = read_log(*environment, seed);
  if (!again) return tl::unexpected(again.error());
  if (again->hashes.size() != found.hashes.size() + entries.size())
    return fail("an append is lost");
  return {};
}

// What is wrong with a state, in words.
std::string look(const Run& run, const std::filesystem::path& log, std::size_t told, bool write) {
  const std::vector<Ack> acks(run.acks.begin(),
                              run.acks.begin() + static_cast<std::ptrdiff_t>(told));
  Found found;
  if (std::filesystem::exists(log / "data.mdb")) {
    const auto environment = open_log(log, Access::read_only);
    if (!environment) return "reported: " + environment.error().what;
    auto read = read_log(*environment, run.seed);
    if (!read) return "reported: " + read.error().what;
    found = std::move(*read);
  }
  if (auto whole = check_acks(found, acks); !whole) return whole.error().what;
  if (found.hashes.size() > run.found.hashes.size() ||
      !std::equal(found.hashes.begin(), found.hashes.end(), run.found.hashes.begin())) {
    return "is no prefix of what was submitted";
  }
  if (!write) return {};
  const auto appended = append_one(log, found, run.seed);
  return appended ? std::string() : "does not go on: " + appended.error().what;
}

constexpr std::array<const char*, io_cases> case_names = {"everything written", "nothing unsynced",
                                                          "last write torn",    "one write missing",
                                                          "two missing",        "a random part"};

}  // namespace

int main(int argc, char** argv) {
  cli::Program app("Reads the log in every state that a power failure may leave", "crash-io");
  std::string harness;
  std::string recorder;
  unsigned runs = 2;
  std::uint64_t acks = 200;
  std::uint64_t most = 2000;
  std::uint64_t seed = std::random_device{}();
  app.add_option("harness", harness, "the program to record").required();
  app.add_option("recorder", recorder, "the library that records it").required();
  app.add_option("--runs", runs, "how many programs");
  app.add_option("--acks", acks, "receipts of each");
  app.add_option("--states", most, "of each, at most");
  app.add_option("--seed", seed, "of loads and choices");
  if (const auto ended = app.parse_or_tell(argc, argv)) return static_cast<int>(*ended);

  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::array<std::uint64_t, io_cases> counts{};
  std::uint64_t states = 0;
  std::uint64_t steps = 0;
  std::uint64_t continued = 0;
  bool sound = true;
  for (unsigned n = 0; n < runs && sound; ++n) {
    Run run;
    run.seed = seed + n;
    record(run, harness, recorder, acks);
    steps += run.steps.size();
    std::uint64_t left = most;
    all_states(run.steps, run.seed, [&](const IoState& state, IoCase which, std::size_t told) {
      const test::Directory place;
      state.put_into(run.log(), place.path);
      const bool write = ++states % 16 == 0;
      continued += write ? 1 : 0;
      ++counts[static_cast<std::size_t>(which)];
      const auto ended = in_child([&] { return look(run, place.path, told, write); });
      if (ended.signal == 0 && ended.what.empty()) return --left > 0;
      std::printf("state %llu (%s, %zu receipts before it): %s%s\n",
                  static_cast<unsigned long long>(states),
                  case_names[static_cast<std::size_t>(which)], told, ended.what.c_str(),
                  ended.signal == 0 ? "" : ::strsignal(ended.signal));
      return sound = false;
    });
  }
  std::printf("%u runs, %llu steps, %llu states, %llu of them written on:", runs,
              static_cast<unsigned long long>(steps), static_cast<unsigned long long>(states),
              static_cast<unsigned long long>(continued));
  for (std::size_t i = 0; i < io_cases; ++i) {
    std::printf(" %s %llu%s", case_names[i], static_cast<unsigned long long>(counts[i]),
                i + 1 < io_cases ? "," : "\n");
  }
  return sound ? 0 : 1;
}
