#include "tests/fuzz/targets.hpp"

#include <algorithm>

#include "core/eth/rlp.hpp"
#include "core/eth/txn.hpp"
#include "events/evidence.hpp"
#include "events/json.hpp"

namespace horae::fuzz {
namespace {

void hold(bool what, const char* why) {
  if (!what) stop(why);
}
bool same(BytesView a, BytesView b) { return std::ranges::equal(a, b); }

template <class S>
bool try_schema(BytesView bytes) {
  const auto parsed = Msg<S>::parse(bytes);
  if (!parsed) return false;
  hold(same(parsed->bytes(), bytes), "a parsed message has other bytes");
  // Reading it and writing it again is the identity: it was canonical.
  hold(same(Msg<S>::copy_of(parsed->read()).bytes(), bytes),
       "an accepted message is not canonical");
  (void)to_json(*parsed, capnp::Schema::from<S>());
  return true;
}

// Reads one item and appends it as it must have stood there.
void copy_item(rlp::Reader& reader, Bytes& out, int depth) {
  if (reader.at_list() && depth < 64) {
    auto inside = reader.list("list");
    Bytes items;
    while (!inside.done()) copy_item(inside, items, depth + 1);
    const auto whole = rlp::list_of(items);
    out.insert(out.end(), whole.begin(), whole.end());
  } else if (reader.at_list()) {
    const auto raw = reader.raw_list("list");
    out.insert(out.end(), raw.begin(), raw.end());
  } else {
    rlp::put(out, reader.string("string"));
  }
}

}  // namespace

bool fuzz_message(BytesView bytes) {
  // No | of bools: each is tried.
  bool any = false;
  const auto note = [&](bool accepted) { any = any || accepted; };
  note(try_schema<schema::NodeFact>(bytes));
  note(try_schema<schema::LockingFact>(bytes));
  note(try_schema<schema::MempoolFact>(bytes));
  note(try_schema<schema::BlocksFact>(bytes));
  note(try_schema<schema::LockingCommand>(bytes));
  note(try_schema<schema::MempoolCommand>(bytes));
  note(try_schema<schema::BlocksCommand>(bytes));
  note(try_schema<schema::PenaltiesFact>(bytes));
  note(try_schema<schema::PenaltiesCommand>(bytes));
  note(try_schema<schema::ObservationsCommand>(bytes));
  return any;
}

bool fuzz_txn(BytesView bytes) {
  const auto txn = decode_txn(bytes);
  if (!txn) return false;
  hold(same(encode_signed(*txn), bytes), "an accepted transaction has another encoding");
  hold(txn->hash == keccak256(bytes), "an accepted transaction has another hash");
  hold(intrinsic_gas(*txn) >= 21000, "a transaction for less than 21000 gas");
  (void)recover_sender(*txn);
  return true;
}

bool fuzz_record(BytesView bytes) {
  const auto record = decode_record(bytes);
  if (!record) return false;
  hold(same(encode(record->header), record->header_bytes),
       "an accepted header has another encoding");
  hold(record->payload.size() + RecordHeader::size == bytes.size(), "a record lost some bytes");
  if (const auto fact = checked_fact(record->header.domain, record->payload)) {
    hold(same(fact->bytes(), record->payload), "an accepted payload has other bytes");
    (void)fact_json(record->header.domain, *fact);
  }
  return true;
}

bool fuzz_evidence(BytesView bytes) {
  const auto evidence = decode_evidence(bytes);
  if (!evidence) return false;
  hold(same(encode_evidence(*evidence), bytes), "an accepted file has another encoding");
  const auto read = evidence->read();
  const bool shown = check(read).has_value();
  hold(!shown || is_plain(read), "a fault is shown by more than its evidence");
  if (read.isBrokenOrder()) {
    const auto found = evidence_in(read.getBrokenOrder().getBlock());
    hold(!found || check(found->read()).has_value(), "evidence was found that shows nothing");
    hold(!shown || found, "a fault was shown that is not found");
  }
  return shown;
}

bool fuzz_rlp(BytesView bytes) {
  std::optional<Fault> fault;
  auto reader = rlp::Reader::whole(bytes, fault);
  Bytes items;
  while (!reader.done()) copy_item(reader, items, 0);
  if (fault) return false;
  hold(same(rlp::list_of(items), bytes), "an accepted list has another encoding");
  return true;
}

}  // namespace horae::fuzz
