#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint.hpp"
#include "events/record.hpp"
#include "tools/replay/refusal.hpp"

// Checks what prove.hpp writes, by the algorithms of RFC 9162, which go another way than those that
// make the proofs; nothing of theirs is used here.
namespace horae::replay {

/// The root of the tree of this size that a leaf stands in at this index, beside this path
/// (RFC 9162 section 2.1.3.2); nothing where no tree has such a path.
[[nodiscard]] std::optional<Hash32> root_from_inclusion(std::uint64_t index, std::uint64_t size,
                                                        const Hash32& leaf,
                                                        const std::vector<Hash32>& path);

/// Whether the tree of size `to` and this root grew from the one of size `from` (RFC 9162 section
/// 2.1.4.2).
[[nodiscard]] bool is_consistent(std::uint64_t from, const Hash32& from_root, std::uint64_t to,
                                 const Hash32& to_root, const std::vector<Hash32>& path);

/// What a proof shows.
struct Proven {
  struct Head {
    Checkpoint checkpoint;
    bool is_signed = false;  // by the key
  };
  std::optional<RecordHeader> record;  // that stands in the log
  std::string fact;                    // its fact's name; empty where this version knows none such
  std::optional<Head> before;          // that the log grew from
  Head head;
  Hash32 key;              // of the log
  bool key_given = false;  // else it is the one that the head itself names
};

/// Refuses what is no proof (corrupt), and one that does not show what it says (mismatch): among
/// these one without a signature where a key is given, since nothing ties it to the key.
[[nodiscard]] Outcome<Proven> check_proof(std::string_view file, const std::optional<Hash32>& key);

[[nodiscard]] std::string to_text(const Proven& proven);
[[nodiscard]] boost::json::object to_json(const Proven& proven);

}  // namespace horae::replay
