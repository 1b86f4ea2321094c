#include "storage/environment.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <set>

#include "core/files.hpp"
#include "storage/file_check.hpp"
#include "storage/lmdb.hpp"

namespace horae {
namespace {

constexpr unsigned max_readers = 512;
constexpr std::size_t least_map_bytes = std::size_t{1} << 30;

// Which files this process has open.
struct Registry {
  std::mutex mutex;
  std::set<std::pair<std::uint64_t, std::uint64_t>> open;
};
Registry& registry() {
  static Registry instance;
  return instance;
}

void on_assertion(MDB_env*, const char* text) {
  stop(std::string("a damaged page in an LMDB file: ") + text);
}

unsigned flags_of(Access access) {
  // NOTLS: a read tx belongs to its object and may move between threads. Never WRITEMAP (stray
  // pointers reach the file, a full disk is SIGBUS).
  switch (access) {
    case Access::durable:
      return MDB_NOTLS;
    case Access::rebuildable:
      return MDB_NOTLS | MDB_NOSYNC;
    case Access::read_only:
      return MDB_NOTLS | MDB_RDONLY;
  }
  stop("an unknown kind of access");
}

struct EnvCloser {
  void operator()(MDB_env* env) const { mdb_env_close(env); }
};
using OwnedEnv = std::unique_ptr<MDB_env, EnvCloser>;

// Opens with the largest map that the system grants.
Result<OwnedEnv> open_lmdb(const std::filesystem::path& directory, unsigned flags,
                           std::size_t map_bytes, std::size_t tables) {
  for (;; map_bytes /= 2) {
    MDB_env* raw = nullptr;
    if (const int code = mdb_env_create(&raw); code != MDB_SUCCESS) {
      return fail("LMDB: " + lmdb::words(code));
    }
    OwnedEnv env(raw);
    mdb_env_set_maxdbs(raw, static_cast<MDB_dbi>(tables + 1));
    mdb_env_set_maxreaders(raw, max_readers);
    mdb_env_set_mapsize(raw, map_bytes);
    mdb_env_set_assert(raw, on_assertion);
    const int code = mdb_env_open(raw, directory.c_str(), flags, 0600);
    if (code == MDB_SUCCESS) {
      // Child processes must not inherit it; LMDB sets this on its other descriptors only.
      mdb_filehandle_t descriptor = -1;
      mdb_env_get_fd(raw, &descriptor);
      ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
      return env;
    }
    if (code != ENOMEM || map_bytes / 2 < least_map_bytes) {
      return fail("cannot open " + directory.string() + ": " + lmdb::words(code));
    }
  }
}

std::size_t count_tables(const EnvironmentOptions& options) {
  return options.tables.size() + options.later_tables.size();
}

// LMDB makes lock.mdb longer without giving it blocks and then writes to it through a map: on a
// full disk that ends the process (SIGBUS). Nobody in this process has it open yet, so that closing
// it drops no lock.
Result<void> give_blocks(const std::filesystem::path& lock_file) {
  constexpr off_t wanted =
      off_t{64} * (max_readers + 4);  // a line for each reader, some for the head
  const int file = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return fail("cannot open " + lock_file.string() + ": " + errno_words(errno));
  const int code = ::fallocate(file, FALLOC_FL_KEEP_SIZE, 0, wanted) == 0 ? 0 : errno;
  ::close(file);
  if (code == 0 || code == EOPNOTSUPP) return {};
  return fail("cannot make " + lock_file.string() + ": " + errno_words(code));
}

// Makes a whole, synced data.mdb aside and renames it into the directory.
Result<void> create(const EnvironmentOptions& options) {
  const auto aside = options.directory / "new";
  std::error_code error;
  std::filesystem::remove_all(aside, error);
  if (auto made = make_private_directory(aside); !made) return made;
  {
    auto env = open_lmdb(aside, MDB_NOTLS, least_map_bytes, count_tables(options));
    if (!env) return tl::unexpected(env.error());
    MDB_txn* txn = nullptr;
    int code = mdb_txn_begin(env->get(), nullptr, 0, &txn);
    for (const auto* names : {&options.tables, &options.later_tables}) {
      for (const auto& name : *names) {
        MDB_dbi table = 0;
        if (code == MDB_SUCCESS) code = mdb_dbi_open(txn, name.c_str(), MDB_CREATE, &table);
      }
    }
    if (code == MDB_SUCCESS) {
      code = mdb_txn_commit(txn);
    } else if (txn != nullptr) {
      mdb_txn_abort(txn);
    }
    if (code != MDB_SUCCESS) {
      return fail("cannot create " + options.directory.string() + ": " + lmdb::words(code));
    }
  }
  // LMDB writes the first meta pages without a sync.
  if (auto synced = sync_path(aside / "data.mdb"); !synced) return synced;
  if (::rename((aside / "data.mdb").c_str(), (options.directory / "data.mdb").c_str()) != 0) {
    return fail("cannot put " + (options.directory / "data.mdb").string() +
                " in its place: " + errno_words(errno));
  }
  std::filesystem::remove_all(aside, error);
  return sync_path(options.directory);
}

}  // namespace

Result<std::shared_ptr<Environment>> Environment::open(const EnvironmentOptions& options) {
  std::shared_ptr<Environment> out(new Environment(options.directory, options.access));
  if (auto opened = out->open_env(options); !opened) return tl::unexpected(opened.error());
  if (auto opened = out->open_tables(options); !opened) {
    return tl::unexpected(opened.error());
  }
  if (auto freed = out->check_readers(); !freed) return tl::unexpected(freed.error());
  return out;
}

Result<void> Environment::open_env(const EnvironmentOptions& options) {
  const std::lock_guard guard(registry().mutex);
  const auto file = options.directory / "data.mdb";
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    const int code = errno;
    if (code != ENOENT || options.access == Access::read_only) {
      return fail("cannot open " + file.string() + ": " + errno_words(code));
    }
    if (auto made = make_private_directory(options.directory); !made) return made;
    if (auto created = create(options); !created) return created;
    if (::stat(file.c_str(), &status) != 0) {
      return fail("cannot open " + file.string() + ": " + errno_words(errno));
    }
  }
  identity_ = {status.st_dev, status.st_ino};
  if (registry().open.contains(identity_)) {
    return fail(file.string() + " is open in this process already");
  }
  if (auto checked = check_lmdb_file(file); !checked) return checked;

