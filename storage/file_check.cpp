#include "storage/file_check.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "core/files.hpp"

namespace horae {
namespace {

constexpr std::uint32_t lmdb_magic = 0xBEEFC0DE;
constexpr std::uint32_t lmdb_version = 1;
constexpr std::uint16_t meta_page_flag = 0x08;
constexpr std::uint64_t no_page = UINT64_MAX;

struct Table {
  std::uint32_t pad;  // of the free-list table: the page size
  std::uint16_t flags;
  std::uint16_t depth;
  std::uint64_t branch_pages, leaf_pages, overflow_pages, entries, root;
};

struct MetaPage {
  std::uint64_t page_number;
  std::uint16_t pad, flags;
  std::uint32_t bounds;
  std::uint32_t magic, version;
  std::uint64_t address, map_size;
  Table free_list, main;
  std::uint64_t last_page, txn_id;
};
static_assert(sizeof(MetaPage) == 152);

struct PageHeader {
  std::uint64_t page_number;
  std::uint16_t pad, flags;
  std::uint16_t lower, upper;
};
static_assert(sizeof(PageHeader) == 16);

struct NodeHeader {
  std::uint16_t low, high, flags, key_bytes;
};

struct Descriptor {
  int value;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

Result<MetaPage> read_meta(int descriptor, std::uint64_t offset, std::uint64_t page_number) {
  MetaPage meta;
  const auto length = ::pread(descriptor, &meta, sizeof meta, static_cast<off_t>(offset));
  if (length < 0) return fail("cannot be read: " + errno_words(errno));
  if (length != static_cast<ssize_t>(sizeof meta)) return fail("is truncated in its first pages");
  if (const auto* byte = reinterpret_cast<const std::uint8_t*>(&meta);
      std::all_of(byte, byte + sizeof meta, [](std::uint8_t each) { return each == 0; })) {
    return fail("is zeroed: its meta page " + std::to_string(page_number) + " has nothing in it");
  }
  if (meta.magic != lmdb_magic || (meta.flags & meta_page_flag) == 0 ||
      meta.page_number != page_number) {
    return fail("is not an LMDB file: its meta page " + std::to_string(page_number) +
                " is foreign or overwritten");
  }
  if (meta.version != lmdb_version) {
    return fail("has LMDB's data version " + std::to_string(meta.version) + ", wanted " +
                std::to_string(lmdb_version));
  }
  return meta;
}

bool plausible(const Table& table, std::uint64_t last_page) {
  if (table.root == no_page) return table.depth == 0 && table.entries == 0;
  return table.root >= 2 && table.root <= last_page && table.depth >= 1 && table.depth <= 32;
}

// Which pages the file's table of free pages names, of those from `first` on. Reads the file alone.
class FreePages {
 public:
  FreePages(int descriptor, std::uint64_t page_bytes, std::uint64_t first, std::uint64_t end)
      : descriptor_(descriptor), page_bytes_(page_bytes), first_(first), free_(end - first) {}

  /// False where the table itself is not whole.
  bool read(std::uint64_t root) { return root == no_page || walk(root, 0); }
  [[nodiscard]] bool all() const {
    return std::all_of(free_.begin(), free_.end(), [](bool named) { return named; });
  }

 private:
  static constexpr std::uint16_t branch = 0x01;
  static constexpr std::uint16_t leaf = 0x02;
  static constexpr std::uint16_t value_elsewhere = 0x01;

  [[nodiscard]] std::optional<Bytes> bytes_at(std::uint64_t page, std::uint64_t length) const {
    if (page >= first_ || length > (first_ - page) * page_bytes_) return std::nullopt;
    Bytes out(length);
    const auto got =
        ::pread(descriptor_, out.data(), length, static_cast<off_t>(page * page_bytes_));
    if (got != static_cast<ssize_t>(length)) return std::nullopt;
    return out;
  }

  template <class T>
  static std::optional<T> get(BytesView bytes, std::uint64_t offset) {
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
    T out;
    std::memcpy(&out, bytes.data() + offset, sizeof out);
    return out;
  }

