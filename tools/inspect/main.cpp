#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>

#include "storage/data_directory.hpp"
#include "tools/inspect/attach.hpp"
#include "tools/inspect/show.hpp"

namespace {

using horae::Exit;

Exit inspect(const horae::DataPaths& paths, bool json) {
  const auto snapshot = horae::inspect::take_snapshot(paths.inspect_socket());
  if (!snapshot) {
    fmt::print(stderr, "horae-inspect: {}\n", snapshot.error().what);
    return snapshot.error().code;
  }
  fmt::print("{}", json ? horae::inspect::as_json(**snapshot) + "\n"
                        : horae::inspect::as_table(**snapshot));
  return Exit::ok;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Shows the actors of a running Horae node at work: one snapshot.", "horae-inspect");
  std::string datadir;
  bool json = false;
  app.add_option("--datadir", datadir, "Data directory of the running node")->required();
  app.add_flag("--json", json, "One line of JSON instead of a table");
  app.set_version_flag("--version", HORAE_VERSION);
  app.footer(
      "Exit codes: 0 ok, 1 unexpected, 2 usage, 4 the socket is another user's, 7 no node "
      "answers.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong) == 0 ? 0 : static_cast<int>(Exit::usage);
  }
  try {
    return static_cast<int>(inspect({datadir}, json));
  } catch (const std::exception& unexpected) {
    fmt::print(stderr, "horae-inspect: {}\n", unexpected.what());
    return static_cast<int>(Exit::unexpected);
  }
}
