#pragma once

#include "core/bytes.hpp"

// What any bytes may do to our decoders: be refused, or be accepted as exactly themselves. Each
// stops where that does not hold, and returns whether the bytes were accepted.
namespace horae::fuzz {

/// Msg::parse against every schema of the log and of commands, and the JSON of what it accepts.
bool fuzz_message(BytesView bytes);
/// decode_txn, recover_sender, and back.
bool fuzz_txn(BytesView bytes);
/// decode_record, its header and back, its payload as the fold checks it.
bool fuzz_record(BytesView bytes);
/// decode_evidence, check, and back; and its block as evidence_in looks at one.
bool fuzz_evidence(BytesView bytes);
/// RLP: a list, read item by item and put together again.
bool fuzz_rlp(BytesView bytes);

}  // namespace horae::fuzz
