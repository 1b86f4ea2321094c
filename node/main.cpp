// The binary `horae`: its commands, each in a file of its own.
#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "node/cli/commands.hpp"
#include "node/logging/ending.hpp"

int main(int argc, char** argv) {
  CLI::App app{"Horae, a sequencer node for the Metis decentralized sequencer pool"};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("horae ") + HORAE_VERSION);
  app.footer(horae::exit_codes_help());
  horae::Exit code = horae::Exit::ok;
  horae::add_dev_command(app, code);
  horae::add_run_command(app, code);
  horae::add_init_command(app, code);
  horae::add_config_command(app, code);
  horae::add_keys_command(app, code);
  horae::add_registry_command(app, code);
  horae::add_observe_command(app, code);
  horae::add_status_command(app, code);
  horae::add_wait_command(app, code);
  horae::add_doctor_command(app, code);
  horae::add_explain_command(app, code);
  horae::add_version_command(app, horae::build_commit);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& shown) {
    return app.exit(shown);
  } catch (const CLI::ParseError& wrong) {
    return static_cast<int>(horae::logging::ended("", {horae::Trouble::usage, wrong.what()}));
  }
  return static_cast<int>(code);
}
