#include "node/dev/anvil.hpp"

#include <chrono>

#include "core/files.hpp"
#include "core/u256.hpp"
#include "node/child/answering.hpp"
#include "node/child/loopback.hpp"

namespace horae::dev {
namespace {

constexpr auto patience = std::chrono::seconds(30);

// A state of a long chain is one answer.
HttpOptions http_options() {
  HttpOptions options;
  options.read_timeout_ms = 120'000;
  options.body_max_bytes = 1u << 30;
  return options;
}

}  // namespace

Anvil::Anvil(Child child, Endpoint endpoint, std::uint16_t port)
    : child_(std::move(child)),
      endpoint_(std::move(endpoint)),
      port_(port),
      rpc_(std::make_unique<JsonRpcClient>(endpoint_, http_options())) {}

Result<Anvil> Anvil::start(const AnvilSpec& spec) {
  if (auto made = make_private_directory(spec.home); !made) return tl::unexpected(made.error());
  const auto home = std::filesystem::absolute(spec.home);
  const auto cache = home / "cache";
  std::error_code error;
  // After a kill -9 its old states are still there, and of no use to anybody.
  std::filesystem::remove_all(cache, error);
  if (!std::filesystem::exists(spec.binary, error)) {
    return fail("there is no anvil at " + spec.binary.string() + " (npm ci installs it)");
  }
  for (int attempt = 0;; ++attempt) {
    const auto port = spec.port != 0 ? Result<std::uint16_t>(spec.port) : free_port();
    if (!port) return tl::unexpected(port.error());
    ChildSpec child_spec;
    child_spec.program = std::filesystem::absolute(spec.binary);
    child_spec.arguments = {"--host",       "127.0.0.1",
                            "--port",       std::to_string(*port),
                            "--chain-id",   std::to_string(spec.chain_id),
                            "--cache-path", cache.string(),
                            "--no-mining",  "--quiet",
                            "--no-cors",    "--no-request-size-limit"};
    child_spec.arguments.insert(child_spec.arguments.end(), spec.arguments.begin(),
                                spec.arguments.end());
    // Nothing of the user's settings: foundry's programs read files and variables of their own.
    child_spec.environment = {"HOME=" + home.string(), "PATH=/usr/bin:/bin"};
    child_spec.directory = home;
    child_spec.log_file = home / "anvil.log";
    auto child = Child::start(child_spec);
    if (!child) return tl::unexpected(child.error());
    auto endpoint = Endpoint::parse("http://127.0.0.1:" + std::to_string(*port));
    if (!endpoint) return tl::unexpected(endpoint.error());
    Anvil anvil(std::move(*child), std::move(*endpoint), *port);

    const auto answered = await_answer(
        anvil.child_, "anvil", child_spec.log_file,
        [&] {
          const auto answer = anvil.rpc_->call("eth_chainId", {});
          return answer && *answer == boost::json::value(to_quantity(spec.chain_id));
        },
        patience);
    if (answered) return anvil;
    // A free port may have been taken between the look and the use.
    const bool ended = anvil.child_.wait(std::chrono::milliseconds(0)).has_value();
    if (!ended || spec.port != 0 || attempt == 3) return tl::unexpected(answered.error());
  }
}

Result<boost::json::value> Anvil::call(std::string_view method, boost::json::array params) {
  auto answer = rpc_->call(method, std::move(params));
  if (!answer) return within(method, answer.error().to_fault());
  return std::move(*answer);
}

}  // namespace horae::dev
