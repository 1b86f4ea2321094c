#include "node/ops/ops.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "core/files.hpp"
#include "node/ops/process.hpp"

namespace horae {
namespace {

namespace json = boost::json;

std::filesystem::path file_in(const DataPaths& paths) { return paths.root / "ops.json"; }

// Probes and scrapers are few and short.
rpc::HttpServerOptions limits(std::uint16_t port, std::size_t connections) {
  rpc::HttpServerOptions out;
  out.port = port;
  out.body_max_bytes = 4096;
  out.connections_max = connections;
  out.idle_timeout_ms = 60'000;
  out.read_timeout_ms = 5'000;
  out.write_timeout_ms = 10'000;
  out.drain_timeout_ms = 500;
  return out;
}

}  // namespace

tl::expected<std::unique_ptr<Ops>, Failure> Ops::open(const DataPaths& paths, std::uint16_t port,
                                                      std::string command, Vitals vitals,
                                                      std::size_t connections,
                                                      std::vector<std::string> hosts) {
  std::unique_ptr<Ops> out(new Ops(file_in(paths), std::move(vitals)));
  Introduction who{std::move(command),
                   std::filesystem::absolute(paths.root).lexically_normal().string(),
                   Board::now_ms()};
  auto http = limits(port, connections);
  http.hosts = std::move(hosts);
  auto server = rpc::HttpServer::serve(
      http, [who, shown = out->vitals_](const rpc::HttpRequest& request, const auto& respond) {
        respond(ops_page(request, who, shown));
      });
  if (!server) {
    return tl::unexpected(Failure{
        Trouble::port_taken,
        "the ops port: " + server.error().what + ": set ops.port, or --ops-port 0 for a free one"});
  }
  out->server_ = std::move(*server);
  const json::object told{{"pid", ::getpid()},
                          {"began", process_began(::getpid()).value_or(0)},
                          {"url", out->url()},
                          {"command", who.command}};
  if (auto written = replace_small_file(out->file_, json::serialize(told) + "\n"); !written) {
    return tl::unexpected(Failure{Trouble::directory_access, written.error().what});
  }
  return out;
}

Ops::~Ops() {
  if (!server_) return;
  std::error_code ignored;
  std::filesystem::remove(file_, ignored);
}

std::string Ops::url() const { return fmt::format("http://127.0.0.1:{}", port()); }

Result<std::optional<OpsFile>> read_ops_file(const DataPaths& paths) {
  const auto file = file_in(paths);
  std::error_code error;
  if (!std::filesystem::exists(file, error) && !error) return std::optional<OpsFile>{};
  const auto text = read_small_file(file);
  if (!text) return tl::unexpected(text.error());
  boost::system::error_code wrong;
  const auto told = json::parse(*text, wrong);
  const auto* object = told.if_object();
  if (wrong || object == nullptr) return fail(file.string() + " is no JSON object");
  OpsFile out;
  const auto* pid = object->if_contains("pid");
  const auto* began = object->if_contains("began");
  const auto* url = object->if_contains("url");
  const auto* command = object->if_contains("command");
  if (!pid || !pid->is_int64() || !began || !began->is_int64() || !url || !url->is_string() ||
      !command || !command->is_string()) {
    return fail(file.string() + " lacks pid, began, url or command");
  }
  out.pid = static_cast<int>(pid->get_int64());
  out.began = static_cast<std::uint64_t>(began->get_int64());
  out.url = url->get_string().c_str();
  out.command = command->get_string().c_str();
  return std::optional(std::move(out));
}

}  // namespace horae
