#pragma once

namespace horae {

/// The commit that a binary was built from: empty outside a checkout. Defined by the build, in a
/// library that only the binaries' mains link (cmake/commit.cmake), so that a commit makes nothing
/// else be linked anew.
struct BuildCommit {
  const char* hash;  // 40 hex digits
  bool modified;     // with changes that were not committed
};
extern const BuildCommit build_commit;

}  // namespace horae