  auto flags = flags_of(options.access);
  // A copy without lock.mdb has no other user, and a reader leaves no file behind.
  if (options.access == Access::read_only &&
      ::access((options.directory / "lock.mdb").c_str(), F_OK) != 0 && errno == ENOENT) {
    flags |= MDB_NOLOCK;
  }
  if (options.access != Access::read_only) {
    if (auto given = give_blocks(options.directory / "lock.mdb"); !given) return given;
  }
  auto env = open_lmdb(options.directory, flags, options.map_bytes, count_tables(options));
  if (!env) return tl::unexpected(env.error());
  env_ = env->release();
  registered_ = registry().open.insert(identity_).second;
  return {};
}

Result<void> Environment::open_tables(const EnvironmentOptions& options) {
  std::vector<std::string> missing;
  for (int attempt = 0;; ++attempt) {
    MDB_txn* txn = nullptr;
    int code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn);
    if (code == MDB_MAP_RESIZED && attempt < 3) {
      if (auto followed = follow_map(); !followed) return followed;
      continue;
    }
    for (const auto& name : options.tables) {
      // Never created here: a file without the tables it was made with is somebody else's.
      if (code == MDB_SUCCESS) code = mdb_dbi_open(txn, name.c_str(), 0, &tables_[name]);
    }
    missing.clear();
    for (const auto& name : options.later_tables) {
      if (code != MDB_SUCCESS) break;
      MDB_dbi table = 0;
      code = mdb_dbi_open(txn, name.c_str(), 0, &table);
      if (code == MDB_SUCCESS) {
        tables_[name] = table;
      } else if (code == MDB_NOTFOUND) {
        missing.push_back(name);
        code = MDB_SUCCESS;
      }
    }
    if (code == MDB_SUCCESS) {
      // A commit is what keeps the handles, of a read tx, too.
      code = mdb_txn_commit(txn);
    } else if (txn != nullptr) {
      mdb_txn_abort(txn);
    }
    if (code == MDB_NOTFOUND || code == MDB_INCOMPATIBLE) {
      return fail((directory_ / "data.mdb").string() +
                  " is an LMDB file of another kind: its tables are not ours");
    }
    if (code != MDB_SUCCESS) {
      return fail("cannot read " + directory_.string() + ": " + lmdb::words(code));
    }
    if (missing.empty() || access_ == Access::read_only) return {};
    return make_tables(missing);
  }
}

