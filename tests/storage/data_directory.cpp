#include "storage/data_directory.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "tests/storage/directory.hpp"

using namespace horae;
using test::Directory;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_SUITE(data_directory)

BOOST_AUTO_TEST_CASE(it_is_created_private_with_its_parents) {
  const Directory directory;
  const auto held = DataDirectory::lock(directory.path / "a" / "b" / "c/");
  BOOST_REQUIRE(held.has_value());
  struct stat status {};
  BOOST_REQUIRE(::stat((directory.path / "a" / "b" / "c").c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 0777) == 0700u);
  BOOST_TEST(held->paths().inspect_socket() == directory.path / "a" / "b" / "c/" / "inspect.sock");
}

BOOST_AUTO_TEST_CASE(a_second_lock_names_the_holder) {
  const Directory directory;
  const auto wanted = "data directory " + directory.path.string() + " is in use by process ";
  {
    auto held = DataDirectory::lock(directory.path);
    BOOST_REQUIRE(held.has_value());
    const auto second = DataDirectory::lock(directory.path);
    BOOST_REQUIRE(!second.has_value());
    BOOST_TEST((second.error().trouble == Trouble::directory_locked));
    BOOST_TEST(second.error().what == wanted + std::to_string(::getpid()));
    // Moving does not let go.
    const auto moved = std::move(*held);
    BOOST_TEST(!DataDirectory::lock(directory.path).has_value());
  }
  BOOST_TEST(DataDirectory::lock(directory.path).has_value());
}

BOOST_AUTO_TEST_CASE(another_process_holds_it_until_it_dies) {
  const Directory directory;
  int ready[2];
  int leave[2];
  BOOST_REQUIRE(::pipe(ready) == 0);
  BOOST_REQUIRE(::pipe(leave) == 0);
  const pid_t child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    ::close(leave[1]);
    const auto held = DataDirectory::lock(directory.path);
    const char answer = held ? 'y' : 'n';
    char end = 0;
    if (::write(ready[1], &answer, 1) != 1) ::_exit(1);
    if (::read(leave[0], &end, 1) < 0) ::_exit(1);
    ::_exit(0);  // no destructor: as if it were killed
  }
  char answer = 0;
  BOOST_REQUIRE(::read(ready[0], &answer, 1) == 1);
  BOOST_TEST(answer == 'y');
  const auto refused = DataDirectory::lock(directory.path);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().what == "data directory " + directory.path.string() +
                                         " is in use by process " + std::to_string(child));
  ::close(leave[1]);
  BOOST_REQUIRE(::waitpid(child, nullptr, 0) == child);
  BOOST_TEST(DataDirectory::lock(directory.path).has_value());
  for (const int end : {ready[0], ready[1], leave[0]}) ::close(end);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_a_directory_is_refused) {
  const Directory directory;
  std::ofstream(directory.path / "file") << "x";
  BOOST_TEST(!DataDirectory::lock(directory.path / "file").has_value());
  BOOST_TEST(!DataDirectory::lock(directory.path / "file" / "below").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
