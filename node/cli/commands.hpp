#pragma once

#include "core/commit.hpp"
#include "core/exit.hpp"

namespace CLI {
class App;
}

namespace horae {

/// Each adds its command; running it sets code.
void add_dev_command(CLI::App& app, Exit& code);
void add_run_command(CLI::App& app, Exit& code);
void add_init_command(CLI::App& app, Exit& code);
void add_registry_command(CLI::App& app, Exit& code);
void add_config_command(CLI::App& app, Exit& code);
void add_keys_command(CLI::App& app, Exit& code);
void add_observe_command(CLI::App& app, Exit& code);
void add_status_command(CLI::App& app, Exit& code);
void add_wait_command(CLI::App& app, Exit& code);
void add_doctor_command(CLI::App& app, Exit& code);
void add_explain_command(CLI::App& app, Exit& code);
void add_version_command(CLI::App& app, const Commit& commit);

}  // namespace horae
