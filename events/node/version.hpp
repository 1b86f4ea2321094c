#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/commit.hpp"

namespace horae {

/// The format that LogOpened names: of records and schemas (schemas/node.capnp).
constexpr std::uint32_t log_format = 1;
/// Of the released schemas, each of which has a golden log of its number in tests/golden.
constexpr std::uint32_t schema_version = 11;

/// A library that a binary runs with, and its version.
using LibraryVersion = std::pair<std::string, std::string>;

/// What a binary is and what it reads and writes: `program`, `version`, `commit` (null outside a
/// checkout) and whether it was `modified`, `logFormat`, `recordHeader`, `schema`, `snapshot`,
/// `checkpoint`, `compiler`, and `libraries` with Cap'n Proto's added to the given ones.
[[nodiscard]] boost::json::object version_json(std::string_view program, const BuildCommit& commit,
                                               const std::vector<LibraryVersion>& libraries);
/// The same for people, a line each.
[[nodiscard]] std::string version_text(const boost::json::object& version);

}  // namespace horae
