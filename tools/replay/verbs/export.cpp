#include <fmt/format.h>

#include "tools/replay/export/export.hpp"
#include "tools/replay/verbs/verbs.hpp"

namespace horae::replay {
namespace {

struct Export {
  std::string format = "jsonl";
  std::string output;
};
struct Import {
  std::string file, directory;
  bool resume = false;
};

int write(const Source& source, const Export& options, At& at) {
  const auto exported = options.format == "jsonl" ? export_jsonl(source, options.output, &at)
                        : options.format == "csv" ? export_csv(source, options.output, &at)
                                                  : export_sqlite(source, options.output, &at);
  if (!exported) return refused(exported.error());
  fmt::print("exported     {} records to {}\n", *exported, options.output);
  return 0;
}

int read(const Import& options, At& at) {
  const auto imported = import_log(options.file, options.directory, options.resume, &at);
  if (!imported) return refused(imported.error());
  if (imported->resumed > 0) fmt::print("resumed      at record {}\n", imported->resumed + 1);
  fmt::print("imported     {} records\nrecord hash  {}\ntree root    {}\n", imported->records,
             to_hex(imported->head), to_hex(imported->root));
  return 0;
}

}  // namespace

Verb export_verb(cli::Command& app, const Common& common) {
  const auto options = std::make_shared<Export>();
  auto verb =
      app.add_subcommand("export", "Writes the log as JSON lines, CSV files or an SQLite database");
  verb.add_option("--format", options->format,
                  "jsonl (nothing is lost: `import` makes the same log of it), csv (a directory "
                  "with a file for each kind of fact) or sqlite")
      .one_of({"jsonl", "csv", "sqlite"});
  verb.add_option("-o,--output", options->output,
                  "the file, replaced by the whole new one; for csv a directory not there yet")
      .required()
      .type_name("FILE");
  verb.add_footer(
      "Example: horae-replay export --format sqlite -o log.sqlite --datadir data/dev\n"
      "It stands under FILE.partial until it is whole. A run that is stopped takes it away: there "
      "is "
      "nothing\nto resume, the next one begins anew.\n");
  return {verb,
          true,
          on_log(common,
                 [options](const Source& source, At& at) { return write(source, *options, at); }),
          {}};
}

Verb import_verb(cli::Command& app, const Common&) {
  const auto options = std::make_shared<Import>();
  auto verb = app.add_subcommand(
      "import", "Makes a log of exported JSON lines again: the same records with the same hashes");
  verb.add_option("file", options->file, "what `export --format jsonl` wrote")
      .required()
      .type_name("FILE");
  verb.add_option("directory", options->directory, "a data directory that is not there yet")
      .required()
      .type_name("DIR");
  verb.add_flag("--resume", options->resume,
                "go on where an import into this directory was stopped (DIR.partial), and leave "
                "what is imported there when it is stopped");
  verb.add_footer(
      "Example: horae-replay import log.jsonl copy/data\n"
      "Every line must have its hash and follow the one before; `verify` checks the rest. The "
      "log's own\nkey is in no export: no node goes on writing an imported log.\n");
  return {verb, false, [options](At& at) { return read(*options, at); }, {}};
}

}  // namespace horae::replay
