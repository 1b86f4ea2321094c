#pragma once

#include <array>
#include <map>

#include "events/decision.hpp"

namespace horae {

/// The 72 bytes before every payload in the log (design section 4); integers little-endian.
struct RecordHeader {
  static constexpr std::size_t size = 72;
  static constexpr std::uint16_t version = 1;

  Domain domain = Domain::NONE;
  bool more = false;  // the next record belongs to the same decision
  std::uint64_t seq = 0;
  std::uint64_t time_ms = 0;
  std::uint64_t cause = 0;
  Hash32 prev;
  std::uint16_t kind = 0;

  bool operator==(const RecordHeader&) const = default;
};

using HeaderBytes = std::array<std::uint8_t, RecordHeader::size>;

[[nodiscard]] HeaderBytes encode(const RecordHeader& header);

/// A record as it lies in the log; the payload is a view into the bytes it was decoded from.
struct RecordView {
  RecordHeader header;
  BytesView header_bytes;
  BytesView payload;
};

/// Refuses a value that is no record: length, magic, version, reserved bytes, flags out of range.
[[nodiscard]] Result<RecordView> decode_record(BytesView value);

/// SHA-256(0x00 ‖ header ‖ SHA-256(payload)): the chain's link and the RFC 6962 leaf in one.
[[nodiscard]] Hash32 record_hash(BytesView header, const Hash32& payload_digest);
[[nodiscard]] inline Hash32 record_hash(const RecordView& record) {
  return record_hash(record.header_bytes, sha256(record.payload));
}

/// A running digest of a shared domain's facts; unlike record hashes it compares across nodes.
struct DomainDigest {
  Hash32 digest;
  std::uint64_t count = 0;
  bool operator==(const DomainDigest&) const = default;
};

/// Of the domains that have shared facts.
using DomainDigests = std::map<Domain, DomainDigest>;

/// Takes in the domain's next shared fact: SHA-256(digest ‖ domain ‖ kind ‖ payload).
void fold(DomainDigest& digest, Domain domain, std::uint16_t kind, BytesView payload);

}  // namespace horae
