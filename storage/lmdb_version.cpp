#include "storage/lmdb_version.hpp"

#include <lmdb.h>

namespace horae {

std::string lmdb_version() {
  int major = 0;
  int minor = 0;
  int patch = 0;
  ::mdb_version(&major, &minor, &patch);
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

}  // namespace horae
