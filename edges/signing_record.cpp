#include "edges/signing_record.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>
#include <cerrno>
#include <utility>

#include "core/files.hpp"
#include "core/hash.hpp"
#include "core/shell_word.hpp"

namespace horae {
namespace {

namespace json = boost::json;

json::value to_json(const SignedVote& voted) {
  const auto& vote = voted.vote;
  json::object out{{"height", vote.height},
                   {"round", vote.round},
                   {"step", static_cast<int>(vote.step)},
                   {"valid_round", vote.valid_round},
                   {"seconds", vote.time.seconds},
                   {"nanos", vote.time.nanos},
                   {"signature", to_hex(voted.signature)},
                   {"block", nullptr}};
  if (vote.block) {
    out["block"] = {{"hash", to_hex(vote.block->hash)},
                    {"parts", vote.block->parts},
                    {"parts_hash", to_hex(vote.block->parts_hash)}};
  }
  return out;
}

std::string to_text(const SigningRecord& record) {
  json::object out{{"chain_id", record.chain_id},
                   {"signer", to_hex(record.signer)},
                   {"floor", record.floor},
                   {"last", nullptr},
                   {"precommits", json::value_from(record.precommits)},
                   {"known_from", nullptr},
                   {"waiting", record.waiting},
                   {"stopped", record.stopped}};
  if (record.last) out["last"] = to_json(*record.last);
  if (record.known_from) out["known_from"] = *record.known_from;
  return json::serialize(out) + "\n";
}

// Of a text that carried its own checksum: what is not as it was written throws, and the caller
// calls it damaged.
template <class Fixed>
Fixed hex_at(const json::value& object, std::string_view key) {
  const auto value = fixed_from_hex<Fixed>(json::value_to<std::string>(object.at(key)));
  if (!value) throw std::runtime_error(value.error().what);
  return *value;
}

template <class Number>
Number number_at(const json::value& object, std::string_view key) {
  return object.at(key).to_number<Number>();
}

SignedVote vote_from(const json::value& value) {
  SignedVote out;
  auto& vote = out.vote;
  const auto step = number_at<int>(value, "step");
  if (step < 1 || step > 3) throw std::runtime_error("a step that is none");
  vote.step = static_cast<VoteStep>(step);
  vote.height = number_at<std::int64_t>(value, "height");
  vote.round = number_at<std::int32_t>(value, "round");
  vote.valid_round = number_at<std::int32_t>(value, "valid_round");
  vote.time = {number_at<std::int64_t>(value, "seconds"), number_at<std::int32_t>(value, "nanos")};
  if (const auto& block = value.at("block"); !block.is_null()) {
    vote.block = {hex_at<Hash32>(block, "hash"), number_at<std::uint32_t>(block, "parts"),
                  hex_at<Hash32>(block, "parts_hash")};
  }
  out.signature = hex_at<Signature>(value, "signature");
  return out;
}

SigningRecord record_from(const json::value& value) {
  SigningRecord out;
  out.chain_id = json::value_to<std::string>(value.at("chain_id"));
  out.signer = hex_at<Address>(value, "signer");
  out.floor = number_at<std::int64_t>(value, "floor");
  if (const auto& last = value.at("last"); !last.is_null()) out.last = vote_from(last);
  out.precommits = json::value_to<std::vector<std::int64_t>>(value.at("precommits"));
  if (!value.at("known_from").is_null()) {
    out.known_from = number_at<std::int64_t>(value, "known_from");
  }
  out.waiting = json::value_to<std::string>(value.at("waiting"));
  out.stopped = json::value_to<std::string>(value.at("stopped"));
  return out;
}

// The first line of the file: the SHA-256 of what follows.
std::string checksum_line(std::string_view text) { return to_hex(sha256(as_bytes(text))) + "\n"; }

}  // namespace

Result<SigningDirectory> SigningDirectory::open(std::filesystem::path path) {
  const auto where = "the signer's directory " + path.string();
  if (auto made = make_private_directory(path); !made) return within(where, made.error());
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return fail(where + ": " + errno_words(errno));
  SigningDirectory out(std::move(path), descriptor);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return fail(where + ": " + errno_words(errno));
  if ((status.st_mode & 077) != 0) {
    return fail(where + " is open to others: chmod 700 " + shell_word(out.path_.string()));
  }
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail(where + ": " + errno_words(errno));
    return fail(where +
                " is another signer's, which runs: two of them would sign against each other");
  }
  return out;
}

SigningDirectory::SigningDirectory(SigningDirectory&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

SigningDirectory::~SigningDirectory() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::optional<SigningRecord>> SigningDirectory::load() const {
  std::error_code ignored;
  if (!std::filesystem::exists(std::filesystem::symlink_status(file(), ignored))) {
    return std::nullopt;
  }
  const auto content = read_small_file(file());
  if (!content) return tl::unexpected(content.error());
  const auto end_of_line = content->find('\n') + 1;
  const auto text = std::string_view(*content).substr(end_of_line);
  if (std::string_view(*content).substr(0, end_of_line) != checksum_line(text)) {
    return fail(file().string() + " is damaged: its SHA-256 is another");
  }
  try {
    return record_from(json::parse(text));
  } catch (const std::exception& error) {
    return fail(file().string() + " is not what this version writes: " + error.what());
  }
}

Result<void> SigningDirectory::keep(const SigningRecord& record) const {
  const auto text = to_text(record);
  return replace_file_durably(file(), checksum_line(text) + text);
}

}  // namespace horae
