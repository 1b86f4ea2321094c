#include "node/doctor/geth.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "node/engine/geth_command.hpp"

namespace horae::doctor {
namespace {

// A flag to start geth with.
std::string start_with(std::string_view flag) {
  return fmt::format("start geth with {} (`horae engine flags` prints them all)", flag);
}

// The value of a flag as geth's command line takes it: -name value, --name=value.
std::optional<std::string> value_of(const std::vector<std::string>& command,
                                    std::string_view name) {
  std::optional<std::string> out;  // of two of a name the later counts
  for (auto at = command.begin(); at != command.end(); ++at) {
    std::string_view word = *at;
    if (!word.starts_with('-')) continue;
    word.remove_prefix(word.starts_with("--") ? 2 : 1);
    if (word == name && at + 1 != command.end()) out = *(at + 1);
    if (word.starts_with(name) && word.substr(name.size()).starts_with('=')) {
      out = word.substr(name.size() + 1);
    }
  }
  return out;
}

}  // namespace

Finding judge_jwt_file(const Result<void>& secret) {
  const Check check{
      "engine.jwt_file", "32 bytes in hex that its user alone may read",
      "give the file that geth has as --authrpc.jwtsecret (engine.jwt_file), chmod 600"};
  if (!secret) return check.failed(secret.error().what);
  return check.ok("its user's alone");
}

Finding judge_engine_api(const Result<void>& answer) {
  const Check check{"engine.api", "an Engine API that takes our secret",
                    "set engine.auth_endpoint to geth's --authrpc.addr and --authrpc.port, and "
                    "engine.jwt_file to its --authrpc.jwtsecret"};
  if (!answer) return check.failed(answer.error().what);
  return check.ok("it answers");
}

Finding judge_building(const Result<GethProbe::Block>& built) {
  const Check check{"engine.building", "--http.api with testing among others",
                    start_with("--http.api eth,net,web3,debug,testing")};
  if (!built) return check.failed(built.error().what);
  return check.ok(fmt::format("it would build block {}", built->number));
}

Finding judge_gas_limit(std::uint64_t built, std::uint64_t wanted) {
  const auto flag = fmt::format("--miner.gaslimit {}", wanted);
  const Check check{"engine.gas_limit", flag, start_with(flag)};
  if (built == wanted) return check.ok(fmt::format("{}", built));
  return check.failed(
      fmt::format("its next block would have {}: --miner.gaslimit is another", built));
}

Finding judge_sync_mode(const Result<bool>& executed) {
  const Check check{"engine.sync_mode", "--syncmode=full",
                    start_with("--syncmode=full") + "; once more where it has that already"};
  if (!executed) return check.failed(executed.error().what);
  return *executed ? check.ok("it executes what it is given")
                   : check.failed(
                         "it wants to synchronise before it executes a block: --syncmode "
                         "is not full, or it was killed");
}

Finding judge_states(const Result<GethProbe::States>& states) {
  using enum GethProbe::States;
  const Check check{"engine.states", "--state.scheme hash and --gcmode=archive",
                    start_with("--state.scheme hash --gcmode=archive") +
                        ", with a data directory made by `geth init --state.scheme hash`: the node "
                        "executes its blocks again"};
  if (!states) return check.warning("how it keeps them cannot be seen: " + states.error().what);
  switch (*states) {
    case archive:
      return check.ok("all of them, by hash");
    case recent:
      return check.failed("the newest are in memory alone: --gcmode is not archive");
    case by_path:
      return check.failed("--state.scheme is path");
    case unchanged:
      return skipped(check.id,
                     "by hash; no block has changed the first state yet, so that "
                     "--gcmode cannot be seen");
  }
  stop("an unknown way to keep states");
}

Finding judge_request_size(std::size_t bytes, const Result<bool>& read) {
  const Check check{"engine.request_size", fmt::format("one of {} bytes is read", bytes),
                    start_with(fmt::format("--rpc.http-body-limit {}", geth_body_limit_mib))};
  if (!read) return check.failed(read.error().what);
  return check.ok_if(*read, *read ? fmt::format("{} bytes are read", bytes)
                                  : fmt::format("{} bytes are too many for it: "
                                                "--rpc.http-body-limit is too small",
                                                bytes));
}

Finding judge_reorg_depth(const std::vector<std::string>& command) {
  const Check check{"engine.reorg_depth", "--engine.maxreorgdepth=0",
                    start_with("--engine.maxreorgdepth=0")};
  if (command.empty() || value_of(command, "config")) {
    return skipped(check.id,
                   "only geth's command line tells, and that is not to be seen from here");
  }
  const auto depth = value_of(command, "engine.maxreorgdepth");
  if (!depth) return check.failed("--engine.maxreorgdepth is not given: it goes back 32 blocks");
  return check.ok_if(*depth == "0", "--engine.maxreorgdepth=" + *depth);
}

}  // namespace horae::doctor
