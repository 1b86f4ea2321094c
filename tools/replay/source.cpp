#include "tools/replay/source.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "events/record.hpp"
#include "storage/data_directory.hpp"

namespace horae::replay {
namespace {

constexpr std::size_t source_slice_records = 1024;
constexpr std::size_t source_slice_bytes = 1 << 20;

bool denied(const std::filesystem::path& path, int mode) {
  return ::access(path.c_str(), mode) != 0 && errno == EACCES;
}

std::pair<std::uint64_t, std::uint64_t> id_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

}  // namespace

Outcome<Source> Source::open(const std::filesystem::path& data_directory) {
  const auto log = DataPaths{data_directory}.log();
  const auto file = log / "data.mdb";
  const auto lock = log / "lock.mdb";
  if (denied(file, R_OK)) {
    return refuse(Trouble::directory_access, "not permitted to read " + file.string());
  }
  if (::access(file.c_str(), F_OK) != 0) {
    return refuse(Trouble::no_log,
                  "no log in " + data_directory.string() + ": there is no " + file.string());
  }
  if (denied(lock, W_OK)) {
    return refuse(Trouble::directory_access,
                  "not permitted to write " + lock.string() +
                      ", where readers of a running node register: run this as the node's user, "
                      "or on a copy of the data directory without lock.mdb");
  }
  const auto id = id_of(file);
  auto environment = open_log(log, Access::read_only);
  if (!environment) return refuse(Trouble::log_corrupt, environment.error().what);
  auto last = LogReader(*environment).last_seq();
  if (!last) return refuse(Trouble::log_corrupt, last.error().what);
  return Source(std::move(*environment), *last, id);
}

bool Source::in_place() const { return id_of(environment_->directory() / "data.mdb") == file_; }

Outcome<LogFile> Source::file() const {
  auto out = log_file(*environment_);
  if (!out) return refuse(Trouble::log_corrupt, out.error().what);
  return *out;
}

Outcome<void> Source::copy_to(const std::filesystem::path& directory) const {
  if (auto copied = copy_environment(*environment_, directory); !copied) {
    return refuse(Trouble::file_access, copied.error().what);
  }
  return {};
}

std::filesystem::path Source::checkpoint() const {
  return environment_->directory() / "checkpoint";
}

LogTree Source::tree() const {
  return LogTree(environment_, [](BytesView value) -> Result<Hash32> {
    const auto record = decode_record(value);
    if (!record) return tl::unexpected(record.error());
    return record_hash(*record);
  });
}

Outcome<const LogValue*> Walk::peek(std::size_t ahead) {
  while (window_.size() <= ahead && !ended_) {
    auto slice = reader_.read(next_, source_slice_records, source_slice_bytes);
    if (!slice) return refuse(Trouble::log_corrupt, slice.error().what);
    ended_ = slice->empty();
    for (auto& record : *slice) {
      // Keys in disorder would lead a walk in circles.
      if (record.seq < next_) {
        return refuse(Trouble::log_corrupt, "record " + std::to_string(next_) +
                                                ": key: wanted at least " + std::to_string(next_) +
                                                ", got " + std::to_string(record.seq));
      }
      ended_ = ended_ || record.seq > to_ || record.seq == UINT64_MAX;
      if (record.seq > to_) break;
      next_ = record.seq + 1;
      window_.push_back(std::move(record));
    }
  }
  return window_.size() > ahead ? &window_[ahead] : nullptr;
}

}  // namespace horae::replay
