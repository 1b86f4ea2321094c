#pragma once

#include <string>

#include "schemas/inspect.capnp.h"

namespace horae::inspect {

/// One line of JSON, named as the schema names its fields; null is what is unknown or does not
/// apply.
[[nodiscard]] std::string as_json(schema::Inspector::Snapshot::Reader snapshot);

/// For a terminal: lines of at most 80 columns.
[[nodiscard]] std::string as_table(schema::Inspector::Snapshot::Reader snapshot);

}  // namespace horae::inspect
