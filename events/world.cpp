#include "events/world.hpp"

namespace horae {
namespace {

std::uint16_t kind_of(Domain domain, const Message& payload) {
  const auto tag = [&]<class F>(Msg<F> fact) {
    return static_cast<std::uint16_t>(fact.read().which());
  };
  switch (domain) {
    case Domain::NODE:
      return tag(Msg<schema::NodeFact>::of(payload));
    case Domain::LOCKING:
      return tag(Msg<schema::LockingFact>::of(payload));
    case Domain::MEMPOOL:
      return tag(Msg<schema::MempoolFact>::of(payload));
    case Domain::BLOCKS:
      return tag(Msg<schema::BlocksFact>::of(payload));
    case Domain::NONE:
    case Domain::MPC:
    case Domain::SUBMISSIONS:
    case Domain::REWARDS:
    case Domain::PENALTIES:
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

}  // namespace

Result<Message> checked_fact(Domain domain, BytesView payload) {
  switch (domain) {
    case Domain::NODE:
      return Message::checked(payload, capnp::Schema::from<schema::NodeFact>());
    case Domain::LOCKING:
      return Message::checked(payload, capnp::Schema::from<schema::LockingFact>());
    case Domain::MEMPOOL:
      return Message::checked(payload, capnp::Schema::from<schema::MempoolFact>());
    case Domain::BLOCKS:
      return Message::checked(payload, capnp::Schema::from<schema::BlocksFact>());
    case Domain::NONE:
    case Domain::MPC:
    case Domain::SUBMISSIONS:
    case Domain::REWARDS:
    case Domain::PENALTIES:
      break;
  }
  return fail("domain: " + std::to_string(static_cast<unsigned>(domain)) +
              " is unknown to this version");
}

Result<void> fold(World& world, const RecordView& record, Trust trust) {
  const auto& header = record.header;
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
  auto payload = trust == Trust::bytes ? checked_fact(header.domain, record.payload)
                                       : Result<Message>(Message::trusted(record.payload));
  if (!payload) return tl::unexpected(payload.error());
  if (const auto tag = kind_of(header.domain, *payload); tag != header.kind || tag == 0) {
    return tl::unexpected(differs("kind", std::to_string(tag), std::to_string(header.kind)));
  }
  apply(world, header.domain, *payload);
  world.seq = header.seq;
  world.time_ms = header.time_ms;
  world.settled = !header.more;
  world.head = record_hash(record);
  return {};
}

void apply(World& world, Domain domain, const Message& payload) {
  switch (domain) {
    case Domain::NODE:
      return apply(world.local.node, Msg<schema::NodeFact>::of(payload).read());
    case Domain::MEMPOOL:
      return apply(world.local.mempool, Msg<schema::MempoolFact>::of(payload).read());
    case Domain::LOCKING:
    case Domain::BLOCKS:
      return apply(world.shared, domain, payload);
    case Domain::NONE:
    case Domain::MPC:
    case Domain::SUBMISSIONS:
    case Domain::REWARDS:
    case Domain::PENALTIES:
      break;
  }
  stop("a fact of domain " + std::to_string(static_cast<unsigned>(domain)) +
       ": written by a newer version");
}

Hash32 state_hash(const SharedState& shared) {
  Bytes all;
  add(all, Domain::LOCKING, state_message(shared.locking));
  add(all, shared.locking_digest);
  add(all, Domain::BLOCKS, state_message(shared.blocks));
  add(all, shared.blocks_digest);
  return sha256(all);
}

Hash32 state_hash(const LocalState& local) {
  Bytes all;
  add(all, Domain::NODE, state_message(local.node));
  add(all, Domain::MEMPOOL, state_message(local.mempool));
  return sha256(all);
}

}  // namespace horae
