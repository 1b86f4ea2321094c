#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/exit.hpp"
#include "core/result.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

// The command line of our binaries. CLI11 does the work, in command.cpp alone: its headers take 12
// seconds to compile, so no other file includes them.
namespace horae::cli {

template <class T, class... Types>
concept AnyOf = (std::same_as<T, Types> || ...);

/// The types that an option can be read into. command.cpp instantiates Command::add_option for each
/// of them: a new type is added in both places.
template <class T>
concept Value =
    AnyOf<T, std::string, unsigned, std::uint16_t, std::uint64_t, std::optional<std::string>,
          std::optional<std::uint16_t>, std::optional<std::uint64_t>, std::vector<std::string>>;

/// An option or flag of a command. A handle: it is copied freely, and may be used as long as the
/// Program that it belongs to lives. Every setter returns the same handle.
class Option {
 public:
  /// Parsing fails where it is not given.
  Option required();
  /// The word for its value in --help, such as FILE.
  Option type_name(const std::string& name);
  /// The heading under which --help lists it; without one it is "Options".
  Option group(const std::string& heading);
  /// Shows the value that its variable has now as the default in --help.
  Option show_default();
  /// Where it is not given, its value is that of this environment variable.
  Option envname(const std::string& variable);
  /// Parsing refuses every other value.
  Option one_of(const std::vector<std::string>& values);
  /// Parsing refuses values below lowest or above highest. --help calls the range INT for int and
  /// UINT for std::uint64_t.
  Option range(int lowest, int highest);
  Option range(std::uint64_t lowest, std::uint64_t highest);
  /// At least fewest and at most most values, for a vector.
  Option expected(int fewest, int most);
  /// For a vector: each time that the option is given it takes one value, not all that follow.
  Option one_value_each();
  /// Parsing refuses this option together with the other one.
  Option excludes(Option other);
  /// Parsing refuses this option without the other one.
  Option needs(Option other);
  /// Whether the parsed command line had it.
  [[nodiscard]] bool given() const;

 private:
  friend class Command;
  explicit Option(CLI::Option* option) : option_(option) {}
  CLI::Option* option_;
};

/// A program or one of its subcommands. A handle, as Option is. Names are written as CLI11 wants
/// them: "--long", "-s,--long", or "word" for a positional argument. What a value is read into must
/// live until parsing ends.
class Command {
 public:
  /// Takes over the footer that this command has now.
  Command add_subcommand(const std::string& name, const std::string& about);
  /// An option with a value. A value that is no T is refused.
  template <Value T>
  Option add_option(const std::string& name, T& value, const std::string& about);
  /// An option whose text is given to set. Where set returns a fault, parsing refuses the value
  /// with "NAME: FAULT".
  Option add_option(const std::string& name, std::function<Result<void>(const std::string&)> set,
                    const std::string& about);
  /// An option without a value, which makes value true.
  Option add_flag(const std::string& name, bool& value, const std::string& about);
  /// Called by parse() when all of the command line is read and right. What it throws leaves
  /// parse().
  void callback(std::function<void()> run);
  /// Adds text behind what the end of --help says already.
  void add_footer(const std::string& text);
  /// Parsing fails without exactly one subcommand.
  void require_subcommand();
  /// The subcommands made after this pass options that they do not know to this command.
  void fallthrough();
  /// Whether the parsed command line named this subcommand.
  [[nodiscard]] bool parsed() const;

 protected:
  explicit Command(CLI::App* app) : app_(app) {}
  CLI::App* app_;
};

enum class Parsed {
  run,    // the command line is right, and the callbacks have run
  shown,  // --help or --version was asked for, and is printed
};

/// The command that owns its subcommands and options.
class Program : public Command {
 public:
  /// Without a name it has that of argv[0]. It has -h,--help.
  explicit Program(const std::string& about, const std::string& name = {});
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  /// Adds --version, which prints text.
  void add_version_flag(const std::string& text);
  /// Reads the command line. The fault says what is wrong with it; nothing is printed then.
  [[nodiscard]] Result<Parsed> parse(int argc, const char* const* argv);
  /// Reads the command line, and says on stderr what is wrong with it. The exit code where the
  /// program has nothing more to do.
  [[nodiscard]] std::optional<Exit> parse_or_tell(int argc, const char* const* argv);

 private:
  std::unique_ptr<CLI::App> owned_;
};

}  // namespace horae::cli
