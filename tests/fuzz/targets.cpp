#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/eth/rlp.hpp"
#include "core/eth/txn.hpp"
#include "events/json.hpp"
#include "events/mempool/fate.hpp"
#include "events/penalties/evidence.hpp"

namespace horae::fuzz {
namespace {

// Not stop(): a fold may stop on what it is given, and is caught.
void hold(bool what, const char* why) {
  if (!what) throw std::logic_error(why);
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

// What a fold says to facts that no decision makes, and where a tool says that the log is damaged.
struct FoldStopped {};
struct FoldStops {
  FoldStops() {
    set_stop_handler([](std::string_view) { throw FoldStopped{}; });
  }
  ~FoldStops() { set_stop_handler(nullptr); }
};

constexpr std::size_t frame = 8;

// The next record of a tape as it would have to stand in this world's log; nothing at its end.
std::optional<Bytes> next_value(BytesView& tape, const World& world) {
  if (tape.size() < frame) return std::nullopt;
  const auto words = tape[5] | tape[6] << 8 | tape[7] << 16;
  const auto length = static_cast<std::size_t>(words) * 8;
  if (tape.size() - frame < length) return std::nullopt;
  RecordHeader header;
  header.domain = static_cast<Domain>(tape[0]);
  header.more = tape[1] != 0;
  header.kind = static_cast<std::uint16_t>(tape[2] | tape[3] << 8);
  header.seq = world.seq + 1;
  header.time_ms = world.time_ms + 1000 * std::uint64_t{tape[4]};
  header.prev = world.head;
  const auto bytes = encode(header);
  Bytes out(bytes.begin(), bytes.end());
  const auto payload = tape.subspan(frame, length);
  out.insert(out.end(), payload.begin(), payload.end());
  tape = tape.subspan(frame + length);
  return out;
}

// Whether the record is one, and the world took it.
bool take(World& world, const Bytes& value) {
  const auto record = decode_record(value);
  if (!record) return false;
  const auto fact = checked_fact(record->header.domain, record->payload);
  if (!fact) return false;
  const auto before = world.seq;
  if (!fold(world, *record, Trust::bytes)) {
    hold(world.seq == before, "a record that was refused was folded");
    return false;
  }
  hold(world.seq == before + 1 && world.head == record_hash(*record),
       "a record was folded as another");
  (void)fact_json(record->header.domain, *fact);
  (void)hashes_named(*record);
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
  for_each_domain([&](auto row) { note(try_schema<typename decltype(row)::Fact>(bytes)); });
  note(try_schema<schema::LockingCommand>(bytes));
  note(try_schema<schema::MempoolCommand>(bytes));
  note(try_schema<schema::BlocksCommand>(bytes));
  note(try_schema<schema::MpcCommand>(bytes));
  note(try_schema<schema::SubmissionsCommand>(bytes));
  note(try_schema<schema::RewardsCommand>(bytes));
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

bool fuzz_log(BytesView bytes) {
  World world;
  bool whole = true;
  auto rest = bytes;
  try {
    const FoldStops stops;
    while (const auto value = next_value(rest, world)) {
      whole = take(world, *value);
      if (!whole) break;
    }
    (void)to_json(world);
    (void)state_hashes(world);
  } catch (const FoldStopped&) {
    return false;
  }
  return whole && rest.empty() && !bytes.empty();
}

Bytes tape(const std::vector<Bytes>& values) {
  Bytes out;
  std::uint64_t time_ms = 0;
  for (const auto& value : values) {
    const auto record = decode_record(value);
    if (!record) stop("no record: " + record.error().what);
    const auto& header = record->header;
    const auto seconds = std::min<std::uint64_t>((header.time_ms - time_ms) / 1000, 255);
    time_ms = header.time_ms;
    const auto words = record->payload.size() / 8;
    for (const auto byte : {static_cast<std::uint64_t>(header.domain), std::uint64_t{header.more},
                            std::uint64_t{header.kind} & 0xff, std::uint64_t{header.kind} >> 8,
                            seconds, words & 0xff, words >> 8 & 0xff, words >> 16}) {
      out.push_back(static_cast<std::uint8_t>(byte));
    }
    out.insert(out.end(), record->payload.begin(), record->payload.end());
  }
  return out;
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
