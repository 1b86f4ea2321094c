#include "events/record.hpp"

namespace horae {
namespace {

constexpr std::array<std::uint8_t, 4> record_magic = {'H', 'R', 'E', 'C'};

template <class T>
void put(HeaderBytes& out, std::size_t offset, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    out[offset + i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

template <class T>
T get(BytesView in, std::size_t offset) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value | static_cast<T>(static_cast<T>(in[offset + i]) << (8 * i)));
  }
  return value;
}

}  // namespace

HeaderBytes encode(const RecordHeader& header) {
  HeaderBytes out{};
  std::copy(record_magic.begin(), record_magic.end(), out.begin());
  put(out, 4, RecordHeader::version);
  out[6] = static_cast<std::uint8_t>(header.domain);
  out[7] = header.more ? 1 : 0;
  put(out, 8, header.seq);
  put(out, 16, header.time_ms);
  put(out, 24, header.cause);
  std::copy(header.prev.bytes.begin(), header.prev.bytes.end(), out.begin() + 32);
  put(out, 64, header.kind);
  return out;
}

Result<RecordView> decode_record(BytesView value) {
  if (value.size() < RecordHeader::size + 8 || value.size() % 8 != 0) {
    return fail("a value of " + std::to_string(value.size()) + " bytes is no record");
  }
  if (value.size() > RecordHeader::size + Message::max_bytes) {
    return fail("a payload of more than 16 MiB");
  }
  const auto bytes = value.first(RecordHeader::size);
  if (!std::equal(record_magic.begin(), record_magic.end(), bytes.begin())) {
    return fail("magic: wanted HREC, got " + to_hex(bytes.first(4)));
  }
  if (const auto version = get<std::uint16_t>(bytes, 4); version != RecordHeader::version) {
    return fail("header version: wanted 1, got " + std::to_string(version));
  }
  if (bytes[7] > 1) return fail("more: wanted 0 or 1, got " + std::to_string(bytes[7]));
  if (const auto reserved = bytes.subspan(66, 6);
      std::any_of(reserved.begin(), reserved.end(), [](auto b) { return b != 0; })) {
    return fail("reserved: wanted zeros, got " + to_hex(reserved));
  }
  RecordView out;
  out.header.domain = static_cast<Domain>(bytes[6]);
  out.header.more = bytes[7] == 1;
  out.header.seq = get<std::uint64_t>(bytes, 8);
  out.header.time_ms = get<std::uint64_t>(bytes, 16);
  out.header.cause = get<std::uint64_t>(bytes, 24);
  std::copy(bytes.begin() + 32, bytes.begin() + 64, out.header.prev.bytes.begin());
  out.header.kind = get<std::uint16_t>(bytes, 64);
  out.header_bytes = bytes;
  out.payload = value.subspan(RecordHeader::size);
  return out;
}

Hash32 record_hash(BytesView header, const Hash32& payload_digest) {
  static constexpr std::uint8_t leaf = 0;
  return sha256({BytesView(&leaf, 1), header, payload_digest.view()});
}

void fold(DomainDigest& digest, Domain domain, std::uint16_t kind, BytesView payload) {
  const std::array<std::uint8_t, 3> tag = {static_cast<std::uint8_t>(domain),
                                           static_cast<std::uint8_t>(kind & 0xff),
                                           static_cast<std::uint8_t>(kind >> 8)};
  digest.digest = sha256({digest.digest.view(), tag, payload});
  ++digest.count;
}

}  // namespace horae
