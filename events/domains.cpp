#include "events/domains.hpp"

namespace horae {
namespace {

// Whether each row has the number of its place, counted from 1.
template <class... Rows>
constexpr bool is_in_order(DomainTable<Rows...>) {
  std::uint16_t place = 0;
  return ((static_cast<std::uint16_t>(number_of<Rows>) == ++place) && ...);
}
static_assert(is_in_order(Domains{}), "a domain stands in the table at the place of its number");

}  // namespace

void stop_at_unknown(Domain domain) {
  stop("a fact of domain " + std::to_string(static_cast<unsigned>(domain)) +
       ": written by a newer version");
}

bool is_shared(Domain domain, std::uint16_t kind) {
  if (domain == Domain::NONE) return false;
  return for_domain(domain, [&](auto row) {
    using Row = decltype(row);
    return is_shared_kind<Row>(static_cast<typename Row::Fact::Which>(kind));
  });
}

}  // namespace horae
