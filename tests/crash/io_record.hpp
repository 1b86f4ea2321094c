#pragma once

#include <cstdint>

/// What record_io.cpp writes of a process's writes and syncs, one after the other, each followed by
/// `length` bytes.
namespace horae::crash {

struct IoEntry {
  enum Kind : std::uint32_t {
    made,     // a file is written to for the first time: its path
    wrote,    // offset and bytes; synced: through a descriptor with O_DSYNC
    cut,      // the file has `offset` bytes now
    synced,   // everything of the file written before is on the disk
    renamed,  // from, a zero byte, to
    listed,   // everything that was made and renamed in a directory is on the disk: its path
    told,     // bytes written to stdout
  };
  std::uint32_t kind = made;
  std::uint32_t through = 0;  // 1: the write is on the disk when it returns
  std::uint64_t file = 0;     // inode
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};
static_assert(sizeof(IoEntry) == 32);

}  // namespace horae::crash
