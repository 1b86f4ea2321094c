#include "storage/snapshots.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/storage/directory.hpp"

using namespace horae;
using test::Directory;

namespace {

SnapshotHeader header_of(std::uint64_t seq) {
  SnapshotHeader out{seq, 1000 + seq, {}, {}, {}, {}};
  out.head.bytes[0] = 1;
  out.log_key.bytes[0] = 2;
  out.shared.bytes[0] = 3;
  out.local.bytes[31] = 4;
  return out;
}
// Of so many pieces, which tell its number.
Bytes snapshot_of(std::uint64_t seq, std::size_t size) {
  const Bytes body(size, static_cast<std::uint8_t>(seq));
  const std::vector<SnapshotPiece> pieces = {{7, body}, {9, {}}, {7, BytesView(body).first(8)}};
  return encode_snapshot(3, header_of(seq), pieces);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(snapshot_files)

BOOST_AUTO_TEST_CASE(what_was_written_is_read) {
  const auto file = decode_snapshot(3, snapshot_of(5, 64));
  BOOST_REQUIRE(file.has_value());
  BOOST_TEST((file->header == header_of(5)));
  BOOST_REQUIRE(file->pieces.size() == 3u);
  BOOST_TEST(file->pieces[0].kind == 7u);
  BOOST_TEST(file->pieces[0].bytes.size() == 64u);
  BOOST_TEST(file->pieces[0].bytes[63] == 5u);
  BOOST_TEST(file->pieces[1].bytes.empty());
  BOOST_TEST(file->pieces[2].bytes.size() == 8u);
  BOOST_TEST(!decode_snapshot(4, snapshot_of(5, 64)).has_value());
}

BOOST_AUTO_TEST_CASE(every_bit_and_every_length_counts) {
  const auto good = snapshot_of(5, 16);
  for (std::size_t place = 0; place < good.size(); ++place) {
    auto flipped = good;
    flipped[place] ^= static_cast<std::uint8_t>(1u << (place % 8));
    BOOST_TEST(!decode_snapshot(3, flipped).has_value());
    BOOST_TEST(!decode_snapshot(3, Bytes(good.begin(), good.begin() + static_cast<long>(place)))
                    .has_value());
  }
}

BOOST_AUTO_TEST_CASE(the_two_newest_are_kept) {
  const Directory directory;
  Snapshots snapshots(directory.path / "snapshots");
  BOOST_TEST(snapshots.list().empty());
  for (const std::uint64_t seq : {100, 9, 2000, 300}) {
    BOOST_REQUIRE(snapshots.write(seq, snapshot_of(seq, 8)).has_value());
  }
  BOOST_TEST((snapshots.list() == std::vector<std::uint64_t>{2000, 300}));
  // What is none of ours is left alone and not listed.
  std::ofstream(directory.path / "snapshots" / "note") << "x";
  std::ofstream(directory.path / "snapshots" / "007") << "x";
  std::filesystem::create_directory(directory.path / "snapshots" / "77");
  BOOST_TEST((snapshots.list() == std::vector<std::uint64_t>{2000, 300, 77}));
  BOOST_TEST(!snapshots.read(77).has_value());
  BOOST_TEST(!snapshots.read(78).has_value());
}

BOOST_AUTO_TEST_CASE(one_that_cannot_be_written_is_a_fault) {
  const Directory directory;
  std::ofstream(directory.path / "snapshots") << "a file";
  Snapshots snapshots(directory.path / "snapshots");
  BOOST_TEST(!snapshots.write(1, snapshot_of(1, 8)).has_value());
  BOOST_TEST(snapshots.list().empty());
}

BOOST_AUTO_TEST_CASE(a_killed_writer_leaves_whole_files) {
  const Directory directory;
  const auto place = directory.path / "snapshots";
  std::uint64_t seq = 0;
  for (int kill_after = 1; kill_after <= 12; ++kill_after) {
    int pipes[2];
    BOOST_REQUIRE(::pipe(pipes) == 0);
    const pid_t child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
      Snapshots snapshots(place);
      for (std::uint64_t next = seq + 1;; ++next) {
        if (!snapshots.write(next, snapshot_of(next, 1u << 20))) ::_exit(1);
        if (::write(pipes[1], &next, sizeof next) != sizeof next) ::_exit(1);
      }
    }
    ::close(pipes[1]);
    for (int i = 0; i < 1 + kill_after % 3; ++i) {
      BOOST_REQUIRE(::read(pipes[0], &seq, sizeof seq) == sizeof seq);
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    BOOST_TEST(WIFSIGNALED(status));
    ::close(pipes[0]);
    Snapshots snapshots(place);
    BOOST_REQUIRE(!snapshots.list().empty());
    BOOST_TEST(snapshots.list().front() >= seq);
    for (const auto left : snapshots.list()) {
      const auto file = decode_snapshot(3, *snapshots.read(left));
      BOOST_REQUIRE(file.has_value());
      BOOST_TEST(file->header.seq == left);
    }
    seq = snapshots.list().front();
  }
  // What a killed writer left half done goes with the next one.
  std::ofstream(place / "1.new") << "half";
  BOOST_REQUIRE(Snapshots(place).write(seq + 1, snapshot_of(seq + 1, 8)).has_value());
  BOOST_TEST(!std::filesystem::exists(place / "1.new"));
  BOOST_TEST(Snapshots(place).list().size() == Snapshots::kept);
}

BOOST_AUTO_TEST_SUITE_END()
