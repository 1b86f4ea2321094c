#include <fmt/core.h>

#include "core/crypto/secp256k1.hpp"
#include "core/eth/address.hpp"
#include "core/files.hpp"
#include "node/cli/commands.hpp"
#include "node/keys/ask_password.hpp"
#include "node/keys/key_file.hpp"
#include "node/keys/registry.hpp"
#include "node/logging/ending.hpp"
#include "node/logging/format.hpp"

namespace horae {
namespace {

struct RegistryWanted {
  registry::Entry entry;
  std::string owner, pubkey, keystore, check, avatar;
  std::optional<std::string> password_file;
};

Exit refuse_entry(Trouble trouble, std::string what) {
  return logging::ended("registry-entry", {trouble, std::move(what)});
}

Exit tell(const std::vector<std::string>& faults) {
  for (const auto& one : faults) fmt::print(stderr, "{}\n", logging::printable(one));
  if (faults.empty()) return Exit::ok;
  return refuse_entry(Trouble::registry_entry, "the entry does not keep to the registry's rules");
}

Exit check(const std::string& file) {
  const auto text = read_small_file(file);
  if (!text) return refuse_entry(Trouble::usage, text.error().what);
  const auto code = tell(registry::faults_of_file(*text));
  if (code == Exit::ok) fmt::print("{}: nothing is wrong\n", file);
  return code;
}

Result<PublicKey> key_of(const RegistryWanted& wanted) {
  if (!wanted.pubkey.empty()) {
    // As most tools print an uncompressed key.
    if (wanted.pubkey.size() == 2 + 2 * (1 + PublicKey::size) &&
        wanted.pubkey.starts_with("0x04")) {
      return fail("65 bytes that begin with 04, which marks an uncompressed key: drop the 04");
    }
    return fixed_from_hex<PublicKey>(wanted.pubkey);
  }
  if (wanted.keystore.empty()) return fail("--keystore or --pubkey is missing");
  std::optional<std::filesystem::path> file;
  if (wanted.password_file) file = *wanted.password_file;
  const auto password = password_for(wanted.keystore, file);
  if (!password) return tl::unexpected(password.error());
  const auto key = open_key_file(wanted.keystore, *password);
  if (!key) return tl::unexpected(key.error().whole());
  return public_key(*key);
}

Exit make(const RegistryWanted& wanted) {
  if (!wanted.check.empty()) return check(wanted.check);
  auto entry = wanted.entry;
  const auto owner = read_address(wanted.owner);
  if (!owner) return refuse_entry(Trouble::usage, "--owner: " + owner.error().what);
  entry.owner = *owner;
  const auto key = key_of(wanted);
  if (!key) return refuse_entry(Trouble::key_open, key.error().what);
  entry.pubkey = *key;
  entry.avatar = "{BASEDIR}/assets/" + wanted.avatar;
  if (const auto code = tell(registry::faults(entry)); code != Exit::ok) return code;
  fmt::print("{}", registry::to_json(entry));
  return Exit::ok;
}

}  // namespace

void add_registry_command(cli::Command& app, Exit& code) {
  auto wanted = std::make_shared<RegistryWanted>();
  auto command =
      app.add_subcommand("registry-entry", "Print this sequencer's entry for Metis's registry");
  command.add_option("--name", wanted->entry.name, "At most 24 characters");
  command.add_option("--desc", wanted->entry.desc, "At most 200 characters");
  command.add_option("--url", wanted->entry.url, "https");
  command.add_option("--avatar", wanted->avatar, "File name under assets/: .png or .svg");
  command.add_option("--owner", wanted->owner, "The whitelisted owner's address");
  command.add_option("--keystore", wanted->keystore, "The signer's keystore");
  command.add_option("--pubkey", wanted->pubkey, "The signer's public key instead");
  command.add_option("--password-file", wanted->password_file,
                     "Whose first line is the password; without it the terminal is asked");
  command.add_option("--check", wanted->check, "Check an all.json instead; 10 where it is wrong")
      .type_name("FILE");
  command.callback([wanted, &code] { code = make(*wanted); });
}

}  // namespace horae
