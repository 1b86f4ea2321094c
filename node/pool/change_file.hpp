#pragma once

#include <filesystem>

#include "events/pool/rule_changes.hpp"
#include "node/config/load.hpp"

namespace horae {

/// The change of shared rules that these settings want (shared_rules), from L1's block from_block
/// on; rules that are so already change nothing. needs: the version of the rules that a binary must
/// know. revocable: blocks are to be revocable from there on, as a new genesis has it.
[[nodiscard]] Msg<schema::RuleChange> make_change(const config::Config& config,
                                                  std::uint64_t from_block, std::uint32_t needs,
                                                  bool revocable = false);

/// The text of a file for pool.rule_change (node/pool/message_file.hpp).
[[nodiscard]] std::string change_text(const Msg<schema::RuleChange>& change);
/// Reads one. Refuses one that somebody edited, and rules that this program knows and that set
/// nothing.
[[nodiscard]] Result<Msg<schema::RuleChange>> read_change(const std::filesystem::path& file);

}  // namespace horae
