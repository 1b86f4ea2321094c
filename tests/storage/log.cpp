#include "storage/log.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <random>
#include <thread>

#include "core/message.hpp"
#include "tests/storage/directory.hpp"
#include "tests/storage/records.hpp"

using namespace horae;
using test::Directory;
using test::value_of;

namespace {

std::shared_ptr<Environment> open_log(const Directory& directory, Access access = Access::durable) {
  auto environment = open_log(directory.path / "log", access);
  if (!environment) throw std::runtime_error(environment.error().what);
  return *environment;
}

// The log must hold records 1 … last and nothing else, each as it was written.
void check_prefix(LogReader& reader, std::uint64_t last) {
  std::uint64_t next = 1;
  const auto shown = reader.scan(0, UINT64_MAX, [&](std::uint64_t seq, BytesView value) {
    const auto wanted = value_of(next);
    const bool same =
        seq == next && std::equal(value.begin(), value.end(), wanted.begin(), wanted.end());
    BOOST_TEST(same, "record " << seq << " is not record " << next << " as written");
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(value.data()) % 8 == 0u);
    ++next;
    return same;
  });
  BOOST_REQUIRE(shown.has_value());
  BOOST_TEST(*shown == last);
  BOOST_TEST(next == last + 1);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_)

BOOST_AUTO_TEST_CASE(what_was_appended_is_read_again) {
  const Directory directory;
  {
    LogWriter writer(open_log(directory));
    BOOST_TEST(!writer.last()->has_value());
    BOOST_TEST(test::append(writer, 1, 1).has_value());
    BOOST_TEST(test::append(writer, 2, 2999).has_value());
    const auto last = *writer.last();
    BOOST_REQUIRE(last.has_value());
    BOOST_TEST(last->seq == 3000u);
    BOOST_TEST(last->value == value_of(3000));
  }
  const auto environment = open_log(directory);
  LogReader reader(environment);
  check_prefix(reader, 3000);
  BOOST_TEST(*reader.last_seq() == 3000u);
  BOOST_TEST((*reader.get(17))->value == value_of(17));
  BOOST_TEST(!reader.get(3001)->has_value());
  BOOST_TEST(!reader.get(0)->has_value());
  LogWriter writer(environment);
  BOOST_TEST(test::append(writer, 3001, 5).has_value());
  check_prefix(reader, 3005);
}

BOOST_AUTO_TEST_CASE(slices_are_bounded_but_never_empty) {
  const Directory directory;
  const auto environment = open_log(directory);
  LogWriter writer(environment);
  BOOST_TEST(test::append(writer, 1, 200).has_value());
  LogReader reader(environment);
  BOOST_TEST(reader.read(1, 10, 1 << 20)->size() == 10u);
  BOOST_TEST(reader.read(195, 10, 1 << 20)->size() == 6u);
  BOOST_TEST(reader.read(201, 10, 1 << 20)->empty());
  BOOST_TEST(reader.read(1, 0, 1 << 20)->empty());
  // Record 50 alone is longer than the bytes allowed.
  const auto one = *reader.read(50, 10, 100);
  BOOST_REQUIRE(one.size() == 1u);
  BOOST_TEST(one[0].seq == 50u);
  const auto room = value_of(1).size() + value_of(2).size();
  BOOST_TEST(reader.read(1, 10, room)->size() == 2u);
  BOOST_TEST(reader.read(1, 10, room - 1)->size() == 1u);
  BOOST_TEST(reinterpret_cast<std::uintptr_t>(one[0].value.data()) % 8 == 0u);
  // A scan ends where it is told to.
  BOOST_TEST(*reader.scan(10, 20, [](auto, auto) { return true; }) == 11u);
  BOOST_TEST(*reader.scan(10, 20, [](auto seq, auto) { return seq < 12; }) == 3u);
}

BOOST_AUTO_TEST_CASE(gaps_duplicates_and_odd_lengths_are_refused) {
  const Directory directory;
  const auto environment = open_log(directory);
  LogWriter writer(environment);
  BOOST_TEST(!test::append(writer, 2, 1).has_value());
  BOOST_TEST(!test::append(writer, 0, 1).has_value());
  BOOST_TEST(test::append(writer, 1, 10).has_value());
  BOOST_TEST(!test::append(writer, 10, 1).has_value());
  const auto gap = test::append(writer, 12, 1);
  BOOST_TEST(gap.error().what == "an append of record 12 to a log whose last is 10");
  const Bytes odd(13);
  const std::vector<LogEntry> entries{{odd, {}}};
  BOOST_TEST(!writer.append(11, entries).has_value());
  // What no start could read back.
  const Bytes header(8), large(Message::max_bytes + 8);
  const auto refused = writer.append(11, std::vector<LogEntry>{{header, large}});
  BOOST_TEST(refused.error().what.find("at most 16777216") != std::string::npos);
  BOOST_TEST(writer.append(11, {}).has_value());
  BOOST_TEST(!writer.broken());
  BOOST_TEST(test::append(writer, 11, 1).has_value());
  LogReader reader(environment);
  check_prefix(reader, 11);
}

