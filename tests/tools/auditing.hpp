#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/storage/directory.hpp"
#include "tests/tools/duty_scene.hpp"

// What the tests of the auditor's verbs share: a life to look at, and the binary that looks.
namespace horae::test {

struct Ran {
  int code;  // -1: ended by a signal
  std::string out;
};

/// Runs horae-replay; both its outputs come back as one. Whoever hangs is ended after a minute.
inline Ran run(const std::string& arguments) {
  const auto command = std::string("timeout -k 1 60 ") + HORAE_BINARY_DIR + "/bin/horae-replay " +
                       arguments + " 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  BOOST_REQUIRE(pipe != nullptr);
  Ran out{};
  char buffer[65536];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    out.out.append(buffer, n);
  }
  const int status = ::pclose(pipe);
  out.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return out;
}

/// The one JSON object that it prints, where it ends as it should.
inline boost::json::object answer(const std::string& arguments, int code = 0) {
  const auto ran = run(arguments);
  BOOST_REQUIRE_MESSAGE(ran.code == code, arguments << ": " << ran.code << ", " << ran.out);
  return boost::json::parse(ran.out).as_object();
}

inline void check_run(const std::string& arguments, int code, const std::string& part) {
  const auto ran = run(arguments);
  BOOST_TEST_CONTEXT(arguments << ": " << ran.out) {
    BOOST_TEST(ran.code == code);
    BOOST_TEST(ran.out.find(part) != std::string::npos, "does not say: " << part);
  }
}

inline std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

inline std::uint64_t number(const boost::json::value& value) {
  return value.to_number<std::uint64_t>();
}

/// A log in a directory, with what names it to the binary.
struct Written {
  Directory directory;
  explicit Written(const std::vector<Bytes>& values = duties().values) {
    LogScene::write(directory.path, values);
  }
  [[nodiscard]] std::string option() const { return " --datadir " + directory.path.string(); }
};

}  // namespace horae::test
