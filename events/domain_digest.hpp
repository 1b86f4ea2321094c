#pragma once

#include <map>

#include "events/decision.hpp"

namespace horae {

/// A running digest of a shared domain's facts; unlike record hashes it compares across nodes.
struct DomainDigest {
  Hash32 digest;
  std::uint64_t count = 0;
  bool operator==(const DomainDigest&) const = default;
};

/// Of the domains that have shared facts.
using DomainDigests = std::map<Domain, DomainDigest>;

/// Takes in the domain's next shared fact.
void fold(DomainDigest& digest, Domain domain, std::uint16_t kind, BytesView payload);

}  // namespace horae