Result<void> Environment::make_tables(const std::vector<std::string>& names) {
  lmdb::WriteTxn txn(*this);
  int code = txn.code();
  for (const auto& name : names) {
    if (code == MDB_SUCCESS)
      code = mdb_dbi_open(txn.raw(), name.c_str(), MDB_CREATE, &tables_[name]);
  }
  if (code == MDB_SUCCESS) code = txn.commit();
  if (code == MDB_SUCCESS) return {};
  return fail("cannot add a table to " + directory_.string() + ": " + lmdb::words(code));
}

bool Environment::is_open(const std::filesystem::path& directory) {
  const std::lock_guard guard(registry().mutex);
  struct stat status {};
  return ::stat((directory / "data.mdb").c_str(), &status) == 0 &&
         registry().open.contains({status.st_dev, status.st_ino});
}

Environment::~Environment() {
  const std::lock_guard guard(registry().mutex);
  if (env_ != nullptr) mdb_env_close(env_);
  if (registered_) registry().open.erase(identity_);
}

Result<int> Environment::check_readers() {
  int dead = 0;
  if (const int code = mdb_reader_check(env_, &dead); code != MDB_SUCCESS) {
    return fail("cannot check the readers of " + directory_.string() + ": " + lmdb::words(code));
  }
  return dead;
}

Result<Room> Environment::room() const {
  MDB_envinfo info{};
  MDB_stat stat{};
  mdb_env_info(env_, &info);
  mdb_env_stat(env_, &stat);
  struct statvfs disk {};
  if (::statvfs(directory_.c_str(), &disk) != 0) {
    return fail("cannot ask for the room on " + directory_.string() + ": " + errno_words(errno));
  }
  return Room{(info.me_last_pgno + 1) * stat.ms_psize, info.me_mapsize,
              std::uint64_t{disk.f_bavail} * disk.f_frsize};
}

Result<void> Environment::in_place() const {
  const auto file = directory_ / "data.mdb";
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    return fail(file.string() + " is gone from its place: " + errno_words(errno));
  }
  if (identity_ != std::pair<std::uint64_t, std::uint64_t>(status.st_dev, status.st_ino)) {
    return fail(file.string() + " is gone from its place: another file stands there");
  }
  return {};
}

std::string Environment::whereabouts() const {
  const auto left = room();
  if (!left) return directory_.string();
  return directory_.string() + ": " + std::to_string(left->disk_free_bytes) +
         " bytes are free on its disk, " + std::to_string(left->used_bytes) + " of " +
         std::to_string(left->map_bytes) + " of its map are used";
}

Result<void> Environment::follow_map() {
  const std::unique_lock alone(map_mutex_);
  if (const int code = mdb_env_set_mapsize(env_, 0); code != MDB_SUCCESS) {
    // LMDB unmapped the old map first: there is nothing left to read from.
    stop("the map of " + directory_.string() + " could not grow: " + lmdb::words(code));
  }
  return {};
}

std::string lmdb_version() {
  int major = 0;
  int minor = 0;
  int patch = 0;
  ::mdb_version(&major, &minor, &patch);
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

Result<void> copy_environment(Environment& environment, const std::filesystem::path& directory) {
  const auto file = directory / "data.mdb";
  std::error_code error;
  if (std::filesystem::exists(file, error)) return fail(file.string() + " is there already");
  {
    std::shared_lock lock(environment.map_mutex());
    // It opens its own descriptors of the copy alone: the locks on the source stay.
    if (const int code = mdb_env_copy(environment.raw(), directory.c_str()); code != MDB_SUCCESS) {
      return fail("cannot copy the log to " + directory.string() + ": " + lmdb::words(code));
    }
  }
  if (auto synced = sync_path(file); !synced) return synced;
  return sync_path(directory);
}

}  // namespace horae
