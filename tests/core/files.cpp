#include "core/files.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/storage/directory.hpp"

using namespace horae;

BOOST_AUTO_TEST_SUITE(files)

BOOST_AUTO_TEST_CASE(a_file_that_is_named_without_a_directory_is_replaced_where_one_stands) {
  const test::Directory scratch;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(scratch.path);
  const auto written = replace_file_durably("name", "content");
  const auto read = read_small_file("name");
  std::filesystem::current_path(before);
  BOOST_TEST(written.has_value());
  BOOST_TEST(read.value() == "content");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_told_with_the_reason) {
  const test::Directory scratch;
  const auto read = read_small_file(scratch.path / "none");
  BOOST_REQUIRE(!read);
  BOOST_TEST(read.error().what.ends_with("none: No such file or directory"));
}

BOOST_AUTO_TEST_SUITE_END()
