#include "events/pool/rule_changes.hpp"

namespace horae {

std::uint32_t known_rules() { return 4; }

}  // namespace horae