BOOST_AUTO_TEST_CASE(a_full_map_is_a_clean_refusal) {
  const Directory directory;
  { open_log(directory); }
  auto environment = Environment::open({.directory = directory.path / "log",
                                        .access = Access::durable,
                                        .tables = {"log"},
                                        .map_bytes = 1 << 20});
  BOOST_REQUIRE(environment.has_value());
  LogWriter writer(*environment);
  std::uint64_t last = 0;
  while (test::append(writer, last + 1, 10).has_value()) last += 10;
  BOOST_TEST(last > 0u);
  BOOST_TEST(!writer.broken());
  LogReader reader(*environment);
  check_prefix(reader, last);
}

BOOST_AUTO_TEST_CASE(a_reader_beside_the_writer_sees_a_gapless_prefix) {
  const Directory directory;
  const auto environment = open_log(directory);
  constexpr std::uint64_t last = 4000;
  std::thread writing([&] {
    LogWriter writer(environment);
    for (std::uint64_t seq = 1; seq <= last; seq += 40) {
      if (!test::append(writer, seq, 40)) stop("an append failed");
    }
  });
  LogReader reader(environment);
  std::uint64_t next = 1;
  bool same = true;
  while (next <= last && same) {
    const auto slice = reader.read(next, 100, 1 << 20);
    BOOST_REQUIRE(slice.has_value());
    for (const auto& record : *slice) {
      same = same && record.seq == next && record.value == value_of(next);
      ++next;
    }
  }
  writing.join();
  BOOST_TEST(same);
  BOOST_TEST(next == last + 1);
}

// A process that is killed while it appends: nothing it acknowledged may be missing.
BOOST_AUTO_TEST_CASE(killed_writers_lose_nothing_that_was_acknowledged) {
  const Directory directory;
  std::mt19937_64 random(7);
  std::uint64_t durable = 0;
  for (int cycle = 0; cycle < 20; ++cycle) {
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    const auto seed = random();
    const pid_t child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
      ::close(ends[0]);
      auto environment = open_log(directory.path / "log", Access::durable);
      if (!environment) ::_exit(1);
      LogWriter writer(*environment);
      std::mt19937_64 batches(seed);
      const auto newest = writer.last();
      std::uint64_t last = newest && *newest ? (*newest)->seq : 0;
      for (;;) {
        const auto count = 1 + batches() % 100;
        if (!test::append(writer, last + 1, count)) ::_exit(2);
        last += count;
        if (::write(ends[1], &last, sizeof last) != sizeof last) ::_exit(3);
      }
    }
    ::close(ends[1]);
    std::uint64_t acknowledged = durable;
    for (auto acks = 1 + random() % 20; acks > 0; --acks) {
      BOOST_REQUIRE(::read(ends[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged);
    }
    ::kill(child, SIGKILL);
    int status = 0;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    BOOST_TEST(WIFSIGNALED(status));
    // What it still said before it died counts, too.
    for (std::uint64_t more = 0; ::read(ends[0], &more, sizeof more) == sizeof more;) {
      acknowledged = more;
    }
    ::close(ends[0]);
    const auto environment = open_log(directory);
    LogReader reader(environment);
    const auto last = *reader.last_seq();
    BOOST_TEST(last >= acknowledged);
    check_prefix(reader, last);
    durable = last;
  }
}

// A commit behind each record that a reader is shown: the slowest reader that there is. The pages
// that it holds back are those of one slice, not those of all that it reads.
BOOST_AUTO_TEST_CASE(a_slow_scan_does_not_make_the_file_grow_with_its_length) {
  const auto grown = [](std::size_t records, bool reading) {
    const Directory directory;
    const auto environment = open_log(directory, Access::rebuildable);
    LogWriter writer(environment);
    BOOST_REQUIRE(test::append(writer, 1, records).has_value());
    auto next = records + 1;
    const auto before = environment->room()->used_bytes;
    const auto append = [&](auto, auto) { return test::append(writer, next++, 1).has_value(); };
    if (reading) {
      LogReader reader(environment);
      BOOST_TEST(*reader.scan(1, records, append) == records);
    } else {
      for (std::size_t i = 0; i < records; ++i) BOOST_REQUIRE(append(0, 0));
    }
    return environment->room()->used_bytes - before;
  };
  const auto extra = [&](std::size_t records) {
    return static_cast<double>(grown(records, true) - grown(records, false));
  };
  const auto one = extra(2000);
  const auto many = extra(10'000);
  BOOST_TEST(one > 0);
  BOOST_TEST(many < 2 * one, "beyond its need the file grew by "
                                 << one << " bytes beside a scan of "
                                 << "2,000 records, by " << many << " beside one of 10,000");
}

BOOST_AUTO_TEST_SUITE_END()
