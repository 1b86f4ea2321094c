#include "node/engine/engine_command.hpp"

#include <unistd.h>

#include "edges/json_rpc.hpp"
#include "node/child/answering.hpp"
#include "node/child/program.hpp"

namespace horae {
namespace {

// An engine with a large state takes its time to open it.
constexpr auto command_patience = std::chrono::minutes(10);
constexpr auto command_grace = std::chrono::seconds(30);

std::vector<std::string> own_environment() {
  std::vector<std::string> out;
  for (char** each = environ; *each != nullptr; ++each) out.emplace_back(*each);
  return out;
}

}  // namespace

bool engine_answers(const EngineAddress& address) {
  HttpOptions soon;
  soon.connect_timeout_ms = 1'000;
  soon.read_timeout_ms = 1'000;
  if (!JsonRpcClient(address.rpc, soon).call("eth_chainId", {})) return false;
  if (!address.auth) return true;
  const auto refused = JsonRpcClient(*address.auth, soon).call("eth_chainId", {});
  return refused || refused.error().kind == RpcFault::http_status;
}

Result<std::unique_ptr<EngineCommand>> EngineCommand::start(const Options& options) {
  if (engine_answers(options.address)) {
    return fail("another engine answers at " + options.address.rpc.shown() +
                " already: end it, or leave engine.command out");
  }
  const auto program = program_called(options.words.at(0));
  if (!program) return tl::unexpected(program.error());
  ChildSpec spec;
  spec.program = *program;
  spec.arguments.assign(options.words.begin() + 1, options.words.end());
  spec.environment = own_environment();
  spec.directory = std::filesystem::current_path();
  spec.log_file = options.log_file;
  auto child = Child::start(spec);
  if (!child) return tl::unexpected(child.error());
  std::unique_ptr<EngineCommand> out(new EngineCommand(std::move(*child), options.log_file));
  const auto answered = await_answer(
      out->child_, "the engine", options.log_file, [&] { return engine_answers(options.address); },
      command_patience);
  if (!answered) {
    return fail(answered.error().what + " (" + options.log_file.string() + " has all it said)");
  }
  return out;
}

EngineCommand::~EngineCommand() {
  watch_.reset();
  child_.stop(command_grace);
}

void EngineCommand::watch(std::function<void(const std::string& what)> told) {
  watch_.emplace(std::vector<ChildWatch::Watched>{{child_, "the engine (engine.command)"}},
                 [told = std::move(told), log_file = log_file_](const std::string& what) {
                   told(what + last_words(log_file));
                 });
}

}  // namespace horae
