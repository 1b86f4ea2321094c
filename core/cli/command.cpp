#include "core/cli/command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "core/nearest.hpp"
#include "core/trouble.hpp"

namespace horae::cli {

Option Option::required() {
  option_->required();
  return *this;
}

Option Option::type_name(const std::string& name) {
  option_->type_name(name);
  return *this;
}

Option Option::group(const std::string& heading) {
  option_->group(heading);
  return *this;
}

Option Option::show_default() {
  option_->capture_default_str();
  return *this;
}

Option Option::envname(const std::string& variable) {
  option_->envname(variable);
  return *this;
}

Option Option::one_of(const std::vector<std::string>& values) {
  option_->check(CLI::IsMember(values));
  return *this;
}

Option Option::range(int lowest, int highest) {
  option_->check(CLI::Range(lowest, highest));
  return *this;
}

Option Option::range(std::uint64_t lowest, std::uint64_t highest) {
  option_->check(CLI::Range(lowest, highest));
  return *this;
}

Option Option::expected(int fewest, int most) {
  option_->expected(fewest, most);
  return *this;
}

Option Option::one_value_each() {
  option_->allow_extra_args(false);
  return *this;
}

Option Option::excludes(Option other) {
  option_->excludes(other.option_);
  return *this;
}

Option Option::needs(Option other) {
  option_->needs(other.option_);
  return *this;
}

bool Option::given() const { return option_->count() > 0; }

Command Command::add_subcommand(const std::string& name, const std::string& about) {
  return Command(app_->add_subcommand(name, about));
}

template <Value T>
Option Command::add_option(const std::string& name, T& value, const std::string& about) {
  return Option(app_->add_option(name, value, about));
}

template Option Command::add_option(const std::string&, std::string&, const std::string&);
template Option Command::add_option(const std::string&, unsigned&, const std::string&);
template Option Command::add_option(const std::string&, std::uint16_t&, const std::string&);
template Option Command::add_option(const std::string&, std::uint64_t&, const std::string&);
template Option Command::add_option(const std::string&, std::optional<std::string>&,
                                    const std::string&);
template Option Command::add_option(const std::string&, std::optional<std::uint16_t>&,
                                    const std::string&);
template Option Command::add_option(const std::string&, std::optional<std::uint64_t>&,
                                    const std::string&);
template Option Command::add_option(const std::string&, std::vector<std::string>&,
                                    const std::string&);

Option Command::add_option(const std::string& name,
                           std::function<Result<void>(const std::string&)> set,
                           const std::string& about) {
  return Option(app_->add_option_function<std::string>(
      name,
      [name, set = std::move(set)](const std::string& text) {
        if (const auto done = set(text); !done) throw CLI::ValidationError(name, done.error().what);
      },
      about));
}

Option Command::add_flag(const std::string& name, bool& value, const std::string& about) {
  return Option(app_->add_flag(name, value, about));
}

void Command::callback(std::function<void()> run) { app_->callback(std::move(run)); }

void Command::add_footer(const std::string& text) { app_->footer(app_->get_footer() + text); }

void Command::require_subcommand() { app_->require_subcommand(1); }

void Command::fallthrough() { app_->fallthrough(); }

bool Command::parsed() const { return app_->parsed(); }

Program::Program(const std::string& about, const std::string& name)
    : Command(nullptr), owned_(std::make_unique<CLI::App>(about, name)) {
  app_ = owned_.get();
}

Program::~Program() = default;

void Program::add_version_flag(const std::string& text) {
  app_->set_version_flag("--version", text);
}

namespace {

// What is wrong where a command is wanted and something else is given; nothing where that is not
// it.
std::optional<std::string> unknown_command(const CLI::App& program, int argc,
                                           const char* const* argv) {
  const auto* app = &program;
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  std::vector<std::string> known;
  for (const auto* one : app->get_subcommands([](const CLI::App*) { return true; })) {
    if (!one->get_name().empty()) known.push_back(one->get_name());
  }
  if (known.empty()) return std::nullopt;
  bool behind = app == &program;  // behind the command that wants one of its own
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (!behind) {
      behind = word == app->get_name();
      continue;
    }
    // An option may have a value, which is no command.
    if (word.starts_with('-') || std::string_view(argv[i - 1]).starts_with("--")) continue;
    const auto near = nearest(word, known);
    if (near) return "no command " + std::string(word) + "; " + *near + "?";
    std::string all;
    for (const auto& name : known) all += (all.empty() ? "" : ", ") + name;
    return "no command " + std::string(word) + ": there are " + all;
  }
  return std::nullopt;
}

// The first word that is written as an option and is none of the command's, with the nearest that
// is.
std::optional<std::string> unknown_option(const CLI::App& program, int argc,
                                          const char* const* argv) {
  const auto* app = &program;
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  std::vector<std::string> known;
  for (; app != nullptr; app = app->get_parent()) {
    for (const auto* option : app->get_options()) {
      for (const auto& name : option->get_lnames()) known.push_back("--" + name);
    }
  }
  for (int i = 1; i < argc; ++i) {
    const std::string_view given = argv[i];
    const std::string word(given.substr(0, given.find('=')));
    if (!word.starts_with("--") || std::ranges::find(known, word) != known.end()) continue;
    const auto near = nearest(word, known);
    return "no option " + word + (near ? "; " + *near + "?" : std::string());
  }
  return std::nullopt;
}

}  // namespace

Result<Parsed> Program::parse(int argc, const char* const* argv) {
  try {
    app_->parse(argc, argv);
    return Parsed::run;
  } catch (const CLI::Success& asked) {
    app_->exit(asked);  // prints what was asked for
    return Parsed::shown;
  } catch (const CLI::ParseError& wrong) {
    if (auto unknown = unknown_command(*app_, argc, argv)) return fail(std::move(*unknown));
    const bool extra = wrong.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError);
    auto unknown = extra ? unknown_option(*app_, argc, argv) : std::nullopt;
    return fail(unknown ? std::move(*unknown) : wrong.what());
  }
}

std::optional<Exit> Program::parse_or_tell(int argc, const char* const* argv) {
  const auto parsed = parse(argc, argv);
  if (!parsed) {
    const Failure wrong{Trouble::usage, parsed.error().what};
    std::fputs(failure_words(app_->get_name(), wrong).c_str(), stderr);
    return wrong.exit();
  }
  if (*parsed == Parsed::shown) return Exit::ok;
  return std::nullopt;
}

}  // namespace horae::cli
