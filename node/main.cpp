// The binary `horae`: its commands, each in a file of its own.
#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "node/commands.hpp"

int main(int argc, char** argv) {
  CLI::App app{"Horae, a sequencer node for the Metis decentralized sequencer pool"};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("horae ") + HORAE_VERSION);
  app.footer(
      "Exit codes: 0 ok, 1 unexpected, 2 usage, 3 configuration, 4 data directory locked or not "
      "permitted,\n5 log corrupt, 6 key or password, 7 L1, engine or peer unreachable, 8 not "
      "ready, "
      "9 precondition failed,\n10 audit mismatch.");
  horae::Exit code = horae::Exit::ok;
  horae::add_dev_command(app, code);
  horae::add_run_command(app, code);
  horae::add_init_command(app, code);
  horae::add_config_command(app, code);
  horae::add_keys_command(app, code);
  horae::add_registry_command(app, code);
  horae::add_observe_command(app, code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& shown) {
    return app.exit(shown);
  } catch (const CLI::ParseError& wrong) {
    app.exit(wrong);
    return static_cast<int>(horae::Exit::usage);
  }
  return static_cast<int>(code);
}
