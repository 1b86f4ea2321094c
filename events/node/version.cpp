#include "events/node/version.hpp"

#include <capnp/common.h>

#include <boost/json/serialize.hpp>

#include "events/record.hpp"
#include "events/snapshot.hpp"

namespace horae {
namespace {

std::string compiler() {
#if defined(__clang__)
  return std::string("Clang ") + __clang_version__;
#else
  return std::string("GCC ") + __VERSION__;
#endif
}

}  // namespace

boost::json::object version_json(std::string_view program, const BuildCommit& commit,
                                 const std::vector<LibraryVersion>& libraries) {
  boost::json::object out;
  const std::string_view hash(commit.hash);
  out["program"] = program;
  out["version"] = HORAE_VERSION;
  out["commit"] = hash.empty() ? boost::json::value(nullptr) : boost::json::value(hash);
  out["modified"] = commit.modified;
  out["logFormat"] = log_format;
  out["recordHeader"] = RecordHeader::version;
  out["schema"] = schema_version;
  out["snapshot"] = snapshot_version;
  out["checkpoint"] = "C2SP tlog-checkpoint";
  out["compiler"] = compiler();
  auto& with = out["libraries"].emplace_object();
  with["Cap'n Proto"] = std::to_string(CAPNP_VERSION_MAJOR) + "." +
                        std::to_string(CAPNP_VERSION_MINOR) + "." +
                        std::to_string(CAPNP_VERSION_MICRO);
  for (const auto& [name, version] : libraries) with[name] = version;
  return out;
}

std::string version_text(const boost::json::object& version) {
  std::string out;
  const auto line = [&](std::string_view name, const boost::json::value& value) {
    out += std::string(name) + std::string(name.size() < 14 ? 14 - name.size() : 1, ' ');
    out += value.is_string() ? std::string(value.get_string()) : boost::json::serialize(value);
    out += '\n';
  };
  for (const auto& [name, value] : version) {
    if (value.is_object()) {
      for (const auto& [library, its] : value.get_object()) line(library, its);
    } else {
      line(name, value);
    }
  }
  return out;
}

}  // namespace horae
