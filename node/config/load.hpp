#pragma once

#include <functional>
#include <map>
#include <optional>

#include "node/config/settings.hpp"

namespace horae::config {

/// From the weakest to the strongest.
enum class Source { standard, file, environment, flag };

/// Where a value came from: the file with its line, the variable, the flag.
struct Origin {
  Source source = Source::standard;
  std::string where;
};

struct Value {
  std::string text;
  Origin origin;
};

/// What is wrong, where, and what to do.
struct Problem {
  std::string where;
  std::string what;
};

struct Loaded {
  Config config;  // whole only without problems
  /// By the settings' names; what is not set anywhere is not there.
  std::map<std::string, Value, std::less<>> values;
  std::vector<Problem> problems;
};

/// What a program was given: the file (none: no file), its environment and its flags by the
/// settings' names.
struct Given {
  std::optional<std::filesystem::path> file;
  std::function<std::optional<std::string>(const std::string&)> variable;
  std::map<std::string, std::string, std::less<>> flags;
};

/// Flags over environment over file over the network's standards. Collects everything that is
/// wrong: a file that cannot be read or is no TOML (and then nothing else), a key that is no
/// setting (with the nearest one), a value that a setting refuses, a setting that is missing.
/// Relative paths are relative to the file's directory, those of flags and variables to the working
/// directory.
[[nodiscard]] Loaded load(const Given& given);

/// Why a node that has no other members cannot have acknowledge.copies so.
[[nodiscard]] std::string copies_of_one_alone(std::uint64_t copies);

}  // namespace horae::config
