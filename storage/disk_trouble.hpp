#pragma once

#include "core/result.hpp"
#include "storage/environment.hpp"

namespace horae {

/// Ends the process, since its environment cannot be written: says what, where and what to do on
/// stderr. Nothing is torn and nothing acknowledged is lost: restart is replay. Exit code 4 where
/// the directory is gone from its place, else 1.
[[noreturn]] void end_at_disk(const Environment& environment, const Fault& fault);

}  // namespace horae
