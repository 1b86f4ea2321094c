#include "storage/disk_trouble.hpp"

#include <cerrno>
#include <string>

#include "core/files.hpp"
#include "core/trouble.hpp"
#include "storage/lmdb.hpp"

namespace horae {
namespace {

std::string what_to_do(const Environment& environment, const Fault& fault) {
  const auto says = [&](const std::string& words) {
    return fault.what.find(words) != std::string::npos;
  };
  const auto directory = environment.directory().string();
  if (!environment.in_place()) return "Put " + directory + " back as it was";
  // A large commit may find a map too small that is far from full.
  if (says(lmdb::words(MDB_MAP_FULL))) {
    return "Give it a larger map (--log-map, and no limit on address space)";
  }
  // LMDB calls a short write an input/output error.
  const auto room = environment.room();
  if (says(errno_words(ENOSPC)) || (room && room->disk_free_bytes < reserve_bytes)) {
    return "Free some space on the disk of " + directory;
  }
  return "See what the system says of the disk of " + directory;
}

}  // namespace

void end_at_disk(const Environment& environment, const Fault& fault) {
  const auto trouble = environment.in_place() ? Trouble::disk_failed : Trouble::directory_gone;
  end_at_once({trouble, "stopped, since its disk fails it: " + fault.what +
                            ". Nothing acknowledged is lost. " + what_to_do(environment, fault) +
                            ", then start again"});
}

}  // namespace horae
