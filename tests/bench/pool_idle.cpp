// What a member of a pool takes while nobody wants anything of it: a dev network of four nodes.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "core/files.hpp"
#include "events/record.hpp"
#include "node/child/answering.hpp"
#include "node/pool/pool_link.hpp"
#include "storage/data_directory.hpp"
#include "storage/log.hpp"
#include "tests/bench/bench.hpp"
#include "tests/bench/disk.hpp"

namespace horae::bench {
namespace {

using Facts = schema::PoolFact;

// Of L1 the dev network's pool agrees on every second block, and one comes each second; a pool by a
// genesis of its own on every eighth (GenesisWanted), and Ethereum makes one each twelve
// (EIP-3675).
constexpr double heads_as_often = 8.0 * 12 / 2;
constexpr auto look_every = std::chrono::milliseconds(20);

/// A dev network of four nodes, which ends with this object.
class FourNodes {
 public:
  explicit FourNodes(const std::filesystem::path& directory) : directory_(directory / "dev") {
    const auto horae = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "horae";
    std::vector<std::string> environment;
    for (char** each = environ; *each != nullptr; ++each) environment.emplace_back(*each);
    const auto log = directory / "dev.log";
    auto child = Child::start({horae,
                               {"dev", "--nodes", "4", "--datadir", directory_.string(),
                                "--l1-port", "0", "--l2-port", "0", "--ops-port", "0"},
                               environment,
                               directory,
                               log});
    if (!child) stop(child.error().what);
    child_.emplace(std::move(*child));
    const auto described = [this] { return std::filesystem::exists(directory_ / "dev.json"); };
    const auto there = await_answer(*child_, "horae dev", log, described, std::chrono::seconds(60));
    if (!there) stop(there.error().what);
  }
  ~FourNodes() { child_->stop(std::chrono::seconds(30)); }
  FourNodes(const FourNodes&) = delete;
  FourNodes& operator=(const FourNodes&) = delete;

  /// A member that does not lead, as dev.json tells it.
  [[nodiscard]] boost::json::object member() const {
    const auto text = read_small_file(directory_ / "dev.json");
    if (!text) stop(text.error().what);
    return boost::json::parse(*text).at("nodes").at(1).as_object();
  }
  void pause() {
    if (const auto end = child_->wait(look_every)) stop("horae dev " + *end);
  }

 private:
  std::filesystem::path directory_;
  std::optional<Child> child_;
};

/// A member's log, as it grows.
class GrowingLog {
 public:
  explicit GrowingLog(const std::filesystem::path& log) {
    const auto opened = open_log(log, Access::read_only);
    if (!opened) stop(opened.error().what);
    environment_ = *opened;
    log_.emplace(environment_);
  }
  /// Of its file, without the zeros that the node keeps ahead.
  [[nodiscard]] double bytes() const {
    const auto room = environment_->room();
    if (!room) stop(room.error().what);
    return static_cast<double>(room->used_bytes);
  }
  /// How many heads of L1 the pool has agreed on.
  std::uint64_t heads() {
    const auto shown = log_->scan(seq_ + 1, UINT64_MAX, [&](std::uint64_t seq, BytesView value) {
      const auto record = decode_record(value);
      if (!record) stop(record.error().what);
      const auto& header = record->header;
      if (header.domain == schema::Domain::POOL && header.kind == Facts::L1_AGREED) ++count_;
      seq_ = seq;
      return true;
    });
    if (!shown) stop(shown.error().what);
    return count_;
  }

 private:
  std::shared_ptr<Environment> environment_;
  std::optional<LogReader> log_;
  std::uint64_t seq_ = 0, count_ = 0;
};

// Milliseconds that a process has had a processor (proc(5): the 14th and 15th field of stat).
double processor_ms(const std::string& pid) {
  const auto stat = read_small_file("/proc/" + pid + "/stat");
  if (!stat) stop(stat.error().what);
  std::istringstream fields(stat->substr(stat->rfind(')') + 2));
  std::string field;
  double ticks = 0;
  for (int at = 3; fields >> field; ++at) {
    if (at == 14 || at == 15) ticks += std::stod(field);
  }
  return 1'000 * ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

// Bytes that a directory takes on the disk; what goes meanwhile counts or not.
double taken_by(const std::filesystem::path& directory) {
  double out = 0;
  std::error_code gone;
  for (const auto& each : std::filesystem::recursive_directory_iterator(directory, gone)) {
    struct stat status {};
    if (::lstat(each.path().c_str(), &status) == 0)
      out += 512.0 * static_cast<double>(status.st_blocks);
  }
  return out;
}

struct Taken {
  Clock::time_point at;
  double node_ms, comet_ms, log, store;
};

void tell_processor(const Taken& from, const Taken& to, double seconds, const Options& options) {
  const auto node = to.node_ms - from.node_ms;
  const auto comet = to.comet_ms - from.comet_ms;
  Line line{"pool",
            "idle,processor",
            1'000 * seconds / (node + comet),
            "members/core",
            1'000 * seconds / comet,
            "its CometBFT alone",
            {}};
  line.besides = {{"node_ms_a_minute", 60 * node / seconds},
                  {"cometbft_ms_a_minute", 60 * comet / seconds},
                  {"over_s", seconds}};
  print(line, options);
}

void tell_disk(const Taken& from, const Taken& to, double seconds, const Options& options) {
  const auto a_day = [&](double bytes) { return bytes / seconds * 86'400 / heads_as_often; };
  const auto log = a_day(to.log - from.log);
  const auto store = a_day(to.store - from.store);
  Line line{"pool",    "idle,disk", 1e9 / (log + store),
            "days/GB", 1e9 / store, "its CometBFT's store alone",
            {}};
  line.besides = {{"log_bytes_a_day", log}, {"cometbft_bytes_a_day", store}, {"over_s", seconds}};
  print(line, options);
}

}  // namespace

void idle_member(const Options& options) {
  const RunDirectory run(options.directory);
  FourNodes network(run.path());
  const auto member = network.member();
  const std::filesystem::path datadir(member.at("datadir").as_string().c_str());
  const auto node = std::to_string(member.at("pid").to_number<std::int64_t>());
  GrowingLog log(DataPaths{datadir}.log());
  const auto await_heads = [&](std::uint64_t count) {
    while (log.heads() < count) network.pause();
  };
  // It rests once two heads came as far apart as L1 makes them: every second block, of a second.
  auto before = Clock::now();
  while (true) {
    await_heads(log.heads() + 1);
    if (seconds_since(before) > 1.5) break;
    before = Clock::now();
  }
  const auto children = read_small_file("/proc/" + node + "/task/" + node + "/children");
  if (!children) stop(children.error().what);
  const auto comet = children->substr(0, children->find(' '));
  const auto taken = [&] {
    return Taken{Clock::now(), processor_ms(node), processor_ms(comet), log.bytes(),
                 taken_by(PoolPaths(datadir).comet())};
  };
  const auto from = taken();
  await_heads(log.heads() + options.l1_heads);
  const auto to = taken();
  const auto seconds = std::chrono::duration<double>(to.at - from.at).count();
  tell_processor(from, to, seconds, options);
  tell_disk(from, to, seconds, options);
}

}  // namespace horae::bench
