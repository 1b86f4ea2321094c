#include <boost/json.hpp>
#include <fstream>

#include "core/merkle.hpp"
#include "events/world.hpp"
#include "storage/data_directory.hpp"
#include "storage/files.hpp"
#include "tools/replay/export.hpp"
#include "tools/replay/list.hpp"
#include "tools/replay/partial.hpp"
#include "tools/replay/progress.hpp"

namespace horae::replay {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

constexpr std::size_t commit_records = 4096;
constexpr std::size_t commit_bytes = 16u << 20;

// The record of a line, byte for byte as it was in the log.
Outcome<Bytes> record_of(const std::string& line, std::uint64_t seq) {
  const auto wrong = [&](const std::string& what) {
    return refuse(Exit::corrupt, "line " + std::to_string(seq) + ": " + what);
  };
  boost::system::error_code error;
  const auto parsed = json::parse(line, error);
  const auto* object = parsed.if_object();
  if (error || object == nullptr) return wrong("no JSON object");
  std::string missing;
  const auto member = [&](const char* name) -> const json::value& {
    static const json::value none;
    const auto* found = object->if_contains(name);
    if (found == nullptr && missing.empty()) missing = name;
    return found == nullptr ? none : *found;
  };
  const auto number = [&](const char* name) {
    std::uint64_t out = 0;
    const auto& value = member(name);
    boost::system::error_code bad;
    if (value.is_number()) out = value.to_number<std::uint64_t>(bad);
    if ((bad || !value.is_number()) && missing.empty()) missing = name;
    return out;
  };
  const auto text = [&](const char* name) {
    const auto& value = member(name);
    if (!value.is_string() && missing.empty()) missing = name;
    return value.is_string() ? std::string(value.as_string()) : std::string();
  };
  RecordHeader header;
  header.seq = number("seq");
  header.time_ms = number("time");
  header.cause = number("cause");
  header.kind = static_cast<std::uint16_t>(number("kindNumber"));
  header.more = member("more").is_bool() && member("more").as_bool();
  const auto domain = parse_domain(text("domain"));
  const auto prev = fixed_from_hex<Hash32>(text("prev"));
  const auto hash = fixed_from_hex<Hash32>(text("hash"));
  const auto payload = from_hex(text("payload"));
  if (!missing.empty()) return wrong("it has no " + missing);
  if (!domain || !prev || !hash || !payload) return wrong("domain, prev, hash or payload is none");
  header.domain = *domain;
  header.prev = *prev;
  const auto bytes = encode(header);
  if (record_hash(bytes, sha256(*payload)) != *hash) {
    return wrong("hash: wanted " + to_hex(*hash) + ", got " +
                 to_hex(record_hash(bytes, sha256(*payload))));
  }
  if (header.seq != seq) {
    return wrong("seq: wanted " + std::to_string(seq) + ", got " + std::to_string(header.seq));
  }
  if (const auto fact = checked_fact(header.domain, *payload); !fact) {
    return wrong("payload: " + fact.error().what);
  }
  Bytes out(bytes.begin(), bytes.end());
  out.insert(out.end(), payload->begin(), payload->end());
  return out;
}

// Appends what has come together, with the roots of the tiles that are full with it.
Outcome<void> append(LogWriter& writer, std::uint64_t first, std::vector<Bytes>& records,
                     std::vector<Hash32>& tiles) {
  std::vector<LogEntry> entries;
  for (const auto& record : records) entries.push_back({record, {}});
  if (const auto written = writer.append(first, entries, tiles); !written) {
    return refuse(Exit::directory, written.error().what);
  }
  records.clear();
  tiles.clear();
  return {};
}

Outcome<Imported> write_log(std::istream& lines, LogWriter& writer,
                            std::atomic<std::uint64_t>* at) {
  Imported out;
  merkle::Frontier tree;
  std::vector<Bytes> records;
  std::vector<Hash32> tiles;
  std::size_t bytes = 0;
  Progress progress(at, "importing", 0);
  for (std::string line; std::getline(lines, line);) {
    const auto seq = out.records + 1;
    progress.at(seq);
    auto record = record_of(line, seq);
    if (!record) return tl::unexpected(record.error());
    const auto view = decode_record(*record);
    if (!view)
      return refuse(Exit::corrupt, "line " + std::to_string(seq) + ": " + view.error().what);
    if (view->header.prev != out.head) {
      return refuse(Exit::corrupt, "line " + std::to_string(seq) + ": prev: wanted " +
                                       to_hex(out.head) + ", got " + to_hex(view->header.prev));
    }
    out.head = record_hash(*view);
    if (const auto tile = tree.add(out.head)) tiles.push_back(*tile);
    bytes += record->size();
    records.push_back(std::move(*record));
    ++out.records;
    if (records.size() < commit_records && bytes < commit_bytes) continue;
    if (const auto written = append(writer, out.records - records.size() + 1, records, tiles);
        !written) {
      return tl::unexpected(written.error());
    }
    bytes = 0;
  }
  if (lines.bad()) return refuse(Exit::configuration, "the file cannot be read to its end");
  if (const auto written = append(writer, out.records - records.size() + 1, records, tiles);
      !written) {
    return tl::unexpected(written.error());
  }
  out.root = tree.root();
  return out;
}

}  // namespace

Outcome<Imported> import_log(const fs::path& file, const fs::path& data_directory,
                             std::atomic<std::uint64_t>* at) {
  std::ifstream lines(file, std::ios::binary);
  if (!lines) return refuse(Exit::configuration, "cannot read " + file.string());
  auto out = PartialDirectory::make(data_directory);
  if (!out) return tl::unexpected(out.error());
  const auto log = DataPaths{out->path()}.log();
  if (const auto made = make_private_directory(log); !made) {
    return refuse(Exit::directory, made.error().what);
  }
  Outcome<Imported> imported;
  {
    auto environment = open_log(log, Access::durable);
    if (!environment) return refuse(Exit::directory, environment.error().what);
    LogWriter writer(std::move(*environment));
    imported = write_log(lines, writer, at);
  }
  if (!imported) return imported;
  if (const auto finished = out->finish(); !finished) return tl::unexpected(finished.error());
  return imported;
}

}  // namespace horae::replay
