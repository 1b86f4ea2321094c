#pragma once

namespace horae {

/// Lowers the calling thread's priority for good (Linux keeps a nice value for each thread,
/// sched(7)): for threads whose work strangers decide. They get a tenth of a processor that others
/// want.
void lower_priority();

}  // namespace horae
