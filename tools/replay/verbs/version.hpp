#pragma once

#include "core/commit.hpp"
#include "tools/replay/verbs/verb.hpp"

namespace horae::replay {

/// The one verb that needs something of main's: the commit that the binary was built from.
Verb version_verb(CLI::App& app, const Commit& commit);

}  // namespace horae::replay
