#pragma once

#include <filesystem>

#include "core/result.hpp"

namespace horae {

/// Looks at an LMDB data file without mapping it: both meta pages (magic, version, page size, roots
/// within the file) and that the file is as long as the newest of them says, free pages at its end
/// aside. LMDB itself would end the process on such a file (SIGBUS past the end, an assertion on a
/// page of zeros) or lose commits silently. Layout: lmdb 0.9's mdb.c, struct MDB_page and struct
/// MDB_meta, 64-bit little-endian.
[[nodiscard]] Result<void> check_lmdb_file(const std::filesystem::path& file);

}  // namespace horae
