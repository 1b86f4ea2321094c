#include "storage/log_readers.hpp"

#include <lmdb.h>

#include <cinttypes>
#include <cstdio>

namespace horae {
namespace {

// LMDB tells its table only as lines: pid in decimal, thread in hex, transaction or "-".
int take_line(const char* line, void* into) {
  LogReading reading;
  if (std::sscanf(line, "%" SCNu32 " %" SCNx64 " %" SCNu64, &reading.pid, &reading.thread,
                  &reading.transaction) == 3) {
    static_cast<std::vector<LogReading>*>(into)->push_back(reading);
  }
  return 0;
}

}  // namespace

Result<std::vector<LogReading>> log_readers(const Environment& environment) {
  std::vector<LogReading> out;
  if (const int code = mdb_reader_list(environment.raw(), take_line, &out); code < 0) {
    return fail(std::string("the log's readers: ") + mdb_strerror(code));
  }
  MDB_envinfo info;
  mdb_env_info(environment.raw(), &info);
  for (auto& reading : out) {
    if (info.me_last_txnid > reading.transaction) {
      reading.behind = info.me_last_txnid - reading.transaction;
    }
  }
  return out;
}

}  // namespace horae
