#pragma once

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdio>

#include "edges/l1_rpc.hpp"
#include "tests/fixture/child_process.hpp"

// Metis's own contracts' recorded life, and an endpoint that tells of it.
namespace horae::test {

namespace json = boost::json;

inline const std::string recording = HORAE_SOURCE_DIR "/tests/golden/metis-life-a.json.xz";

inline const json::object& life() {
  static const json::object parsed = [] {
    const auto pipe = popen(("xz -dc " + recording).c_str(), "r");
    BOOST_REQUIRE(pipe != nullptr);
    std::string text;
    char part[65536];
    for (std::size_t n = 0; (n = std::fread(part, 1, sizeof part, pipe)) > 0;) text.append(part, n);
    BOOST_REQUIRE(pclose(pipe) == 0);
    return json::parse(text).as_object();
  }();
  return parsed;
}

inline Address contract(const char* name) {
  return *fixed_from_hex<Address>(std::string_view(life().at("contracts").at(name).as_string()));
}

/// A recorded L1 with options, and its client.
struct Recorded {
  explicit Recorded(std::vector<std::string> more = {})
      : child([&] {
          std::vector<std::string> command{HORAE_SOURCE_DIR "/tests/fixture/recorded_l1", recording,
                                           "--port", "0"};
          command.insert(command.end(), more.begin(), more.end());
          return command;
        }()),
        l1(*Endpoint::parse(child.wait_for("listening on "))) {}

  ChildProcess child;
  L1Rpc l1;
};

}  // namespace horae::test
