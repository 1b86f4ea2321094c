#pragma once

#include <set>
#include <vector>

#include "events/decision.hpp"

// What any bytes may do to our decoders: be refused, or be accepted as exactly themselves. Each
// stops where that does not hold, and returns whether the bytes were accepted.
namespace horae::fuzz {

/// Msg::parse against every schema of the log and of commands, and the JSON of what it accepts.
bool fuzz_message(BytesView bytes);
/// decode_txn, recover_sender, and back.
bool fuzz_txn(BytesView bytes);
/// decode_record, its header and back, its payload as the fold checks it.
bool fuzz_record(BytesView bytes);
/// Records of a log one after another, as tape() writes them, through the record reader: decoded,
/// checked, folded, described, and the state's hashes and JSON at the end. Numbers, links and times
/// are made to follow, as a forger would, or nothing behind the first record would be looked at.
/// True where all of them were folded.
bool fuzz_log(BytesView bytes);
/// decode_evidence, check, and back; and its block as evidence_in looks at one.
bool fuzz_evidence(BytesView bytes);
/// Shared commands as the bytes have them, on a state as they have it, through settle: what
/// strangers say (tests/fuzz/stranger.hpp) and what members nearly say (tests/fuzz/member.hpp).
/// Each gives facts or a refusal that changes nothing, each fact is one that a log can hold, the
/// facts fold to the same state elsewhere, and a snapshot of the last state is the same state. True
/// where anything was decided.
bool fuzz_settle(BytesView bytes);
/// The same, with the kinds of facts that were decided.
using KindsMade = std::set<std::pair<Domain, std::uint16_t>>;
void settle_strangers(BytesView bytes, KindsMade& made);
/// RLP: a list, read item by item and put together again.
bool fuzz_rlp(BytesView bytes);

/// A log's values as fuzz_log reads them: of each record domain, more, kind (2 bytes,
/// little-endian), seconds since the one before (1), the payload's length in words (3), and the
/// payload.
[[nodiscard]] Bytes tape(const std::vector<Bytes>& values);

}  // namespace horae::fuzz
