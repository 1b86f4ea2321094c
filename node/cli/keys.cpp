#include <fmt/core.h>

#include "core/crypto/secp256k1.hpp"
#include "core/files.hpp"
#include "core/shell_word.hpp"
#include "node/cli/commands.hpp"
#include "node/keys/ask_password.hpp"
#include "node/keys/key_file.hpp"
#include "node/logging/ending.hpp"

namespace horae {
namespace {

struct KeysWanted {
  std::string keystore;
  std::optional<std::string> password_file, new_password_file, from, backup;
};

Exit refuse_keys(Trouble trouble, std::string what) {
  return logging::ended("keys", {trouble, std::move(what)});
}

std::optional<std::filesystem::path> as_path(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return *text;
}

Result<SecretKey> open(const KeysWanted& wanted, const std::string& file) {
  auto password = password_for(file, as_path(wanted.password_file));
  if (!password) return tl::unexpected(password.error());
  auto key = open_key_file(file, *password);
  if (!key) return tl::unexpected(key.error().whole());
  return std::move(*key);
}

void print_key(const SecretKey& key) {
  const auto shown = public_key(key);
  fmt::print("public key  {}\naddress     {}\n", to_hex(shown), to_hex(address_of(shown)));
}

Exit make(const KeysWanted& wanted, const SecretKey& key) {
  const auto password = new_password_for(wanted.keystore, as_path(wanted.password_file));
  if (!password) return refuse_keys(Trouble::key_make, password.error().what);
  if (auto made = make_key_file(wanted.keystore, key, *password); !made) {
    return refuse_keys(Trouble::key_make, made.error().what);
  }
  fmt::print("keystore    {}\n", wanted.keystore);
  print_key(key);
  fmt::print(stderr,
             "horae keys: copy {0} to another place, and try the copy:\n"
             "  horae keys verify-backup {0} COPY\n",
             shell_word(wanted.keystore));
  return Exit::ok;
}

Exit import(const KeysWanted& wanted) {
  auto text =
      wanted.from ? secret_from_file(*wanted.from) : ask_secret("private key (0x…)", "--from");
  if (!text) return refuse_keys(Trouble::key_make, text.error().what);
  const auto bare = text->expose();
  auto bytes = from_hex(bare.starts_with("0x") ? std::string(bare) : "0x" + std::string(bare));
  if (!bytes) return refuse_keys(Trouble::key_make, "no private key: wanted 64 hex digits");
  const auto key = to_secret_key(*bytes);
  OPENSSL_cleanse(bytes->data(), bytes->size());
  if (!key) return refuse_keys(Trouble::key_make, "no private key: " + key.error().what);
  return make(wanted, *key);
}

Exit show(const KeysWanted& wanted) {
  const auto key = open(wanted, wanted.keystore);
  if (!key) return refuse_keys(Trouble::key_open, key.error().what);
  print_key(*key);
  return Exit::ok;
}

Exit verify_backup(const KeysWanted& wanted) {
  const auto key = open(wanted, wanted.keystore);
  if (!key) return refuse_keys(Trouble::key_open, key.error().what);
  const auto copy = open(wanted, *wanted.backup);
  if (!copy) return refuse_keys(Trouble::key_open, copy.error().what);
  if (key->expose() != copy->expose()) {
    return refuse_keys(Trouble::key_other,
                       *wanted.backup + " holds another key than " + wanted.keystore);
  }
  fmt::print("{} opens and holds the key of {}\n", *wanted.backup,
             to_hex(address_of(public_key(*key))));
  return Exit::ok;
}

Exit change(const KeysWanted& wanted) {
  const auto old = password_for(wanted.keystore, as_path(wanted.password_file));
  if (!old) return refuse_keys(Trouble::key_open, old.error().what);
  const auto fresh =
      new_password_for(wanted.keystore, as_path(wanted.new_password_file), "--new-password-file");
  if (!fresh) return refuse_keys(Trouble::key_make, fresh.error().what);
  if (auto done = change_password(wanted.keystore, *old, *fresh); !done) {
    return refuse_keys(Trouble::key_make, done.error().what);
  }
  fmt::print("{} opens with the new password; copies still open with the old one\n",
             wanted.keystore);
  return Exit::ok;
}

// What every one of them takes.
cli::Command add(cli::Command& keys, const char* name, const char* about,
                 const std::shared_ptr<KeysWanted>& wanted) {
  auto command = keys.add_subcommand(name, about);
  command.add_option("keystore", wanted->keystore, "The keystore's file").required();
  command.add_option("--password-file", wanted->password_file,
                     "Whose first line is the password; without it the terminal is asked");
  return command;
}

}  // namespace

void add_keys_command(cli::Command& app, Exit& code) {
  auto keys =
      app.add_subcommand("keys", "Keystores (Web3 Secret Storage 3), as geth and cast have");
  keys.require_subcommand();
  auto wanted = std::make_shared<KeysWanted>();

  add(keys, "new", "Make a key and its keystore", wanted).callback([wanted, &code] {
    code = make(*wanted, new_secret_key());
  });
  auto importing = add(keys, "import", "Put a private key into a keystore", wanted);
  importing.add_option("--from", wanted->from,
                       "File whose first line is the key in hex; without it the terminal is asked");
  importing.callback([wanted, &code] { code = import(*wanted); });
  add(keys, "show-pubkey", "Print public key and address, as the registry wants them", wanted)
      .callback([wanted, &code] { code = show(*wanted); });
  auto verifying = add(keys, "verify-backup", "See that a copy opens and is the same key", wanted);
  verifying.add_option("backup", wanted->backup, "The copy").required();
  verifying.callback([wanted, &code] { code = verify_backup(*wanted); });
  auto changing = add(keys, "change-password", "Put the key under another password", wanted);
  changing.add_option("--new-password-file", wanted->new_password_file,
                      "Whose first line is the new password");
  changing.callback([wanted, &code] { code = change(*wanted); });
}

}  // namespace horae
