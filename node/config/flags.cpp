#include "node/config/flags.hpp"

#include <cstdlib>

namespace horae::config {

std::shared_ptr<Given> add_setting_flags(cli::Command& command) {
  auto given = std::make_shared<Given>();
  given->variable = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
  for (const auto& setting : settings()) {
    command
        .add_option(
            flag_of(setting),
            [given, name = std::string(setting.name)](const std::string& value) -> Result<void> {
              given->flags[name] = value;
              return {};
            },
            std::string(setting.about))
        .type_name(std::string(setting.kind))
        .group("Settings");
  }
  return given;
}

std::shared_ptr<Given> add_flags(cli::Command& command) {
  auto given = add_setting_flags(command);
  command
      .add_option(
          "--config",
          [given](const std::string& path) -> Result<void> {
            given->file = path;
            return {};
          },
          "The file of settings; without one, variables and flags alone count")
      .type_name("FILE");
  return given;
}

}  // namespace horae::config
