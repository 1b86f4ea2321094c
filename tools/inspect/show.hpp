#pragma once

#include <string>
#include <vector>

#include "schemas/inspect.capnp.h"
#include "tools/inspect/lints.hpp"

namespace horae::inspect {

/// One line of JSON, named as the schema names its fields; null is what is unknown or does not
/// apply.
[[nodiscard]] std::string as_json(schema::Inspector::Snapshot::Reader snapshot,
                                  const std::vector<Lint>& lints);
/// The same of one message; its content as it came, or null where there is none or not all of it.
[[nodiscard]] std::string as_json(schema::Inspector::Message::Reader message);

/// A message on one line, however long.
[[nodiscard]] std::string as_text(schema::Inspector::Message::Reader message);

/// For a terminal: lines of at most 80 columns.
[[nodiscard]] std::string as_table(schema::Inspector::Snapshot::Reader snapshot,
                                   const std::vector<Lint>& lints);

}  // namespace horae::inspect
