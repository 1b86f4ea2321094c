#include "storage/file_ahead.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "storage/lmdb.hpp"

namespace horae {

void FileAhead::keep() {
  MDB_envinfo info{};
  MDB_stat stat{};
  mdb_filehandle_t file{};
  mdb_env_info(environment_.raw(), &info);
  mdb_env_stat(environment_.raw(), &stat);
  mdb_env_get_fd(environment_.raw(), &file);
  const auto used = (info.me_last_pgno + 1) * stat.ms_psize;
  if (filled_ == 0) {
    struct stat status {};
    if (::fstat(file, &status) != 0) return;
    filled_ = static_cast<std::uint64_t>(status.st_size);
  }
  if (used + step_bytes / 2 <= filled_) return;
  static const std::vector<std::uint8_t> zeros(step_bytes);
  const auto from = std::max(used, filled_);
  const auto wanted = std::min<std::uint64_t>(step_bytes, info.me_mapsize - from);
  const auto written = ::pwrite(file, zeros.data(), wanted, static_cast<off_t>(from));
  if (written > 0) filled_ = from + static_cast<std::uint64_t>(written);
}

}  // namespace horae
