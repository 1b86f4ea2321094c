#pragma once

namespace horae {

// Of the calling thread, for good (Linux keeps a nice value for each thread, sched(7)).

/// For threads whose work strangers decide: they get a tenth of a processor that others want.
void lower_priority();

/// Runs, and reads from the disk, only where nobody else wants to.
void take_idle_priority();

}  // namespace horae
