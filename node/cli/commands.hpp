#pragma once

#include "core/cli/command.hpp"
#include "core/commit.hpp"
#include "core/exit.hpp"

namespace horae {

/// Each adds its command; running it sets code.
void add_dev_command(cli::Command& app, Exit& code);
void add_run_command(cli::Command& app, Exit& code);
void add_init_command(cli::Command& app, Exit& code);
void add_registry_command(cli::Command& app, Exit& code);
void add_config_command(cli::Command& app, Exit& code);
void add_engine_command(cli::Command& app, Exit& code);
void add_pool_command(cli::Command& app, Exit& code);
void add_keys_command(cli::Command& app, Exit& code);
void add_observe_command(cli::Command& app, Exit& code);
void add_status_command(cli::Command& app, Exit& code);
void add_wait_command(cli::Command& app, Exit& code);
void add_doctor_command(cli::Command& app, Exit& code);
void add_explain_command(cli::Command& app, Exit& code);
void add_version_command(cli::Command& app, const BuildCommit& commit);

}  // namespace horae
