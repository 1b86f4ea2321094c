#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "edges/canonical_vote.hpp"

namespace horae {

struct SignedVote {
  CometVote vote;
  Signature signature;
  bool operator==(const SignedVote&) const = default;
};

/// What a signer must know of what its key has signed, so that it never signs two things at one
/// height, round and step.
struct SigningRecord {
  std::string chain_id = {};
  Address signer = {};
  /// Nothing at this height and below is signed any more.
  std::int64_t floor = 0;
  std::optional<SignedVote> last = {};
  /// Heights at which a block was precommitted, ascending: all from known_from on; before the first
  /// signature, all above floor.
  std::vector<std::int64_t> precommits = {};
  std::optional<std::int64_t> known_from = {};
  /// Why nothing is signed yet, or any more; empty: it is.
  std::string waiting = {}, stopped = {};
  bool operator==(const SigningRecord&) const = default;
};

/// What keeps a record: a directory of mode 0700 that one signer has at a time.
class SigningDirectory {
 public:
  /// Makes it where it is missing, and takes it (flock) until this object goes or the process ends.
  /// Refuses one that another signer has, and one that others than its owner may enter.
  static Result<SigningDirectory> open(std::filesystem::path path);
  SigningDirectory(SigningDirectory&& other) noexcept;
  SigningDirectory& operator=(SigningDirectory&&) = delete;
  ~SigningDirectory();

  /// Nothing where there is none yet; a fault where what is there is damaged.
  [[nodiscard]] Result<std::optional<SigningRecord>> load() const;
  /// Durable when it returns: after a crash there is the record before or this one, whole.
  [[nodiscard]] Result<void> keep(const SigningRecord& record) const;

  /// Its file in such a directory.
  [[nodiscard]] static std::filesystem::path record_in(const std::filesystem::path& directory) {
    return directory / "signed.json";
  }

 private:
  SigningDirectory(std::filesystem::path path, int descriptor)
      : path_(std::move(path)), descriptor_(descriptor) {}
  [[nodiscard]] std::filesystem::path file() const { return record_in(path_); }
  std::filesystem::path path_;
  int descriptor_;
};

}  // namespace horae
