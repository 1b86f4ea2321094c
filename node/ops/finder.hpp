#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "edges/http.hpp"
#include "storage/data_directory.hpp"

namespace horae {

/// What came of asking a node for its status.
struct Asked {
  enum Kind {
    answers,
    none,    // no node runs there
    silent,  // there is a process, or should be, but no answer
  };
  Kind kind = none;
  std::string words;  // where it does not answer: what was found instead, and what to do
  std::string url;    // that was asked, if any
  boost::json::object status;
};

/// Finds a running node by its data directory, where it has left ops.json, or asks a given ops
/// port. Looks anew each time: nodes come and go.
class NodeFinder {
 public:
  explicit NodeFinder(DataPaths paths) : paths_(std::move(paths)) {}
  explicit NodeFinder(Endpoint ops) : ops_(std::move(ops)) {}

  [[nodiscard]] Asked ask() const;
  /// Where it looks, in words.
  [[nodiscard]] std::string where() const;

 private:
  [[nodiscard]] Asked ask_port(const Endpoint& endpoint, std::optional<int> pid) const;
  [[nodiscard]] Asked without_file() const;

  DataPaths paths_;
  std::optional<Endpoint> ops_;
};

}  // namespace horae
