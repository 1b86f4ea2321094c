// The binary `horae`: its commands, each in a file of its own.
#include <fmt/core.h>

#include "core/cli/command.hpp"
#include "node/cli/commands.hpp"
#include "node/logging/ending.hpp"

int main(int argc, char** argv) {
  horae::cli::Program app{"Horae, a sequencer node for the Metis decentralized sequencer pool"};
  app.require_subcommand();
  app.add_version_flag(std::string("horae ") + HORAE_VERSION);
  app.add_footer(horae::exit_codes_help());
  horae::Exit code = horae::Exit::ok;
  horae::add_dev_command(app, code);
  horae::add_run_command(app, code);
  horae::add_init_command(app, code);
  horae::add_config_command(app, code);
  horae::add_engine_command(app, code);
  horae::add_pool_command(app, code);
  horae::add_keys_command(app, code);
  horae::add_registry_command(app, code);
  horae::add_observe_command(app, code);
  horae::add_status_command(app, code);
  horae::add_wait_command(app, code);
  horae::add_doctor_command(app, code);
  horae::add_explain_command(app, code);
  horae::add_version_command(app, horae::build_commit);
  if (const auto parsed = app.parse(argc, argv); !parsed) {
    code = horae::logging::ended("", {horae::Trouble::usage, parsed.error().what});
  }
  return static_cast<int>(code);
}
