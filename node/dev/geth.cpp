#include "node/dev/geth.hpp"

#include <boost/json.hpp>

#include "core/crypto/secp256k1.hpp"
#include "core/files.hpp"
#include "edges/json_rpc.hpp"
#include "node/child/answering.hpp"
#include "node/child/loopback.hpp"
#include "node/engine/engine_command.hpp"
#include "node/engine/geth_command.hpp"
#include "node/engine/pinned_geth.hpp"

namespace horae::dev {
namespace {

constexpr auto geth_patience = std::chrono::seconds(60);

std::filesystem::path data_of(const std::filesystem::path& home) { return home / "geth"; }
std::filesystem::path secret_of(const std::filesystem::path& home) { return home / "jwt.hex"; }

ChildSpec geth_child(const GethOptions& options, std::vector<std::string> arguments,
                     const char* log_file) {
  ChildSpec out;
  out.program = std::filesystem::absolute(options.program);
  out.arguments = std::move(arguments);
  // Nothing of the user's settings: geth reads variables and files of its own.
  out.environment = {"HOME=" + options.home.string(), "PATH=/usr/bin:/bin"};
  out.directory = options.home;
  out.log_file = options.home / log_file;
  return out;
}

Result<void> make_secret(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::exists(file, error)) return {};
  const auto secret = new_secret_key();  // 32 bytes of any kind
  auto text = to_hex(BytesView(secret.expose())) + "\n";
  auto written = replace_file_durably(file, text);
  OPENSSL_cleanse(text.data(), text.size());
  return written;
}

// geth that is started on a directory without a genesis takes mainnet's: so it stands in its place
// when it is whole.
Result<void> make_data(const GethOptions& options) {
  const auto data = data_of(options.home);
  std::error_code error;
  if (std::filesystem::exists(data, error)) return {};
  const auto genesis = genesis_json(options.genesis);
  if (!genesis) return within("genesis", genesis.error());
  const auto genesis_file = options.home / "genesis.json";
  const auto text = boost::json::serialize(*genesis) + "\n";
  if (auto written = replace_file_durably(genesis_file, text); !written) return written;
  const auto unfinished = options.home / "geth.new";
  std::filesystem::remove_all(unfinished, error);
  const auto spec = geth_child(options, geth_init(unfinished, genesis_file), "geth-init.log");
  auto child = Child::start(spec);
  if (!child) return tl::unexpected(child.error());
  const auto end = child->wait(geth_patience);
  if (end != "exit code 0") {
    return fail("geth init: " + end.value_or("it does not end") + last_words(spec.log_file));
  }
  std::filesystem::rename(unfinished, data, error);
  if (error) return fail("cannot rename " + unfinished.string() + ": " + error.message());
  return sync_path(options.home);
}

// The pinned version, or why not.
Result<void> is_pinned(const Endpoint& rpc) {
  const auto answer = JsonRpcClient(rpc).call("web3_clientVersion", {});
  if (!answer) return within("web3_clientVersion", answer.error().to_fault());
  const auto wanted = "Geth/v" + std::string(geth_version());
  const std::string told = answer->is_string() ? std::string(answer->get_string()) : "nothing";
  if (told.starts_with(wanted + "-")) return {};
  return fail("it says that it is " + told + ", wanted " + wanted +
              "; delete it, and `./run --engine geth` gets the right one");
}

Result<EngineAddress> free_address(const std::filesystem::path& home) {
  const auto rpc = free_port();
  if (!rpc) return tl::unexpected(rpc.error());
  const auto auth = free_port(*rpc);
  if (!auth) return tl::unexpected(auth.error());
  return EngineAddress{
      EngineDialect::geth, *Endpoint::parse("http://127.0.0.1:" + std::to_string(*rpc)),
      *Endpoint::parse("http://127.0.0.1:" + std::to_string(*auth)), secret_of(home)};
}

}  // namespace

Result<void> check_geth(const std::filesystem::path& program) {
  std::error_code error;
  if (std::filesystem::exists(program, error)) return {};
  return fail("there is no geth at " + program.string() + " (`./run --engine geth` gets one)");
}

Result<L2Engine> start_geth(const GethOptions& given) {
  auto options = given;
  options.home = std::filesystem::absolute(given.home);
  if (auto made = make_private_directory(options.home); !made) return tl::unexpected(made.error());
  if (auto there = check_geth(options.program); !there) return tl::unexpected(there.error());
  if (auto made = make_secret(secret_of(options.home)); !made) return tl::unexpected(made.error());
  if (auto made = make_data(options); !made) return tl::unexpected(made.error());
  for (int attempt = 0;; ++attempt) {
    auto address =
        options.address ? Result<EngineAddress>(*options.address) : free_address(options.home);
    if (!address) return tl::unexpected(address.error());
    auto arguments = geth_start(
        {data_of(options.home), *address, options.genesis.chain_id, options.genesis.gas_limit});
    arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
    const auto child_spec = geth_child(options, std::move(arguments), "geth.log");
    auto child = Child::start(child_spec);
    if (!child) return tl::unexpected(child.error());
    const auto answered = await_answer(
        *child, "geth", child_spec.log_file, [&] { return engine_answers(*address); },
        geth_patience);
    if (answered) {
      if (auto pinned = is_pinned(address->rpc); !pinned) {
        return within(options.program.string(), pinned.error());
      }
      return L2Engine{std::move(*child), std::move(*address)};
    }
    // A free port may have been taken between the look and the use.
    const bool ended = child->wait(std::chrono::milliseconds(0)).has_value();
    if (!ended || options.address || attempt == 3) return tl::unexpected(answered.error());
  }
}

}  // namespace horae::dev
