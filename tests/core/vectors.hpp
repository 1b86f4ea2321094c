#pragma once

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

namespace horae::test {

/// Public test vectors stand beside the checkout and are not part of it.
inline std::filesystem::path vector_path(const std::string& name) {
  return std::filesystem::path(HORAE_SOURCE_DIR) / "../shared/vectors" / name;
}

/// Without the vectors a case says so and checks nothing.
inline bool has_vectors(const std::string& name) {
  if (std::filesystem::exists(vector_path(name))) return true;
  std::cout << "skipped: " << boost::unit_test::framework::current_test_case().p_name << ": no "
            << name << " beside the checkout\n";
  return false;
}

inline boost::json::value read_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return boost::json::parse(text.str());
}

inline std::string text(const boost::json::value& value) { return std::string(value.as_string()); }

}  // namespace horae::test
