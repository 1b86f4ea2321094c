#include "tools/replay/export/partial.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "core/files.hpp"
#include "edges/stop_signals.hpp"

namespace horae::replay {
namespace {

namespace fs = std::filesystem;

// Without a slash at its end, and absolute: its parent has a name.
fs::path plain(const fs::path& path) {
  std::error_code error;
  auto whole = fs::absolute(path, error).lexically_normal();
  return whole.has_filename() ? whole : whole.parent_path();
}

fs::path partial_of(fs::path path) { return path += ".partial"; }

Outcome<void> put_in_place(const fs::path& partial, const fs::path& target) {
  std::error_code error;
  fs::rename(partial, target, error);
  if (error) {
    return refuse(Trouble::file_access,
                  "cannot put " + target.string() + " in its place: " + error.message());
  }
  if (const auto synced = sync_path(target.parent_path()); !synced) {
    return refuse(Trouble::file_access, synced.error().what);
  }
  return {};
}

}  // namespace

Outcome<PartialFile> PartialFile::make(const fs::path& file) {
  auto target = plain(file);
  auto partial = partial_of(target);
  const int descriptor = ::open(partial.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  std::FILE* out = descriptor < 0 ? nullptr : ::fdopen(descriptor, "w");
  if (out == nullptr) {
    return refuse(Trouble::file_access,
                  "cannot write " + partial.string() + ": " + errno_words(errno));
  }
  hold_stop_signals();
  return PartialFile(std::move(target), std::move(partial), out);
}

PartialFile::PartialFile(PartialFile&& other) noexcept
    : file_(std::move(other.file_)),
      partial_(std::move(other.partial_)),
      out_(std::exchange(other.out_, nullptr)) {}

PartialFile::~PartialFile() {
  if (out_ == nullptr) return;
  std::fclose(out_);
  ::unlink(partial_.c_str());
}

Outcome<void> PartialFile::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), out_) == text.size()) return {};
  return refuse(Trouble::file_access,
                "cannot write " + partial_.string() + ": " + errno_words(errno));
}

Outcome<void> PartialFile::finish() {
  if (std::fflush(out_) != 0 || ::fsync(::fileno(out_)) != 0) {
    return refuse(Trouble::file_access,
                  "cannot write " + partial_.string() + ": " + errno_words(errno));
  }
  if (auto placed = put_in_place(partial_, file_); !placed) return placed;
  std::fclose(std::exchange(out_, nullptr));
  return {};
}

Outcome<PartialDirectory> PartialDirectory::make(const fs::path& directory, bool resumable) {
  auto target = plain(directory);
  auto partial = partial_of(target);
  std::error_code error;
  const bool begun = fs::exists(fs::symlink_status(partial, error));
  if (fs::exists(fs::symlink_status(target, error))) {
    return refuse(Trouble::there_already,
                  target.string() + " is there already: nothing is written over");
  }
  if (begun && !resumable) {
    return refuse(
        Trouble::there_already,
        partial.string() + " is there already, left by a run that did not end: remove it");
  }
  fs::create_directories(target.parent_path(), error);
  if (!begun && ::mkdir(partial.c_str(), 0700) != 0) {
    return refuse(Trouble::file_access,
                  "cannot create " + partial.string() + ": " + errno_words(errno));
  }
  hold_stop_signals();
  return PartialDirectory(std::move(target), std::move(partial), !resumable);
}

PartialDirectory::PartialDirectory(PartialDirectory&& other) noexcept
    : directory_(std::move(other.directory_)),
      partial_(std::move(other.partial_)),
      taken_away_(std::exchange(other.taken_away_, false)) {}

PartialDirectory::~PartialDirectory() {
  if (!taken_away_) return;
  std::error_code error;
  fs::remove_all(partial_, error);
}

Outcome<void> PartialDirectory::finish() {
  if (const auto synced = sync_path(partial_); !synced) {
    return refuse(Trouble::file_access, synced.error().what);
  }
  if (auto placed = put_in_place(partial_, directory_); !placed) return placed;
  taken_away_ = false;
  return {};
}

}  // namespace horae::replay
