#pragma once

#include <filesystem>
#include <memory>

#include "core/trouble.hpp"
#include "node/ops/pages.hpp"
#include "node/ops/vitals.hpp"
#include "storage/data_directory.hpp"

namespace horae {

/// The ops port of a process that holds a data directory: opened right after the directory is
/// locked, so that the start can be watched, and closed last. It serves at 127.0.0.1 alone.
class Ops {
 public:
  /// port 0: a free one. hosts: names beside localhost (node/http/browser.hpp). Leaves
  /// DATADIR/ops.json (mode 0600) for `horae status`, until it ends. port_taken, or
  /// directory_access where that file cannot be written.
  static tl::expected<std::unique_ptr<Ops>, Failure> open(
      const DataPaths& paths, std::uint16_t port, std::string command, Vitals vitals,
      std::size_t connections = Limits{}.ops_connections, std::vector<std::string> hosts = {});
  ~Ops();
  Ops(const Ops&) = delete;
  Ops& operator=(const Ops&) = delete;

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] std::string url() const;
  [[nodiscard]] const Vitals& vitals() const { return vitals_; }

 private:
  Ops(std::filesystem::path file, Vitals vitals)
      : file_(std::move(file)), vitals_(std::move(vitals)) {}

  std::filesystem::path file_;
  Vitals vitals_;
  std::unique_ptr<rpc::HttpServer> server_;
};

/// What ops.json says.
struct OpsFile {
  int pid = 0;
  std::uint64_t began = 0;  // process_began(pid)
  std::string url;
  std::string command;
};
/// Nothing where there is no such file; a fault where it cannot be read or says something else.
[[nodiscard]] Result<std::optional<OpsFile>> read_ops_file(const DataPaths& paths);

}  // namespace horae
