#include "storage/snapshots.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "core/files.hpp"
#include "core/hash.hpp"

namespace horae {
namespace {

constexpr std::string_view magic = "HORAESNP";
constexpr std::size_t header_size = 16 + 16 + 4 * Hash32::size;
constexpr std::size_t piece_header_size = 16;
// A state of a full pool is a tenth of it.
constexpr std::uint64_t most_bytes = std::uint64_t{2} << 30;

template <class Integer>
void put(Bytes& out, Integer value) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
}
void put(Bytes& out, BytesView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

// Reads what put wrote; whoever takes has seen that it is there.
class Cursor {
 public:
  explicit Cursor(BytesView bytes) : rest_(bytes) {}
  template <class Integer>
  Integer integer() {
    Integer out = 0;
    for (std::size_t i = 0; i < sizeof out; ++i) {
      out = static_cast<Integer>(out | static_cast<Integer>(rest_[i]) << (8 * i));
    }
    rest_ = rest_.subspan(sizeof out);
    return out;
  }
  BytesView bytes(std::size_t size) {
    const auto out = rest_.first(size);
    rest_ = rest_.subspan(size);
    return out;
  }
  Hash32 hash() { return *Hash32::from(bytes(Hash32::size)); }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }

 private:
  BytesView rest_;
};

}  // namespace

Bytes encode_snapshot(std::uint32_t version, const SnapshotHeader& header,
                      std::span<const SnapshotPiece> pieces) {
  Bytes out;
  std::size_t size = header_size + Hash32::size;
  for (const auto& piece : pieces) size += piece_header_size + piece.bytes.size();
  out.reserve(size);
  put(out, as_bytes(magic));
  put(out, version);
  put(out, static_cast<std::uint32_t>(pieces.size()));
  put(out, header.seq);
  put(out, header.time_ms);
  for (const auto* hash : {&header.head, &header.log_key, &header.shared, &header.local}) {
    put(out, hash->view());
  }
  for (const auto& piece : pieces) {
    put(out, piece.kind);
    put(out, std::uint32_t{0});
    put(out, std::uint64_t{piece.bytes.size()});
    put(out, piece.bytes);
  }
  put(out, sha256(out).view());
  return out;
}

Result<SnapshotFile> decode_snapshot(std::uint32_t version, Bytes bytes) {
  if (bytes.size() < header_size + Hash32::size) {
    return fail("it has " + std::to_string(bytes.size()) + " bytes, too few for a snapshot");
  }
  SnapshotFile out;
  out.bytes = std::move(bytes);
  const auto body = BytesView(out.bytes).first(out.bytes.size() - Hash32::size);
  Cursor cursor(body);
  if (!std::ranges::equal(cursor.bytes(magic.size()), as_bytes(magic))) {
    return fail("it is no snapshot");
  }
  if (const auto written = cursor.integer<std::uint32_t>(); written != version) {
    return fail("it is of version " + std::to_string(written) + ", this program reads version " +
                std::to_string(version));
  }
  if (sha256(body) != *Hash32::from(BytesView(out.bytes).last(Hash32::size))) {
    return fail("it is torn or damaged: its SHA-256 is another");
  }
  const auto count = cursor.integer<std::uint32_t>();
  out.header.seq = cursor.integer<std::uint64_t>();
  out.header.time_ms = cursor.integer<std::uint64_t>();
  for (auto* hash :
       {&out.header.head, &out.header.log_key, &out.header.shared, &out.header.local}) {
    *hash = cursor.hash();
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    if (cursor.left() < piece_header_size) return fail("its parts are cut off");
    SnapshotPiece piece;
    piece.kind = cursor.integer<std::uint32_t>();
    const auto zero = cursor.integer<std::uint32_t>();
    const auto length = cursor.integer<std::uint64_t>();
    if (zero != 0 || length > cursor.left() || length % 8 != 0) {
      return fail("part " + std::to_string(i) + " of it has no right length");
    }
    piece.bytes = cursor.bytes(length);
    out.pieces.push_back(piece);
  }
  if (cursor.left() != 0) return fail("something stands behind its parts");
  return out;
}

std::vector<std::uint64_t> Snapshots::list() const {
  std::vector<std::uint64_t> out;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory_, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto name = entry->path().filename().string();
    std::uint64_t seq = 0;
    const auto* last = name.data() + name.size();
    const auto [stopped, trouble] = std::from_chars(name.data(), last, seq);
    if (trouble == std::errc() && stopped == last && std::to_string(seq) == name) {
      out.push_back(seq);
    }
  }
  std::ranges::sort(out, std::greater());
  return out;
}

std::filesystem::path Snapshots::path_of(std::uint64_t seq) const {
  return directory_ / std::to_string(seq);
}

Result<Bytes> Snapshots::read(std::uint64_t seq) const {
  const auto path = path_of(seq);
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return fail("cannot open it: " + errno_words(errno));
  struct stat status {};
  Bytes out;
  std::string trouble;
  if (::fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
    trouble = "it is no file";
  } else if (static_cast<std::uint64_t>(status.st_size) > most_bytes) {
    trouble = "it is longer than any snapshot";
  } else {
    out.resize(static_cast<std::size_t>(status.st_size));
    std::size_t done = 0;
    while (done < out.size()) {
      const auto got = ::read(file, out.data() + done, out.size() - done);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) trouble = "cannot read it: " + errno_words(errno);
      if (got <= 0) break;
      done += static_cast<std::size_t>(got);
    }
    out.resize(done);
  }
  ::close(file);
  if (!trouble.empty()) return fail(trouble);
  return out;
}

Result<void> Snapshots::write(std::uint64_t seq, BytesView bytes) {
  if (auto made = make_private_directory(directory_); !made) return made;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (auto written = replace_file_durably(path_of(seq), text); !written) return written;
  remove_unfinished();
  const auto all = list();
  for (std::size_t i = kept; i < all.size(); ++i) remove(all[i]);
  return {};
}

// What a process that was killed while it wrote left behind.
void Snapshots::remove_unfinished() {
  std::error_code error;
  std::vector<std::filesystem::path> left;
  for (std::filesystem::directory_iterator entry(directory_, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == ".new") left.push_back(entry->path());
  }
  for (const auto& path : left) std::filesystem::remove(path, error);
}

void Snapshots::remove(std::uint64_t seq) {
  std::error_code ignored;
  std::filesystem::remove(path_of(seq), ignored);
}

}  // namespace horae
