#pragma once

#include <cstdint>
#include <string>

#include "core/result.hpp"
#include "tools/replay/refusal.hpp"

namespace horae::replay {

/// The first thing that is wrong with a log: the record, what of it, and both values in words.
struct Finding {
  Trouble trouble = Trouble::log_corrupt;
  std::uint64_t seq = 0;
  std::string what, wanted, got;
};

/// Takes "what: wanted this, got that" apart, as the record's and the fold's faults are worded;
/// other words become what was got of a record that should have been `wanted`.
[[nodiscard]] Finding finding_of(std::uint64_t seq, const Fault& fault, const std::string& wanted);

/// "record 7: prev: wanted 0x…, got 0x…"
[[nodiscard]] std::string to_text(const Finding& finding);

/// The refusal (corrupt) of a record that cannot be read: its finding in words.
[[nodiscard]] tl::unexpected<Failure> refuse_record(std::uint64_t seq, const Fault& fault,
                                                    const std::string& wanted = "a record");

}  // namespace horae::replay
