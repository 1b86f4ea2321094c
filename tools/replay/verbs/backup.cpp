// The verb `backup`: a copy of the log of a running node, verified after it was written.
#include <fmt/format.h>

#include "core/files.hpp"
#include "storage/data_directory.hpp"
#include "tools/replay/audit/verify.hpp"
#include "tools/replay/export/partial.hpp"
#include "tools/replay/show.hpp"
#include "tools/replay/verbs/verbs.hpp"

namespace horae::replay {
namespace {

namespace fs = std::filesystem;

struct BackupOptions {
  std::string directory;
  bool json = false;
};

// The signed checkpoint is taken before the log, which is never behind it then.
Outcome<void> copy_all(const Source& source, const fs::path& from, const fs::path& to) {
  std::string checkpoint;
  std::error_code error;
  const auto signed_by_node = DataPaths{from}.log() / "checkpoint";
  if (fs::exists(signed_by_node, error)) {
    const auto read = read_small_file(signed_by_node);
    if (!read) return refuse(Trouble::file_access, read.error().what);
    checkpoint = *read;
  }
  const DataPaths copy{to};
  if (const auto made = make_private_directory(copy.log()); !made) {
    return refuse(Trouble::file_access, made.error().what);
  }
  if (auto copied = source.copy_to(copy.log()); !copied) return copied;
  if (checkpoint.empty()) return {};
  const auto beside = copy.log() / "checkpoint";
  if (const auto written = replace_small_file(beside, checkpoint); !written) {
    return refuse(Trouble::file_access, written.error().what);
  }
  for (const auto& path : {beside, copy.log()}) {
    if (const auto synced = sync_path(path); !synced) {
      return refuse(Trouble::file_access, synced.error().what);
    }
  }
  return {};
}

int back_up(const Source& source, const std::string& from, const BackupOptions& options, At& at) {
  auto out = PartialDirectory::make(options.directory);
  if (!out) return refused(out.error());
  if (const auto copied = copy_all(source, from, out->path()); !copied) {
    return refused(copied.error());
  }
  std::optional<Verified> verified;
  {
    const auto copy = Source::open(out->path());
    if (!copy) return refused(copy.error());
    if (copy->last() < source.last()) {
      return refused({Trouble::log_corrupt, "the copy ends at record " +
                                                std::to_string(copy->last()) + ", the log was at " +
                                                std::to_string(source.last())});
    }
    if (copy->last() > 0) {
      auto checked = verify(*copy, &at);
      if (!checked) return found(checked.error(), options.json);
      verified = std::move(*checked);
    }
  }
  // What reading the copy may have left.
  std::error_code error;
  fs::remove(DataPaths{out->path()}.log() / "lock.mdb", error);
  if (const auto finished = out->finish(); !finished) return refused(finished.error());
  if (options.json) {
    auto shown = verified ? to_json(*verified) : boost::json::object{{"seq", 0}};
    shown["directory"] = options.directory;
    return print_json(shown);
  }
  fmt::print("copied to    {}\n{}", options.directory,
             verified ? show_verified(*verified) : std::string("an empty log\n"));
  return 0;
}

}  // namespace

Verb backup_verb(cli::Command& app, const Common& common) {
  const auto options = std::make_shared<BackupOptions>();
  auto verb = app.add_subcommand(
      "backup", "Copies the log into a new data directory, beside a running node, and verifies it");
  verb.add_option("directory", options->directory, "a data directory that is not there yet")
      .required()
      .type_name("DIR");
  verb.add_flag("--json", options->json, "one JSON object, as of `verify`");
  verb.add_footer(
      "Example: horae-replay backup /backup/2026-11-22 --datadir data/dev\n"
      "Keys are not copied. A copy that does not verify is taken away again.\n");
  return {verb, true,
          on_log(common,
                 [options, &common](const Source& source, At& at) {
                   return back_up(source, common.data_directory, *options, at);
                 }),
          [options](const Finding& finding) { return found(finding, options->json); }};
}

}  // namespace horae::replay
