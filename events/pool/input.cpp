#include "events/pool/input.hpp"

#include "core/crypto/secp256k1.hpp"

namespace horae {
namespace {

constexpr std::string_view input_words = "horae input 1";

Msg<schema::PoolInput> unsigned_input(std::uint64_t number, const Address& sender,
                                      BytesView command) {
  return Msg<schema::PoolInput>::build([&](auto input) {
    input.setNumber(number);
    input.setSender(data(sender));
    input.setCommand(data(command));
  });
}

Hash32 digest_to_sign(std::string_view chain, const Msg<schema::PoolInput>& input) {
  Bytes text(input_words.begin(), input_words.end());
  text.push_back(static_cast<std::uint8_t>(chain.size()));
  text.insert(text.end(), chain.begin(), chain.end());
  text.insert(text.end(), input.bytes().begin(), input.bytes().end());
  return sha256(text);
}

// Cap'n Proto reads words: the bytes of a message begin at one.
Result<Msg<schema::PoolInput>> aligned(BytesView bytes) {
  std::vector<std::uint64_t> words((bytes.size() + 7) / 8);
  if (!bytes.empty()) std::memcpy(words.data(), bytes.data(), bytes.size());
  return Msg<schema::PoolInput>::parse(
      BytesView(reinterpret_cast<const std::uint8_t*>(words.data()), bytes.size()));
}

// Longer ones are refused before they are hashed.
Result<void> check_size(BytesView bytes) {
  if (bytes.size() <= input_max_bytes) return {};
  return fail("an input of " + std::to_string(bytes.size()) + " bytes, " +
              std::to_string(input_max_bytes) + " are the most");
}

}  // namespace

Msg<schema::PoolInput> sign_input(std::string_view chain, std::uint64_t number,
                                  const Msg<schema::SharedCommand>& command, const SecretKey& key) {
  const auto sender = address_of(public_key(key));
  const auto bare = unsigned_input(number, sender, command.bytes());
  const auto signature = sign(digest_to_sign(chain, bare), key);
  return Msg<schema::PoolInput>::build([&](auto input) {
    input.setNumber(number);
    input.setSender(data(sender));
    input.setCommand(data(command.bytes()));
    input.setSignature(data(signature));
  });
}

Result<CheckedInput> check_input(std::string_view chain, BytesView bytes) {
  if (auto fits = check_size(bytes); !fits) return tl::unexpected(fits.error());
  return check_input(chain, bytes, sha256(bytes));
}

Result<CheckedInput> check_input(std::string_view chain, BytesView bytes, const Hash32& key) {
  if (auto fits = check_size(bytes); !fits) return tl::unexpected(fits.error());
  const auto input = aligned(bytes);
  if (!input) return within("an input", input.error());
  const auto read = input->read();
  const auto sender = Address::from(view(read.getSender()));
  if (!sender) return within("an input's sender", sender.error());
  const auto signature = Signature::from(view(read.getSignature()));
  if (!signature) return within("an input's signature", signature.error());
  // Inside a message every pointer stands at a word.
  auto command = Msg<schema::SharedCommand>::parse(view(read.getCommand()));
  if (!command) return within("an input's command", command.error());
  if (command->read().isNone()) return fail("an input's command has no content");
  const auto bare = unsigned_input(read.getNumber(), *sender, command->bytes());
  const auto signer = recover(digest_to_sign(chain, bare), *signature);
  if (!signer || !is_low_s(*signature) || address_of(*signer) != *sender) {
    return fail("an input that is not signed by its sender " + to_hex(*sender) + " for the chain " +
                std::string(chain));
  }
  return CheckedInput{*sender, read.getNumber(), key, std::move(*command)};
}

std::optional<Msg<schema::BlockSealed>> block_in(BytesView input) {
  const auto parsed = Msg<schema::PoolInput>::parse(input);
  if (!parsed) return std::nullopt;
  const auto command = Msg<schema::SharedCommand>::parse(view(parsed->read().getCommand()));
  if (!command || !command->read().isBlocks() || !command->read().getBlocks().isSeal()) {
    return std::nullopt;
  }
  return Msg<schema::BlockSealed>::copy_of(command->read().getBlocks().getSeal());
}

}  // namespace horae
