#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "core/files.hpp"
#include "storage/data_directory.hpp"
#include "tests/bench/disk.hpp"
#include "tests/bench/journal_load.hpp"
#include "tests/bench/made_log.hpp"
#include "tools/replay/audit/verify.hpp"

namespace horae::bench {
namespace {

constexpr std::uint64_t most_records = 2'000'000;
constexpr std::size_t batch_facts = 512;
constexpr double growth_bar_mib = 64;

// A full audit in a process of its own, as the auditor has it. Forked before anything is opened and
// any thread is there.
class Audit {
 public:
  explicit Audit(const std::filesystem::path& data_directory) {
    int begin[2];
    int end[2];
    if (::pipe2(begin, O_CLOEXEC) != 0 || ::pipe2(end, O_CLOEXEC) != 0) stop("no pipe");
    child_ = ::fork();
    if (child_ < 0) stop("no child process");
    if (child_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::close(begin[1]);
      ::close(end[0]);
      ::_exit(run(data_directory, begin[0], end[1]));
    }
    ::close(begin[0]);
    ::close(end[1]);
    begin_ = begin[1];
    end_ = end[0];
  }
  ~Audit() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    ::close(begin_);
    ::close(end_);
  }
  Audit(const Audit&) = delete;
  Audit& operator=(const Audit&) = delete;

  /// Lets it open its log: what it audits is what is there now. A log that is written to must be
  /// open for that already, since a reader that finds no lock.mdb takes it for a copy.
  void open() {
    go_on();
    char opened = 0;
    if (::read(end_, &opened, 1) != 1) stop("the audit cannot read its log");
  }
  void begin() { go_on(); }
  [[nodiscard]] bool going() const {
    pollfd ready{end_, POLLIN, 0};
    return ::poll(&ready, 1, 0) == 0;
  }
  /// How many records a second it audited.
  double rate() {
    double out = 0;
    if (::read(end_, &out, sizeof out) != sizeof out || out <= 0) stop("the audit failed");
    return out;
  }

 private:
  void go_on() {
    if (::write(begin_, "g", 1) != 1) stop("the audit is gone");
  }
  static int run(const std::filesystem::path& data_directory, int begin, int end) {
    char go = 0;
    if (::read(begin, &go, 1) != 1) return 1;
    const auto source = replay::Source::open(data_directory);
    if (!source || ::write(end, "r", 1) != 1 || ::read(begin, &go, 1) != 1) return 1;
    const auto start = Clock::now();
    const auto verified = replay::verify(*source, nullptr, 1);
    const double rate = verified ? static_cast<double>(source->last()) / seconds_since(start) : 0.0;
    return ::write(end, &rate, sizeof rate) == sizeof rate ? 0 : 1;
  }

  pid_t child_ = -1;
  int begin_ = -1;
  int end_ = -1;
};

void copy_log(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::create_directories(DataPaths{to}.log());
  const auto file = DataPaths{to}.log() / "data.mdb";
  std::filesystem::copy_file(DataPaths{from}.log() / "data.mdb", file,
                             std::filesystem::copy_options::overwrite_existing);
  if (auto synced = sync_path(file); !synced) stop(synced.error().what);
}

struct Turn {
  double facts_per_second = 0;
  double audited_per_second = 0;
  double facts = 0;
  double grown_bytes = 0;
};

// Of the file's pages, as the log's newest commit has them: what is filled ahead is no growth.
double used_bytes(const std::filesystem::path& data_directory) {
  const auto environment = open_log(DataPaths{data_directory}.log(), Access::read_only);
  if (!environment) stop(environment.error().what);
  const auto room = (*environment)->room();
  if (!room) stop(room.error().what);
  return static_cast<double>(room->used_bytes);
}

// The journal goes on with the log in `live` under a full load while another process audits
// `audited`, which may be the same log.
Turn turn(const std::filesystem::path& live, const std::filesystem::path& audited) {
  Turn out;
  const auto before = used_bytes(live);
  {
    Audit audit(audited);
    JournalLoad load(DataPaths{live}.log(), batch_facts);
    audit.open();
    const auto appended = [&](double seconds) {
      const auto start = Clock::now();
      const auto rate = load.saturated(seconds);
      return rate * seconds_since(start);
    };
    const auto warm = appended(0.2);
    audit.begin();
    const auto start = Clock::now();
    do {
      out.facts += appended(0.05);
    } while (audit.going());
    out.facts_per_second = out.facts / seconds_since(start);
    out.audited_per_second = audit.rate();
    out.facts += warm;
  }
  out.grown_bytes = used_bytes(live) - before;
  return out;
}

}  // namespace

void reader(const Options& options) {
  const RunDirectory run(options.directory);
  const auto made = run.path() / "made";
  const auto live = run.path() / "live";
  make_log(made, std::min(options.records, most_records));
  std::vector<double> of_copy;
  std::vector<double> of_live;
  std::vector<double> audits_of_copy;
  std::vector<double> audits_of_live;
  std::vector<double> extra_mib;
  for (unsigned rep = 0; rep < options.reps; ++rep) {
    // What the appended records take by themselves is seen beside the audit of the copy.
    copy_log(made, live);
    const auto beside = turn(live, made);
    copy_log(made, live);
    const auto on = turn(live, live);
    of_copy.push_back(beside.facts_per_second);
    of_live.push_back(on.facts_per_second);
    audits_of_copy.push_back(beside.audited_per_second);
    audits_of_live.push_back(on.audited_per_second);
    const auto needed = on.facts * beside.grown_bytes / beside.facts;
    extra_mib.push_back((on.grown_bytes - needed) / (1 << 20));
  }
  const auto bound = median(of_copy);
  print({"reader",
         "journal,audit=live",
         median(of_live),
         "facts/s",
         bound,
         "journal beside the audit of a copy",
         {}},
        options);
  print({"reader",
         "audit=live",
         median(audits_of_live),
         "facts/s",
         median(audits_of_copy),
         "audit of a copy",
         {}},
        options);
  // Here lower is better: what the file grew beyond what its new records need.
  print({"reader",
         "growth",
         *std::max_element(extra_mib.begin(), extra_mib.end()),
         "MiB",
         growth_bar_mib,
         "MiB that are allowed",
         {}},
        options);
}

}  // namespace horae::bench
