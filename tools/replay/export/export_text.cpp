#include <boost/json.hpp>
#include <map>
#include <set>

#include "events/record.hpp"
#include "tools/replay/export/each_record.hpp"
#include "tools/replay/export/export_line.hpp"
#include "tools/replay/export/partial.hpp"
#include "tools/replay/show.hpp"

// Exports as text: JSON lines and CSV.
namespace horae::replay {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

// A fact's values by column: members of structs behind a point, lists as one value.
void columns(std::map<std::string, json::value>& out, const json::value& value,
             const std::string& name) {
  if (const auto* object = value.if_object()) {
    for (const auto& [key, member] : *object) {
      columns(out, member, name.empty() ? std::string(key) : name + "." + std::string(key));
    }
    return;
  }
  out[name] = value;
}

std::string cell(const json::value& value) {
  if (value.is_null()) return {};
  auto text = value.is_string() ? std::string(value.as_string()) : json::serialize(value);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string kind_of(const json::object& described) {
  return std::string(described.at("domain").as_string()) + "." +
         std::string(described.at("kind").as_string());
}

}  // namespace

Exported export_jsonl(const Source& source, const fs::path& file, std::atomic<std::uint64_t>* at) {
  auto out = PartialFile::make(file);
  if (!out) return tl::unexpected(out.error());
  std::string line;
  auto exported = each_record(source, "exporting", at,
                              [&](const json::object& described, const RecordView& record) {
                                line.clear();
                                append_line(line, record, described);
                                return out->write(line);
                              });
  if (!exported) return exported;
  if (const auto finished = out->finish(); !finished) return tl::unexpected(finished.error());
  return exported;
}

Exported export_csv(const Source& source, const fs::path& directory,
                    std::atomic<std::uint64_t>* at) {
  auto out = PartialDirectory::make(directory);
  if (!out) return tl::unexpected(out.error());
  // The columns must be known before the first line: the log is read twice.
  std::map<std::string, std::set<std::string>> kinds;
  auto seen = each_record(source, "looking at the columns", at,
                          [&](const json::object& described, const RecordView&) {
                            std::map<std::string, json::value> cells;
                            columns(cells, described.at("fact"), {});
                            auto& known = kinds[kind_of(described)];
                            for (const auto& [name, value] : cells) known.insert(name);
                            return Outcome<void>();
                          });
  if (!seen) return seen;
  std::map<std::string, PartialFile> files;
  for (const auto& [kind, names] : kinds) {
    auto file = PartialFile::make(out->path() / (kind + ".csv"));
    if (!file) return tl::unexpected(file.error());
    std::string head = "seq,time,time_ms,l1_time,cause,hash";
    for (const auto& name : names) head += "," + cell(json::string(name));
    if (const auto written = file->write(head + "\n"); !written) {
      return tl::unexpected(written.error());
    }
    files.emplace(kind, std::move(*file));
  }
  auto exported = each_record(
      source, "exporting", at, [&](const json::object& described, const RecordView& record) {
        std::map<std::string, json::value> cells;
        columns(cells, described.at("fact"), {});
        const auto* l1 = described.if_contains("l1Time");
        auto line = std::to_string(record.header.seq) + "," + show_time(record.header.time_ms) +
                    "," + std::to_string(record.header.time_ms) + "," +
                    (l1 == nullptr ? "" : show_time(l1->to_number<std::uint64_t>())) + "," +
                    std::to_string(record.header.cause) + "," + cell(described.at("hash"));
        for (const auto& name : kinds[kind_of(described)]) {
          const auto found = cells.find(name);
          line += "," + (found == cells.end() ? std::string() : cell(found->second));
        }
        return files.at(kind_of(described)).write(line + "\n");
      });
  if (!exported) return exported;
  for (auto& [kind, file] : files) {
    if (const auto finished = file.finish(); !finished) return tl::unexpected(finished.error());
  }
  if (const auto finished = out->finish(); !finished) return tl::unexpected(finished.error());
  return exported;
}

}  // namespace horae::replay