  bool walk(std::uint64_t number, int depth) {
    const auto page = bytes_at(number, page_bytes_);
    if (depth > 32 || !page) return false;
    const auto header = *get<PageHeader>(*page, 0);
    if (header.page_number != number || (header.flags & (branch | leaf)) == 0) return false;
    if (header.lower < sizeof header || header.lower > page_bytes_) return false;
    for (std::uint64_t at = sizeof header; at < header.lower; at += 2) {
      const auto offset = get<std::uint16_t>(*page, at);
      const auto node = offset ? get<NodeHeader>(*page, *offset) : std::nullopt;
      if (!node) return false;
      const std::uint64_t low = node->low | std::uint64_t{node->high} << 16;
      if ((header.flags & branch) != 0) {
        if (!walk(low | std::uint64_t{node->flags} << 32, depth + 1)) return false;
      } else if (!note(*page, *offset + sizeof *node + node->key_bytes, low,
                       (node->flags & value_elsewhere) != 0)) {
        return false;
      }
    }
    return true;
  }

  // A value: how many numbers, and the numbers, in place or in pages of their own.
  bool note(BytesView page, std::uint64_t offset, std::uint64_t length, bool elsewhere) {
    Bytes own;
    if (elsewhere) {
      const auto number = get<std::uint64_t>(page, offset);
      auto bytes = number ? bytes_at(*number, sizeof(PageHeader) + length) : std::nullopt;
      if (!bytes) return false;
      own = std::move(*bytes);
      page = own;
      offset = sizeof(PageHeader);
    }
    const auto count = get<std::uint64_t>(page, offset);
    if (!count || length / 8 < *count + 1) return false;
    for (std::uint64_t i = 1; i <= *count; ++i) {
      const auto number = get<std::uint64_t>(page, offset + 8 * i);
      if (!number) return false;
      if (*number >= first_ && *number - first_ < free_.size()) free_[*number - first_] = true;
    }
    return true;
  }

  int descriptor_;
  std::uint64_t page_bytes_;
  std::uint64_t first_;  // the file has the pages before it
  std::vector<bool> free_;
};

// LMDB may leave pages at the end unwritten that a commit took and gave back: a file may end before
// its last page if all that it lacks is free.
bool lacks_free_pages_alone(int descriptor, const MetaPage& meta, std::uint64_t size,
                            std::uint64_t page) {
  constexpr std::uint64_t most = 1 << 24;
  const auto first = size / page;
  if (meta.last_page - first >= most) return false;
  FreePages free(descriptor, page, first, meta.last_page + 1);
  return free.read(meta.free_list.root) && free.all();
}

Result<void> check(int descriptor) {
  struct stat file {};
  if (::fstat(descriptor, &file) != 0) return fail("cannot be read: " + errno_words(errno));
  if (!S_ISREG(file.st_mode)) return fail("is no file");
  if (file.st_size == 0) return fail("is empty");
  auto first = read_meta(descriptor, 0, 0);
  if (!first) return tl::unexpected(first.error());
  const std::uint64_t page = first->free_list.pad;
  if (page < 512 || page > 65536 || (page & (page - 1)) != 0) {
    return fail("says that its pages have " + std::to_string(page) + " bytes");
  }
  auto second = read_meta(descriptor, page, 1);
  if (!second) return tl::unexpected(second.error());
  if (second->free_list.pad != page) return fail("has two meta pages that disagree");
  // Asked for after the meta pages: a writer beside us only makes the file longer.
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return fail("cannot be read: " + errno_words(errno));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const auto& newest = second->txn_id > first->txn_id ? *second : *first;
  const bool sane = newest.last_page < UINT64_MAX / page - 1;
  if (!sane || (size < (newest.last_page + 1) * page &&
                !lacks_free_pages_alone(descriptor, newest, size, page))) {
    return fail("is truncated: " + std::to_string(size) + " bytes, but its newest commit has " +
                std::to_string(newest.last_page + 1) + " pages of " + std::to_string(page));
  }
  if (!plausible(newest.free_list, newest.last_page) || !plausible(newest.main, newest.last_page)) {
    return fail("has a damaged meta page: a root that is no page of the file");
  }
  return {};
}

}  // namespace

Result<void> check_lmdb_file(const std::filesystem::path& file) {
  // A pipe in its place would be waited for without end.
  const Descriptor descriptor{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (descriptor.value < 0) {
    return fail("cannot open " + file.string() + ": " + errno_words(errno));
  }
  // Beside a writer a page may change between two looks: what is wrong must be so repeatedly.
  auto checked = check(descriptor.value);
  for (int again = 0; again < 2 && !checked; ++again) checked = check(descriptor.value);
  if (!checked) return fail(file.string() + " " + checked.error().what);
  return {};
}

}  // namespace horae
