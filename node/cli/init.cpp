#include <fmt/core.h>

#include "core/crypto/secp256k1.hpp"
#include "core/files.hpp"
#include "core/shell_word.hpp"
#include "node/cli/commands.hpp"
#include "node/config/flags.hpp"
#include "node/config/load.hpp"
#include "node/config/write.hpp"
#include "node/keys/ask_password.hpp"
#include "node/keys/key_file.hpp"
#include "node/logging/ending.hpp"
#include "node/pool/genesis_file.hpp"
#include "node/pool/make_genesis.hpp"
#include "node/start/options.hpp"

namespace horae {
namespace {

constexpr const char* key_file = "keys/signer.json";
constexpr const char* genesis_file = "genesis.json";

using Settings = std::map<std::string, std::string, std::less<>>;

struct InitWanted {
  std::string directory = ".";
};

Exit refuse_init(Trouble trouble, std::string what) {
  return logging::ended("init", {trouble, std::move(what)});
}

// A path that was given here means the same in the file, whose directory is another.
std::string as_given_here(const config::Setting& setting, const std::string& text) {
  if (setting.kind != "FILE" && setting.kind != "FILES" && setting.kind != "DIRECTORY") return text;
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    out += (begin == 0 ? "" : ",") +
           std::filesystem::absolute(text.substr(begin, end - begin)).lexically_normal().string();
    begin = end + 1;
  }
  return out;
}

// The settings that were given, each of which must be good by itself.
Result<Settings> settings_given(const config::Given& given) {
  auto out = given.flags;
  config::Config scratch;
  const config::Surroundings around{"", std::filesystem::current_path()};
  for (auto& [name, text] : out) {
    const auto* setting = config::find_setting(name);
    text = as_given_here(*setting, text);
    if (auto set = setting->set(scratch, text, around); !set) {
      return within(config::flag_of(*setting), set.error());
    }
  }
  if (!out.contains("network")) {
    std::string known;
    for (const auto& one : config::network_names()) known += (known.empty() ? "" : ", ") + one;
    return fail("--network is missing: one of " + known);
  }
  return out;
}

// The genesis of a node alone by these settings; none where they do not say what it is about, and
// the node's first start makes it.
std::optional<std::string> genesis_by(const Settings& settings, const config::Given& init) {
  config::Given given;
  given.flags = settings;
  given.variable = init.variable;
  const auto loaded = config::load(given);
  for (const auto* name : {"l1.locking_pool", "l1.locking_info", "l1.from_block", "l2.chain_id"}) {
    if (!loaded.values.contains(name)) return std::nullopt;
  }
  return genesis_text(
      genesis_alone(follow_options(loaded.config), sequence_options(loaded.config)));
}

Exit init(const InitWanted& wanted, const config::Given& given) {
  const auto directory = std::filesystem::absolute(wanted.directory).lexically_normal();
  const auto file = directory / "horae.toml";
  auto settings = settings_given(given);
  if (!settings) return refuse_init(Trouble::usage, settings.error().what);
  const auto genesis_at = directory / genesis_file;
  const auto genesis =
      settings->contains("pool.genesis") ? std::nullopt : genesis_by(*settings, given);
  for (const auto& made : {file, genesis_at}) {
    if (std::filesystem::exists(made) && (made == file || genesis)) {
      return refuse_init(Trouble::there_already, made.string() + " is there already");
    }
  }
  if (auto there = make_private_directory(directory); !there) {
    return refuse_init(Trouble::directory_access, there.error().what);
  }
  std::optional<PublicKey> made;
  if (!settings->contains("keys.signers")) {
    std::optional<std::filesystem::path> password_file;
    if (const auto said = settings->find("keys.password_file"); said != settings->end()) {
      password_file = said->second;
    }
    const auto key = new_secret_key();
    const auto keystore = directory / key_file;
    if (std::filesystem::exists(keystore)) {
      return refuse_init(Trouble::key_make,
                         keystore.string() + " is there already: give it as --keys-signers " +
                             shell_word(keystore.string()) + " to go on with it");
    }
    const auto password =
        new_password_for(keystore.string(), password_file, "--keys-password-file");
    if (!password) {
      return refuse_init(Trouble::key_make,
                         (password_file ? "--keys-password-file: " : "") + password.error().what);
    }
    if (auto written = make_key_file(keystore, key, *password); !written) {
      return refuse_init(Trouble::key_make, written.error().what);
    }
    settings->emplace("keys.signers", key_file);
    made = public_key(key);
  }
  if (genesis) {
    if (auto written = replace_file_durably(genesis_at, *genesis); !written) {
      return refuse_init(Trouble::directory_access, written.error().what);
    }
    settings->emplace("pool.genesis", genesis_file);
  }
  if (auto written = replace_file_durably(file, config::commented_file(*settings)); !written) {
    return refuse_init(Trouble::directory_access, written.error().what);
  }
  fmt::print("settings    {}\n", file.string());
  if (genesis) fmt::print("genesis     {}\n", genesis_at.string());
  if (made) {
    fmt::print("keystore    {}\npublic key  {}\naddress     {}\n", (directory / key_file).string(),
               to_hex(*made), to_hex(address_of(*made)));
  }
  if (made) {
    fmt::print(stderr,
               "horae init: copy the keystore to another place, and try the copy:\n"
               "  horae keys verify-backup {} COPY\n",
               shell_word((directory / key_file).string()));
  }
  if (genesis) {
    fmt::print(stderr,
               "horae init: the log begins with the genesis, whose rules (epochs, rewards, and so "
               "on) no\n"
               "  setting changes later. Where they are to be others, delete it before the first "
               "start, set\n"
               "  them, and make it anew:\n"
               "  horae pool genesis --config {} --out {}\n",
               shell_word(file.string()), shell_word(genesis_at.string()));
  }
  fmt::print(stderr,
             "horae init: see what is still to be set, and start the node:\n"
             "  horae config check --config {0}\n  horae run --config {0}\n",
             shell_word(file.string()));
  return Exit::ok;
}

}  // namespace

void add_init_command(cli::Command& app, Exit& code) {
  auto wanted = std::make_shared<InitWanted>();
  auto command = app.add_subcommand("init", "Write a commented horae.toml and an encrypted key");
  command.add_option("directory", wanted->directory, "Where both are put").show_default();
  const auto given = config::add_setting_flags(command);
  command.callback([=, &code] { code = init(*wanted, *given); });
}

}  // namespace horae
