#include "events/world.hpp"

namespace horae {
namespace {

template <class F>
std::uint16_t tag_of(BytesView payload) {
  return static_cast<std::uint16_t>(Msg<F>::read(payload).which());
}

std::uint16_t kind_of(Domain domain, BytesView payload) {
  switch (domain) {
    case Domain::NODE:
      return tag_of<schema::NodeFact>(payload);
    case Domain::LOCKING:
      return tag_of<schema::LockingFact>(payload);
    case Domain::MEMPOOL:
      return tag_of<schema::MempoolFact>(payload);
    case Domain::BLOCKS:
      return tag_of<schema::BlocksFact>(payload);
    case Domain::MPC:
      return tag_of<schema::MpcFact>(payload);
    case Domain::SUBMISSIONS:
      return tag_of<schema::SubmissionsFact>(payload);
    case Domain::REWARDS:
      return tag_of<schema::RewardsFact>(payload);
    case Domain::PENALTIES:
      return tag_of<schema::PenaltiesFact>(payload);
    case Domain::NONE:
      break;
  }
  return 0;
}

void add(Bytes& out, Domain domain, const Message& state) {
  const std::uint64_t length = state.bytes().size();
  out.push_back(static_cast<std::uint8_t>(domain));
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<std::uint8_t>(length >> (8 * i)));
  out.insert(out.end(), state.bytes().begin(), state.bytes().end());
}

void add(Bytes& out, const DomainDigest& digest) {
  out.insert(out.end(), digest.digest.bytes.begin(), digest.digest.bytes.end());
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<std::uint8_t>(digest.count >> (8 * i)));
}

Fault differs(const char* what, const std::string& wanted, const std::string& got) {
  return Fault{std::string(what) + ": wanted " + wanted + ", got " + got};
}

// What a record says of those before it.
Result<void> check_header(const World& world, const RecordHeader& header) {
  if (header.seq != world.seq + 1) {
    return tl::unexpected(
        differs("seq", std::to_string(world.seq + 1), std::to_string(header.seq)));
  }
  if (header.prev != world.head) {
    return tl::unexpected(differs("prev", to_hex(world.head), to_hex(header.prev)));
  }
  if (header.time_ms < world.time_ms) {
    return tl::unexpected(differs("time", "at least " + std::to_string(world.time_ms),
                                  std::to_string(header.time_ms)));
  }
  if (header.cause >= header.seq) {
    return tl::unexpected(differs("cause", "an earlier record", std::to_string(header.cause)));
  }
  return {};
}

}  // namespace

Result<void> check_fact(Domain domain, BytesView payload) {
  switch (domain) {
    case Domain::NODE:
      return Message::check(payload, capnp::Schema::from<schema::NodeFact>());
    case Domain::LOCKING:
      return Message::check(payload, capnp::Schema::from<schema::LockingFact>());
    case Domain::MEMPOOL:
      return Message::check(payload, capnp::Schema::from<schema::MempoolFact>());
    case Domain::BLOCKS:
      return Message::check(payload, capnp::Schema::from<schema::BlocksFact>());
    case Domain::MPC:
      return Message::check(payload, capnp::Schema::from<schema::MpcFact>());
    case Domain::SUBMISSIONS:
      return Message::check(payload, capnp::Schema::from<schema::SubmissionsFact>());
    case Domain::REWARDS:
      return Message::check(payload, capnp::Schema::from<schema::RewardsFact>());
    case Domain::PENALTIES:
      return Message::check(payload, capnp::Schema::from<schema::PenaltiesFact>());
    case Domain::NONE:
      break;
  }
  return fail("domain: " + std::to_string(static_cast<unsigned>(domain)) +
              " is unknown to this version");
}

Result<Message> checked_fact(Domain domain, BytesView payload) {
  auto copy = Message::trusted(payload);
  if (auto checked = check_fact(domain, copy.bytes()); !checked) {
    return tl::unexpected(checked.error());
  }
  return copy;
}

Result<void> fold(World& world, const RecordView& record, Trust trust) {
  if (auto fits = check_header(world, record.header); !fits) return fits;
  // Borrowed: no apply keeps a message. Unaligned only where somebody else wrote the log.
  const bool aligned = reinterpret_cast<std::uintptr_t>(record.payload.data()) % 8 == 0;
  const auto payload =
      aligned ? Message::borrowed(record.payload) : Message::trusted(record.payload);
  if (trust == Trust::bytes) {
    if (auto checked = check_fact(record.header.domain, payload.bytes()); !checked) return checked;
  }
  return fold_prepared(world, record, payload, record_hash(record));
}

Result<void> fold_prepared(World& world, const RecordView& record, const Message& payload,
                           const Hash32& hash) {
  const auto& header = record.header;
  if (auto fits = check_header(world, header); !fits) return fits;
  if (const auto tag = kind_of(header.domain, payload.bytes()); tag != header.kind || tag == 0) {
    return tl::unexpected(differs("kind", std::to_string(tag), std::to_string(header.kind)));
  }
  apply(world, header.domain, payload);
  world.seq = header.seq;
  world.time_ms = header.time_ms;
  world.settled = !header.more;
  world.head = hash;
  return {};
}

void apply(World& world, Domain domain, const Message& payload) {
  auto& local = world.local;
  const auto bytes = payload.bytes();
  switch (domain) {
    case Domain::NODE:
      return apply(local.node, Msg<schema::NodeFact>::read(bytes));
    case Domain::MEMPOOL:
      return apply(local.mempool, Msg<schema::MempoolFact>::read(bytes));
    case Domain::SUBMISSIONS:
      return apply(local.submissions, Msg<schema::SubmissionsFact>::read(bytes));
    case Domain::MPC:
      if (is_shared(domain, kind_of(domain, bytes))) return apply(world.shared, domain, payload);
      return apply(local.rounds, Msg<schema::MpcFact>::read(bytes));
    case Domain::PENALTIES:
      if (is_shared(domain, kind_of(domain, bytes))) return apply(world.shared, domain, payload);
      return apply(local.observations, Msg<schema::PenaltiesFact>::read(bytes));
    case Domain::LOCKING:
    case Domain::BLOCKS:
    case Domain::REWARDS:
      return apply(world.shared, domain, payload);
    case Domain::NONE:
      break;
  }
  stop("a fact of domain " + std::to_string(static_cast<unsigned>(domain)) +
       ": written by a newer version");
}

Hash32 state_hash(const SharedState& shared) {
  Bytes all;
  const auto part = [&](Domain domain, const auto& state, bool always) {
    const auto digest = shared.digests.find(domain);
    if (digest == shared.digests.end() && !always) return;
    add(all, domain, state_message(state));
    add(all, digest == shared.digests.end() ? DomainDigest{} : digest->second);
  };
  part(Domain::LOCKING, shared.locking, true);
  part(Domain::BLOCKS, shared.blocks, true);
  part(Domain::MPC, shared.mpc, false);
  part(Domain::REWARDS, shared.rewards, false);
  part(Domain::PENALTIES, shared.faults, false);
  return sha256(all);
}

Hash32 state_hash(const LocalState& local) {
  Bytes all;
  add(all, Domain::NODE, state_message(local.node));
  add(all, Domain::MEMPOOL, state_message(local.mempool));
  if (local.rounds.rounds != 0) add(all, Domain::MPC, state_message(local.rounds));
  if (local.submissions.rules) add(all, Domain::SUBMISSIONS, state_message(local.submissions));
  if (local.observations.rules) add(all, Domain::PENALTIES, state_message(local.observations));
  return sha256(all);
}

}  // namespace horae
