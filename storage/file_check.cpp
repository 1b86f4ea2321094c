#include "storage/file_check.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "storage/files.hpp"

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
  if (meta.magic != lmdb_magic || (meta.flags & meta_page_flag) == 0 ||
      meta.page_number != page_number) {
    return fail("is not an LMDB file: its meta page " + std::to_string(page_number) +
                " is foreign, overwritten or zeroed");
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

Result<void> check(int descriptor) {
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
  if (newest.last_page >= UINT64_MAX / page - 1 || size < (newest.last_page + 1) * page) {
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
  const Descriptor descriptor{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (descriptor.value < 0) {
    return fail("cannot open " + file.string() + ": " + errno_words(errno));
  }
  if (auto checked = check(descriptor.value); !checked) {
    return fail(file.string() + " " + checked.error().what);
  }
  return {};
}

}  // namespace horae
