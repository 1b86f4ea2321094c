#include "node/config/flags.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>

namespace horae::config {

std::shared_ptr<Given> add_flags(CLI::App& command) {
  auto given = std::make_shared<Given>();
  given->variable = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
  command
      .add_option_function<std::string>(
          "--config", [given](const std::string& path) { given->file = path; },
          "The file of settings; without one, variables and flags alone count")
      ->type_name("FILE");
  for (const auto& setting : settings()) {
    command
        .add_option_function<std::string>(
            flag_of(setting),
            [given, name = std::string(setting.name)](const std::string& value) {
              given->flags[name] = value;
            },
            std::string(setting.about))
        ->type_name(std::string(setting.kind))
        ->group("Settings");
  }
  return given;
}

}  // namespace horae::config
