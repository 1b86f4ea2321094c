#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/hash.hpp"
#include "core/message.hpp"
#include "schemas/values.capnp.h"

namespace horae {

using schema::Domain;
using schema::Reason;
/// What a command is answered with.
using Receipt = Msg<schema::Receipt>;

/// Something that happened, as a decider made it: canonical payload and its SHA-256. kind is the
/// union discriminant of the payload. after: index of the fact of the same decision that led to
/// this one, -1 for none.
struct Fact {
  Domain domain = Domain::NONE;
  std::uint16_t kind = 0;
  std::int32_t after = -1;
  Message payload;
  Hash32 digest;
};

/// What a rule says to a command: a reason with its detail, or facts (possibly none).
struct Decision {
  Reason refused = Reason::NONE;
  std::string detail;
  std::vector<Fact> facts;

  [[nodiscard]] bool ok() const { return refused == Reason::NONE; }
};

[[nodiscard]] inline Decision refuse(Reason reason, std::string detail) {
  return Decision{reason, std::move(detail), {}};
}

/// A decision of this one fact.
[[nodiscard]] inline Decision decided(Fact fact) {
  Decision out;
  out.facts.push_back(std::move(fact));
  return out;
}

/// The domain of a fact union, and the union's builder: specialised beside each domain's functions.
template <class FactSchema>
inline constexpr Domain domain_of = Domain::NONE;

/// Builds a fact of F's domain: fill sets exactly one member of the union.
template <class F, class Fill>
[[nodiscard]] Fact make_fact(Fill&& fill, std::int32_t after = -1) {
  static_assert(domain_of<F> != Domain::NONE, "name the domain of this union beside its rules");
  auto payload = Msg<F>::build(std::forward<Fill>(fill));
  const auto kind = static_cast<std::uint16_t>(payload.read().which());
  if (kind == 0) stop("a fact without a content was built");
  const auto digest = sha256(payload.bytes());
  return Fact{domain_of<F>, kind, after, std::move(payload), digest};
}

/// The schema's own name of an enumerant; its number where this version knows no name.
template <class Enum>
[[nodiscard]] std::string schema_name(Enum value) {
  const auto enumerants = capnp::Schema::from<Enum>().getEnumerants();
  const auto index = static_cast<unsigned>(value);
  return index < enumerants.size() ? enumerants[index].getProto().getName().cStr()
                                   : std::to_string(index);
}

/// Applies the facts of a decision, in their order, to the state that decided it. All of them are
/// of the domain of FactSchema.
template <class FactSchema, class State>
void apply_all(State& state, const Decision& decision) {
  for (const auto& fact : decision.facts) apply(state, Msg<FactSchema>::of(fact.payload).read());
}

[[nodiscard]] inline Receipt rejected(Reason reason, std::string_view detail) {
  const std::string text(detail);
  return Receipt::build([&](auto receipt) {
    auto rejection = receipt.initRejected();
    rejection.setReason(reason);
    rejection.setDetail(text.c_str());
  });
}

}  // namespace horae
