#include "storage/lookups.hpp"

#include <algorithm>
#include <array>
#include <system_error>

#include "core/files.hpp"
#include "storage/lmdb.hpp"

namespace horae {
namespace {

constexpr const char* entries_table = "entries";
constexpr const char* state_table = "state";
constexpr std::string_view position_key = "position";

using BigEndian = std::array<std::uint8_t, 8>;

BigEndian big_endian(std::uint64_t number) {
  BigEndian out;
  for (std::size_t i = 8; i-- > 0; number >>= 8) out[i] = static_cast<std::uint8_t>(number);
  return out;
}

std::uint64_t from_big_endian(BytesView bytes) {
  std::uint64_t out = 0;
  for (const auto byte : bytes.last(8)) out = out << 8 | byte;
  return out;
}

Result<std::string> running_boot() {
  auto id = read_small_file("/proc/sys/kernel/random/boot_id");
  if (id) id->erase(std::remove(id->begin(), id->end(), '\n'), id->end());
  return id;
}

Result<void> remove_directory(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::remove_all(directory, error);
  if (error) return fail("cannot delete " + directory.string() + ": " + error.message());
  return {};
}

Result<std::uint64_t> read_position(MDB_txn* txn, MDB_dbi table) {
  auto key = lmdb::val(as_bytes(position_key));
  MDB_val value{};
  const int code = mdb_get(txn, table, &key, &value);
  if (code == MDB_NOTFOUND) return 0;
  if (code != MDB_SUCCESS) return fail("cannot read the lookups' position: " + lmdb::words(code));
  if (value.mv_size != 8) return fail("the lookups' position is damaged");
  return from_big_endian(lmdb::view(value));
}

// Whose the lookups are stands in a file beside data.mdb, so that a corrupt environment is never
// opened.
std::filesystem::path owner_file(const std::filesystem::path& directory) {
  return directory / "owner";
}
std::string owner(const std::string& state, const std::string& identity) {
  return state + "\nlog " + identity + "\n";
}
constexpr const char* sealed = "sealed";

}  // namespace

Result<Lookups> Lookups::open(const Options& options) {
  if (Environment::is_open(options.directory)) {
    return fail(options.directory.string() + " is open in this process already");
  }
  std::string boot = options.boot_id;
  if (boot.empty()) {
    auto running = running_boot();
    if (!running) return tl::unexpected(running.error());
    boot = std::move(*running);
  }
  const auto file = owner_file(options.directory);
  const auto ours = owner("boot " + boot, options.identity);
  const EnvironmentOptions environment_options{.directory = options.directory,
                                               .access = Access::rebuildable,
                                               .tables = {entries_table, state_table}};
  const auto found = read_small_file(file);
  const bool whole = found && *found == owner(sealed, options.identity);
  // A seal that outlived what is written next would vouch for it after a power loss.
  if (whole) {
    if (auto broken = replace_file_durably(file, ours); !broken) {
      return tl::unexpected(broken.error());
    }
  }
  if (whole || (found && *found == ours)) {
    if (auto environment = Environment::open(environment_options)) {
      return Lookups(std::move(*environment), options.identity);
    }
  }
  if (auto removed = remove_directory(options.directory); !removed) {
    return tl::unexpected(removed.error());
  }
  auto environment = Environment::open(environment_options);
  if (!environment) return tl::unexpected(environment.error());
  // It needs no sync: after a power loss the boot is another one whatever it says.
  if (auto written = replace_small_file(file, ours); !written) {
    return tl::unexpected(written.error());
  }
  return Lookups(std::move(*environment), options.identity);
}

Result<void> Lookups::seal() {
  if (const int code = mdb_env_sync(environment_->raw(), 1); code != MDB_SUCCESS) {
    return fail("cannot sync the lookups: " + lmdb::words(code));
  }
  return replace_file_durably(owner_file(environment_->directory()), owner(sealed, identity_));
}

Lookups::Lookups(std::shared_ptr<Environment> environment, std::string identity)
    : environment_(std::move(environment)),
      identity_(std::move(identity)),
      entries_(environment_->table(entries_table)),
      state_(environment_->table(state_table)) {}

Result<void> Lookups::put(std::uint64_t position, std::span<const LookupEntry> entries) {
  lmdb::WriteTxn txn(*environment_);
  if (txn.code() != MDB_SUCCESS) {
    return fail("cannot write the lookups: " + lmdb::words(txn.code()));
  }
  auto before = read_position(txn.raw(), state_);
  if (!before) return tl::unexpected(before.error());
  if (position < *before) {
    return fail("the lookups stand at " + std::to_string(*before) + " and cannot go back to " +
                std::to_string(position));
  }
  for (const auto& entry : entries) {
    auto key = lmdb::val(entry.key);
    auto value = lmdb::val(entry.value);
    if (const int code = mdb_put(txn.raw(), entries_, &key, &value, 0); code != MDB_SUCCESS) {
      return fail("cannot write a lookup: " + lmdb::words(code));
    }
  }
  auto key = lmdb::val(as_bytes(position_key));
  const auto number = big_endian(position);
  auto value = lmdb::val(number);
  int code = mdb_put(txn.raw(), state_, &key, &value, 0);
  if (code == MDB_SUCCESS) code = txn.commit();
  if (code != MDB_SUCCESS) return fail("cannot write the lookups: " + lmdb::words(code));
  return {};
}

Result<std::uint64_t> Lookups::position() const {
  lmdb::ReadSlot slot(environment_, state_);
  const lmdb::ReadScope scope(slot);
  if (!scope.begun()) return tl::unexpected(scope.begun().error());
  return read_position(slot.txn(), state_);
}

Result<std::optional<Bytes>> Lookups::get(BytesView wanted) const {
  lmdb::ReadSlot slot(environment_, entries_);
  const lmdb::ReadScope scope(slot);
  if (!scope.begun()) return tl::unexpected(scope.begun().error());
  auto key = lmdb::val(wanted);
  MDB_val value{};
  const int code = mdb_get(slot.txn(), entries_, &key, &value);
  if (code == MDB_NOTFOUND) return std::nullopt;
  if (code != MDB_SUCCESS) return fail("cannot read a lookup: " + lmdb::words(code));
  const auto bytes = lmdb::view(value);
  return Bytes(bytes.begin(), bytes.end());
}

Result<std::vector<Bytes>> Lookups::keys(BytesView prefix, std::size_t limit) const {
  std::vector<Bytes> out;
  lmdb::ReadSlot slot(environment_, entries_);
  const lmdb::ReadScope scope(slot);
  if (!scope.begun()) return tl::unexpected(scope.begun().error());
  auto key = lmdb::val(prefix);
  MDB_val value{};
  // LMDB knows no empty key.
  int code =
      mdb_cursor_get(slot.cursor(), &key, &value, prefix.empty() ? MDB_FIRST : MDB_SET_RANGE);
  for (; code == MDB_SUCCESS && out.size() < limit;
       code = mdb_cursor_get(slot.cursor(), &key, &value, MDB_NEXT)) {
    const auto found = lmdb::view(key);
    if (found.size() < prefix.size() || !std::equal(prefix.begin(), prefix.end(), found.begin())) {
      return out;
    }
    out.emplace_back(found.begin(), found.end());
  }
  if (code != MDB_SUCCESS && code != MDB_NOTFOUND) {
    return fail("cannot read the lookups: " + lmdb::words(code));
  }
  return out;
}

LookupEntry Lookups::mention(const Hash32& hash, std::uint64_t seq) {
  LookupEntry out{Bytes(hash.bytes.begin(), hash.bytes.end()), {}};
  const auto number = big_endian(seq);
  out.key.insert(out.key.end(), number.begin(), number.end());
  return out;
}

Result<std::vector<std::uint64_t>> Lookups::mentions(const Hash32& hash, std::size_t limit) const {
  auto found = keys(hash.view(), limit);
  if (!found) return tl::unexpected(found.error());
  std::vector<std::uint64_t> out;
  for (const auto& key : *found) {
    if (key.size() == Hash32::size + 8) out.push_back(from_big_endian(key));
  }
  return out;
}

Result<std::optional<std::uint64_t>> Lookups::last_mention(const Hash32& hash) const {
  lmdb::ReadSlot slot(environment_, entries_);
  const lmdb::ReadScope scope(slot);
  if (!scope.begun()) return tl::unexpected(scope.begun().error());
  // To the first key behind all of this hash's, and one back.
  const auto behind = mention(hash, UINT64_MAX);
  auto key = lmdb::val(behind.key);
  MDB_val value{};
  int code = mdb_cursor_get(slot.cursor(), &key, &value, MDB_SET_RANGE);
  if (code == MDB_SUCCESS || code == MDB_NOTFOUND) {
    const auto step = code == MDB_SUCCESS ? MDB_PREV : MDB_LAST;
    code = mdb_cursor_get(slot.cursor(), &key, &value, step);
  }
  if (code == MDB_NOTFOUND) return std::nullopt;
  if (code != MDB_SUCCESS) return fail("cannot read the lookups: " + lmdb::words(code));
  const auto found = lmdb::view(key);
  if (found.size() != behind.key.size() ||
      !std::equal(hash.bytes.begin(), hash.bytes.end(), found.begin())) {
    return std::nullopt;
  }
  return from_big_endian(found);
}

}  // namespace horae
