#include "core/files.hpp"
#include "core/merkle.hpp"
#include "events/world.hpp"
#include "storage/data_directory.hpp"
#include "storage/log_tree.hpp"
#include "tools/replay/export/export.hpp"
#include "tools/replay/export/export_line.hpp"
#include "tools/replay/export/lines.hpp"
#include "tools/replay/export/partial.hpp"
#include "tools/replay/reading.hpp"

namespace horae::replay {
namespace {

namespace fs = std::filesystem;

// Each is synced: large ones, so that the disk is not what an import waits for.
constexpr std::size_t commit_records = 1 << 16;
constexpr std::size_t commit_bytes = 64u << 20;

Result<Hash32> leaf(BytesView value) {
  const auto record = decode_record(value);
  if (!record) return tl::unexpected(record.error());
  return record_hash(*record);
}

// A log that grows by lines.
class Growing {
 public:
  Growing(LogWriter& writer, Imported at, merkle::Frontier tree)
      : writer_(writer), at_(at), tree_(std::move(tree)) {}

  /// Takes the record of the line that comes next.
  Outcome<void> add(std::string_view line) {
    const auto seq = at_.records + 1;
    const auto wrong = [&](const std::string& what) {
      return refuse(Trouble::file_form, "line " + std::to_string(seq) + ": " + what);
    };
    auto value = record_of_line(line);
    if (!value) return wrong(value.error().what);
    const auto record = decode_record(*value);
    if (!record) return wrong(record.error().what);
    const auto& header = record->header;
    if (header.seq != seq) {
      return wrong("seq: wanted " + std::to_string(seq) + ", got " + std::to_string(header.seq));
    }
    if (header.prev != at_.head) {
      return wrong("prev: wanted " + to_hex(at_.head) + ", got " + to_hex(header.prev));
    }
    if (const auto fact = check_fact(header.domain, record->payload); !fact) {
      return wrong("payload: " + fact.error().what);
    }
    at_.head = record_hash(*record);
    at_.records = seq;
    if (const auto tile = tree_.add(at_.head)) tiles_.push_back(*tile);
    bytes_ += value->size();
    values_.push_back(std::move(*value));
    if (values_.size() < commit_records && bytes_ < commit_bytes) return {};
    return commit();
  }

  /// What has come together, with the roots of the tiles that are full with it.
  Outcome<void> commit() {
    std::vector<LogEntry> entries;
    entries.reserve(values_.size());
    for (const auto& value : values_) entries.push_back({value, {}});
    const auto written = writer_.append(at_.records - values_.size() + 1, entries, tiles_);
    if (!written) return refuse(Trouble::file_access, written.error().what);
    values_.clear();
    tiles_.clear();
    bytes_ = 0;
    return {};
  }

  [[nodiscard]] Imported imported() const {
    auto out = at_;
    out.root = tree_.root();
    return out;
  }
  [[nodiscard]] std::uint64_t records() const { return at_.records; }

 private:
  LogWriter& writer_;
  Imported at_;
  merkle::Frontier tree_;
  std::vector<Bytes> values_;
  std::vector<Hash32> tiles_;
  std::size_t bytes_ = 0;
};

// Goes past the lines whose records are in the log; the last of them must be the log's last record,
// or this is another file.
Outcome<Imported> pass(Lines& lines, LogWriter& writer) {
  const auto last = writer.last();
  if (!last) return refuse(Trouble::file_form, last.error().what);
  Imported out;
  if (!*last) return out;
  std::optional<std::string_view> line;
  for (; out.records < (*last)->seq; ++out.records) {
    const auto next = lines.next();
    if (!next) return tl::unexpected(next.error());
    line = *next;
    if (!line) break;
  }
  const auto value = line ? record_of_line(*line) : Outcome<Bytes>(Bytes());
  if (!value || *value != (*last)->value) {
    return refuse(Trouble::there_already, "line " + std::to_string((*last)->seq) +
                                              " is not the last record that was imported before: "
                                              "another file was");
  }
  out.head = record_hash(*decode_record(*value));
  return out;
}

Outcome<Imported> write_log(const fs::path& file, const std::shared_ptr<Environment>& environment,
                            std::atomic<std::uint64_t>* at) {
  Lines lines(file);
  if (!lines.open()) return refuse(Trouble::no_file, "cannot read " + file.string());
  LogWriter writer(environment);
  auto passed = pass(lines, writer);
  if (!passed) return passed;
  passed->resumed = passed->records;
  auto tree = LogTree(environment, leaf).frontier(passed->records);
  if (!tree) return refuse(Trouble::file_form, tree.error().what);
  Growing log(writer, *passed, std::move(*tree));
  std::error_code error;
  const auto size = fs::file_size(file, error);
  Reading reading(at, "importing", 0);
  for (;;) {
    const auto line = lines.next();
    if (!line) {
      return refuse(line.error().trouble,
                    "line " + std::to_string(log.records() + 1) + ": " + line.error().what);
    }
    if (!*line) break;
    // How many there will be, if they are all as long as those so far.
    if (!error && log.records() % 1024 == 1023) {
      const auto records = static_cast<double>(log.records());
      reading.expect(static_cast<std::uint64_t>(records * static_cast<double>(size) /
                                                static_cast<double>(lines.bytes())) -
                     passed->resumed);
    }
    reading.at(log.records() + 1);
    if (auto added = log.add(**line); !added) {
      // What was good so far is there for a run that goes on with a better file.
      (void)log.commit();
      return tl::unexpected(added.error());
    }
  }
  if (log.records() == 0) {
    return refuse(Trouble::file_form, file.string() + " is empty: no log has no records");
  }
  if (auto written = log.commit(); !written) return tl::unexpected(written.error());
  return log.imported();
}

}  // namespace

Outcome<Imported> import_log(const fs::path& file, const fs::path& data_directory, bool resume,
                             std::atomic<std::uint64_t>* at) {
  std::error_code error;
  if (fs::is_directory(file, error) || !std::ifstream(file, std::ios::binary)) {
    return refuse(Trouble::no_file, "cannot read " + file.string());
  }
  auto out = PartialDirectory::make(data_directory, resume);
  if (!out) return tl::unexpected(out.error());
  const auto log = DataPaths{out->path()}.log();
  if (const auto made = make_private_directory(log); !made) {
    return refuse(Trouble::file_access, made.error().what);
  }
  Outcome<Imported> imported;
  {
    const auto environment = open_log(log, Access::durable);
    if (!environment) return refuse(Trouble::file_access, environment.error().what);
    imported = write_log(file, *environment, at);
  }
  if (!imported) return imported;
  if (const auto finished = out->finish(); !finished) return tl::unexpected(finished.error());
  return imported;
}

}  // namespace horae::replay
