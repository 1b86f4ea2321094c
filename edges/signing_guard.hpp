#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/crypto/secret.hpp"
#include "edges/signing_record.hpp"

namespace horae {

/// What the record of what was signed says to a vote that is to be signed: nothing, it may be; the
/// vote that was signed at this height, round and step already, where this one differs by its time
/// at most; a fault, where it would contradict what was signed or go back behind it.
[[nodiscard]] Result<std::optional<SignedVote>> judge_vote(const SigningRecord& record,
                                                           const CometVote& vote);

/// A member's key in consensus, which never signs two things at one height, round and step: what it
/// signs is durable before its signature is given away. Where it cannot know what it signed before
/// (no record, a damaged one, one of another key or chain, one that is older than what the key has
/// signed), it signs nothing, until so many blocks in a row were committed without its key that no
/// other signer of it can be alive and nothing that it signed before can still matter; or until the
/// operator's word. That a copy of the key on another machine signs at once cannot be excluded: it
/// is seen in the blocks, and then this one never signs again. Any thread may call.
class SigningGuard {
 public:
  struct Options {
    std::filesystem::path directory;
    std::string chain_id;
    std::shared_ptr<const SecretKey> key;
    /// A live signer is left out of a block only when its vote comes late: of four, now and then; a
    /// hundred times in a row it is not. And a vote that is under way is for the next height or
    /// two.
    std::uint64_t heights_to_wait = 100;
    /// Told, once, that another signer of the key was seen. By whoever called see().
    std::function<void(const std::string& why)> on_stopped = nullptr;
  };
  enum class State { signing, waiting, stopped };
  struct Status {
    State state = State::waiting;
    std::string why;                    // not of signing
    std::uint64_t heights_waited = 0;   // of waiting: blocks in a row without the key
    std::uint64_t heights_to_wait = 0;  // of waiting
    std::optional<CometVote> last;
  };

  /// Refuses a directory that another signer has, or that others than its owner may enter.
  static Result<std::unique_ptr<SigningGuard>> open(Options options);

  [[nodiscard]] const PublicKey& public_key() const { return public_key_; }
  [[nodiscard]] const Address& address() const { return address_; }
  [[nodiscard]] const std::string& chain_id() const { return options_.chain_id; }

  /// The vote as it was signed, whose time may be an earlier one's. Durable when it returns.
  [[nodiscard]] Result<SignedVote> sign(const CometVote& vote);
  /// Of an extension of a precommit that sign() has signed: there is no rule for it but that.
  [[nodiscard]] Signature sign_extension(std::string_view extension, const CometVote& vote) const;

  /// A block of this height was committed, with the signatures of these members.
  void see(std::uint64_t height, const std::vector<Address>& signed_by);

  /// The operator's word that no other signer of this key runs, and that the key has signed nothing
  /// above this height: it signs from there on. So a key begins on a new chain, too, with 0. A
  /// block above it that has the key's signature contradicts the word, and is waited for as ever.
  [[nodiscard]] Result<void> release(std::uint64_t height);

  [[nodiscard]] Status status() const;

 private:
  SigningGuard(Options options, SigningDirectory directory);
  void read_record();
  [[nodiscard]] Result<void> begin_above(std::int64_t height);
  [[nodiscard]] bool was_signed_here(std::int64_t height) const;

  const Options options_;
  const PublicKey public_key_;
  const Address address_;
  const SigningDirectory directory_;
  mutable std::mutex mutex_;  // guards what follows
  SigningRecord record_;
  bool kept_ = true;           // but for what could not be written, or is none yet
  std::uint64_t waited_ = 0;   // heights
  std::int64_t seen_ = 0;      // the last height
  bool signed_since_ = false;  // this object was made, or released
};

}  // namespace horae
