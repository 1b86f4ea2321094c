#include "storage/environment.hpp"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>

#include "storage/log.hpp"
#include "tests/storage/directory.hpp"
#include "tests/storage/records.hpp"

using namespace horae;
using test::Directory;
namespace fs = std::filesystem;

namespace {

std::shared_ptr<Environment> open_environment(const fs::path& directory,
                                              Access access = Access::durable) {
  auto environment = open_log(directory, access);
  if (!environment) throw std::runtime_error(environment.error().what);
  return *environment;
}

void fill(const fs::path& directory, std::size_t records) {
  LogWriter writer(open_environment(directory));
  if (!test::append(writer, 1, records)) throw std::runtime_error("no append");
}

// Both ways of opening must refuse with words, not crash.
void check_refused(const fs::path& directory, const std::string& part) {
  for (const auto access : {Access::durable, Access::read_only}) {
    const auto environment = open_log(directory, access);
    BOOST_REQUIRE(!environment.has_value());
    BOOST_TEST(environment.error().what.find(part) != std::string::npos,
               environment.error().what << " does not say: " << part);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(environment)

BOOST_AUTO_TEST_CASE(a_second_open_in_one_process_is_refused) {
  const Directory directory;
  auto first = open_environment(directory.path / "log");
  BOOST_TEST(Environment::is_open(directory.path / "log"));
  check_refused(directory.path / "log", "is open in this process already");
  fs::create_directory_symlink(directory.path / "log", directory.path / "other-name");
  check_refused(directory.path / "other-name", "is open in this process already");
  first.reset();
  BOOST_TEST(!Environment::is_open(directory.path / "log"));
  open_environment(directory.path / "other-name");
}

BOOST_AUTO_TEST_CASE(a_file_that_was_moved_away_is_not_in_its_place) {
  const Directory directory;
  const auto log = directory.path / "log";
  const auto environment = open_environment(log);
  LogWriter writer(environment);
  BOOST_TEST(environment->in_place().has_value());
  BOOST_TEST(test::append(writer, 1, 10).has_value());
  fs::rename(log, directory.path / "away");
  BOOST_TEST(!environment->in_place().has_value());
  // An append into what nobody will find is no append.
  const auto lost = test::append(writer, 11, 1);
  BOOST_REQUIRE(!lost.has_value());
  BOOST_TEST(lost.error().what.find("is gone from its place") != std::string::npos);
  BOOST_TEST(writer.broken());
  // Nor is another file under the name, though it be its copy.
  fs::copy(directory.path / "away", log);
  BOOST_TEST(!environment->in_place().has_value());
  fs::remove_all(log);
  fs::rename(directory.path / "away", log);
  BOOST_TEST(environment->in_place().has_value());
  LogReader reader(environment);
  BOOST_TEST(*reader.last_seq() >= 10u);
}

BOOST_AUTO_TEST_CASE(a_full_map_tells_where_and_how_full) {
  const Directory directory;
  open_environment(directory.path / "log");
  const auto environment = *open_log(directory.path / "log", Access::durable, 1 << 20);
  LogWriter writer(environment);
  std::uint64_t last = 0;
  Result<void> appended;
  for (; (appended = test::append(writer, last + 1, 100)); last += 100) {
  }
  BOOST_TEST(!writer.broken());
  BOOST_TEST((tightness(*environment->room()) == Tightness::closed));
  const auto& said = appended.error().what;
  BOOST_TEST(said.find("of 1048576 of its map are used") != std::string::npos, said);
  BOOST_TEST(said.find(directory.path.string()) != std::string::npos, said);
  LogReader reader(environment);
  BOOST_TEST(*reader.last_seq() == last);
}

BOOST_AUTO_TEST_CASE(nothing_is_inherited_by_children) {
  const Directory directory;
  const auto kept = open_environment(directory.path / "log");
  int found = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    const auto target = fs::read_symlink(entry.path(), error).string();
    if (error || !target.starts_with(directory.path.string())) continue;
    ++found;
    const int descriptor = std::stoi(entry.path().filename().string());
    BOOST_TEST((::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0, target << " would be inherited");
  }
  BOOST_TEST(found >= 2);
}

BOOST_AUTO_TEST_CASE(files_and_directories_are_private) {
  const Directory directory;
  fill(directory.path / "log", 3);
  struct stat status {};
  BOOST_REQUIRE(::stat((directory.path / "log").c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 0777) == 0700u);
  for (const auto* name : {"data.mdb", "lock.mdb"}) {
    BOOST_REQUIRE(::stat((directory.path / "log" / name).c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 0777) == 0600u);
  }
  BOOST_TEST(!fs::exists(directory.path / "log" / "new"));
}

BOOST_AUTO_TEST_CASE(readers_create_nothing) {
  const Directory directory;
  const auto missing = open_log(directory.path / "log", Access::read_only);
  BOOST_TEST(!missing.has_value());
  BOOST_TEST(fs::is_empty(directory.path));
  // A copy of data.mdb alone is read without leaving a lock file beside it.
  fill(directory.path / "log", 100);
  fs::create_directory(directory.path / "copy");
  fs::copy(directory.path / "log" / "data.mdb", directory.path / "copy" / "data.mdb");
  {
    LogReader reader(open_environment(directory.path / "copy", Access::read_only));
    BOOST_TEST(*reader.last_seq() == 100u);
  }
  BOOST_TEST(!fs::exists(directory.path / "copy" / "lock.mdb"));
}

BOOST_AUTO_TEST_CASE(a_killed_creation_leaves_nothing_in_the_way) {
  const Directory directory;
  fs::create_directories(directory.path / "log" / "new");
  std::ofstream(directory.path / "log" / "new" / "data.mdb") << "half";
  fill(directory.path / "log", 2);
  BOOST_TEST(!fs::exists(directory.path / "log" / "new"));
}

BOOST_AUTO_TEST_CASE(damaged_files_are_refused_with_words) {
  const Directory directory;
  const auto log = directory.path / "log";
  const auto file = log / "data.mdb";
  fill(log, 500);
  // What a writer filled ahead is nobody's loss.
  const auto size = open_environment(log)->room()->used_bytes;
  fs::resize_file(file, size);
  const auto whole = directory.path / "whole";
  fs::copy(file, whole);
  const auto restore = [&] { fs::copy(whole, file, fs::copy_options::overwrite_existing); };

  fs::resize_file(file, size - 65536);
  check_refused(log, "is truncated");
  fs::resize_file(file, 100);
  check_refused(log, "is truncated");
  fs::resize_file(file, 0);
  check_refused(log, "is empty");
  restore();
  test::overwrite(file, 0, std::string(4096, '\0'));
  check_refused(log, "is zeroed");
  restore();
  test::overwrite(file, 4096, std::string(4096, '\0'));
  check_refused(log, "is zeroed");
  restore();
  test::overwrite(file, 0, std::string(8192, '\0'));
  check_refused(log, "is zeroed");
  restore();
  test::overwrite(file, 0, std::string(static_cast<std::size_t>(size), 'x'));
  check_refused(log, "is not an LMDB file");
  restore();
  test::overwrite(file, 40, std::string("\x01\x02\x03\x04", 4));
  check_refused(log, "pages have");
  restore();
  test::overwrite(file, 16 + 4, "\x07");
  check_refused(log, "data version 7");
  restore();
  LogReader reader(open_environment(log));
  BOOST_TEST(*reader.last_seq() == 500u);
}

// LMDB takes pages from the end of the file and gives them back within a commit, unwritten: nothing
// is lost where only such pages are missing.
BOOST_AUTO_TEST_CASE(free_pages_at_the_end_may_be_missing) {
  const Directory directory;
  const auto log = directory.path / "log";
  const auto file = log / "data.mdb";
  fill(log, 100);
  const auto before = fs::file_size(file);
  constexpr std::uint64_t large_pages = 2000;
  {
    // A large value comes and goes, and its pages stay behind as a list of free ones that is itself
    // longer than a page. The commits after it bring that list to the front.
    const auto environment = open_environment(log);
    const auto table = environment->table("log");
    const std::uint64_t name = ~std::uint64_t{0};
    Bytes large(4096 * large_pages);
    for (const bool put : {true, false}) {
      MDB_txn* txn = nullptr;
      MDB_val key{sizeof name, const_cast<std::uint64_t*>(&name)};
      MDB_val value{large.size(), large.data()};
      BOOST_REQUIRE(mdb_txn_begin(environment->raw(), nullptr, 0, &txn) == 0);
      BOOST_REQUIRE(
          (put ? mdb_put(txn, table, &key, &value, 0) : mdb_del(txn, table, &key, nullptr)) == 0);
      BOOST_REQUIRE(mdb_txn_commit(txn) == 0);
    }
    LogWriter writer(environment);
    for (std::uint64_t seq = 101; seq <= 110; ++seq) {
      BOOST_REQUIRE(test::append(writer, seq, 1).has_value());
    }
  }
  BOOST_REQUIRE(fs::file_size(file) > before + large_pages * 4096);
  fs::resize_file(file, before + large_pages * 4096 / 2);
  {
    const auto environment = open_environment(log);
    LogReader reader(environment);
    const auto all = *reader.read(1, 1000, SIZE_MAX);
    BOOST_TEST(all.size() == 110u);
    for (const auto& record : all) BOOST_TEST(record.value == test::value_of(record.seq));
    LogWriter writer(environment);
    BOOST_TEST(test::append(writer, 111, 500).has_value());
  }
  fs::resize_file(file, before / 2);
  check_refused(log, "is truncated");
}

BOOST_AUTO_TEST_CASE(an_lmdb_file_of_another_kind_is_refused) {
  const Directory directory;
  BOOST_REQUIRE(Environment::open({.directory = directory.path / "log", .tables = {"cats"}}));
  check_refused(directory.path / "log", "of another kind");
}

BOOST_AUTO_TEST_CASE(a_reader_in_another_process_follows_the_writer) {
  const Directory directory;
  fill(directory.path / "log", 10);
  int to_child[2];
  int to_parent[2];
  BOOST_REQUIRE(::pipe(to_child) == 0);
  BOOST_REQUIRE(::pipe(to_parent) == 0);
  const pid_t child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    ::close(to_child[1]);
    ::close(to_parent[0]);
    // Its map is smaller than what the writer will have written, so that it has to follow.
    auto environment = Environment::open({.directory = directory.path / "log",
                                          .access = Access::read_only,
                                          .tables = {"log"},
                                          .map_bytes = 1 << 20});
    if (!environment) ::_exit(1);
    LogReader reader(*environment);
    for (char go = 0; ::read(to_child[0], &go, 1) == 1;) {
      std::uint64_t seen = 0;
      const auto shown = reader.scan(1, UINT64_MAX, [&](std::uint64_t seq, BytesView value) {
        const auto wanted = test::value_of(seq);
        if (std::equal(value.begin(), value.end(), wanted.begin(), wanted.end())) ++seen;
        return true;
      });
      if (!shown || *shown != seen) ::_exit(2);
      if (::write(to_parent[1], &seen, sizeof seen) != sizeof seen) ::_exit(3);
    }
    ::_exit(0);
  }
  ::close(to_child[0]);
  ::close(to_parent[1]);
  {
    const auto environment = open_environment(directory.path / "log");
    LogWriter writer(environment);
    std::uint64_t last = 10;
    for (int round = 0; round < 8; ++round) {
      BOOST_TEST(test::append(writer, last + 1, 500).has_value());
      last += 500;
      std::uint64_t seen = 0;
      BOOST_REQUIRE(::write(to_child[1], "g", 1) == 1);
      BOOST_REQUIRE(::read(to_parent[0], &seen, sizeof seen) == sizeof seen);
      BOOST_TEST(seen == last);
    }
    BOOST_TEST(environment->room()->used_bytes > 1u << 20);
    // A reader that is killed leaves a slot, and the next check frees it.
    ::kill(child, SIGKILL);
    int status = 0;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    BOOST_TEST(*environment->check_readers() == 1);
    BOOST_TEST(*environment->check_readers() == 0);
  }
  ::close(to_child[1]);
  ::close(to_parent[0]);
}

BOOST_AUTO_TEST_SUITE_END()
