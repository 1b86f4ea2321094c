#include "events/world.hpp"

namespace horae {
namespace {

// The fact's number in its union; 0 where the domain is not known.
std::uint16_t kind_of(Domain domain, BytesView payload) {
  return for_domain(
      domain,
      [&](auto row) {
        using Fact = typename decltype(row)::Fact;
        return static_cast<std::uint16_t>(Msg<Fact>::read(payload).which());
      },
      [] { return std::uint16_t{0}; });
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
  return for_domain(
      domain,
      [&](auto row) {
        return Message::check(payload, capnp::Schema::from<typename decltype(row)::Fact>());
      },
      [&]() -> Result<void> {
        return fail("domain: " + std::to_string(static_cast<unsigned>(domain)) +
                    " is unknown to this version");
      });
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
  visit_fact(domain, payload.bytes(), [&](auto row, auto fact) {
    using Row = decltype(row);
    if (is_shared_kind<Row>(fact.which())) return apply(world.shared, domain, payload);
    if constexpr (HasLocal<Row>) apply(world.local.*Row::Local::state, fact);
  });
}

Hash32 state_hash(const SharedState& shared) {
  Bytes all;
  for_each_shared([&](auto row) {
    using Row = decltype(row);
    const auto digest = shared.digests.find(number_of<Row>);
    const bool has_facts = digest != shared.digests.end();
    if (!has_facts && !Row::Shared::hashed_always) return;
    add(all, number_of<Row>, state_message(shared.*Row::Shared::state));
    add(all, has_facts ? digest->second : DomainDigest{});
  });
  return sha256(all);
}

Hash32 state_hash(const LocalState& local) {
  Bytes all;
  for_each_local([&](auto row) {
    using Row = decltype(row);
    const auto& state = local.*Row::Local::state;
    if constexpr (!Row::Local::hashed_always) {
      if (!Row::Local::has_facts(state)) return;
    }
    add(all, number_of<Row>, state_message(state));
  });
  return sha256(all);
}

}  // namespace horae
