#include "node/config/settings.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>

#include "core/command_words.hpp"
#include "core/eth/address.hpp"
#include "node/config/networks.hpp"
#include "node/consensus/comet_files.hpp"

namespace horae::config {
namespace {

using Text = const std::string&;
using Where = const Surroundings&;

const Network* network_called(std::string_view name) {
  const auto found = std::ranges::find(networks, name, &Network::name);
  return found == networks.end() ? nullptr : &*found;
}

// What was got, in words.
std::string got(Text text) { return text.empty() ? "nothing" : text; }

template <class Number>
Result<void> read_number(Number& out, Text text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
    return fail("wanted a number from " + std::to_string(least) + " to " + std::to_string(most) +
                ", got " + got(text));
  }
  out = static_cast<Number>(value);
  return {};
}

template <auto Member, std::uint64_t least, std::uint64_t most>
Result<void> number(Config& config, Text text, Where) {
  return read_number(config.*Member, text, least, most);
}

template <auto Member>
Result<void> address(Config& config, Text text, Where) {
  const auto read = read_address(text);
  if (!read) return tl::unexpected(read.error());
  if (read->is_zero()) return fail("the zero address");
  config.*Member = *read;
  return {};
}

// A URL, or @FILE whose first line is one: providers put their keys into it, and arguments and
// environments can be seen by others.
template <auto Member>
Result<void> endpoint(Config& config, Text text, Where where) {
  auto url = text;
  if (text.starts_with('@')) {
    const auto path = where.directory / text.substr(1);
    std::ifstream file(path);
    if (!std::getline(file, url)) return fail("cannot read a URL from " + path.string());
    while (!url.empty() && (url.back() == ' ' || url.back() == '\r')) url.pop_back();
  }
  auto parsed = Endpoint::parse(url);
  if (!parsed) return tl::unexpected(parsed.error());
  config.*Member = std::move(*parsed);
  return {};
}

template <auto Member>
Result<void> optional_endpoint(Config& config, Text text, Where where) {
  if (text.empty()) {
    config.*Member = std::nullopt;
    return {};
  }
  return endpoint<Member>(config, text, where);
}

template <auto Member>
Result<void> path(Config& config, Text text, Where where) {
  if (text.empty()) return fail("an empty path");
  auto normal = (where.directory / text).lexically_normal();
  config.*Member = normal.has_filename() ? normal : normal.parent_path();  // "." ends in a slash
  return {};
}

template <auto Member>
Result<void> optional_path(Config& config, Text text, Where where) {
  if (text.empty()) {
    config.*Member = std::nullopt;
    return {};
  }
  return path<Member>(config, text, where);
}

// Separated by commas, with blanks around them or none.
Result<std::vector<std::string>> list_of(Text text) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    auto one = text.substr(begin, end - begin);
    while (one.starts_with(' ')) one.erase(0, 1);
    while (one.ends_with(' ')) one.pop_back();
    if (one.empty()) return fail("an empty place in the list");
    out.push_back(std::move(one));
    begin = end + 1;
  }
  return out;
}

Result<void> signers(Config& config, Text text, Where where) {
  const auto files = list_of(text);
  if (!files) return tl::unexpected(files.error());
  config.signers.clear();
  for (const auto& file : *files) {
    config.signers.push_back((where.directory / file).lexically_normal());
  }
  return {};
}

template <auto Member>
Result<void> names(Config& config, Text text, Where) {
  (config.*Member).clear();
  if (text.empty()) return {};
  auto read = list_of(text);
  if (!read) return tl::unexpected(read.error());
  config.*Member = std::move(*read);
  return {};
}

Result<void> network(Config& config, Text text, Where) {
  const auto* found = network_called(text);
  if (found == nullptr) {
    std::string known;
    for (const auto& one : networks) known += (known.empty() ? "" : ", ") + std::string(one.name);
    return fail("wanted one of " + known + ", got " + got(text));
  }
  config.network = text;
  config.l1_chain_id = found->l1_chain_id;
  return {};
}

Result<void> confirmations(Config& config, Text text, Where) {
  if (text == "finalized") {
    config.confirmations = std::nullopt;
    return {};
  }
  std::uint64_t value = 0;
  if (!read_number(value, text, 0, 10'000)) {
    return fail("wanted finalized or a number of blocks from 0 to 10000, got " + got(text));
  }
  config.confirmations = value;
  return {};
}

Result<void> count(Config& config, Text text, Where) {
  if (text != "produced" && text != "allotted") {
    return fail("wanted produced or allotted, got " + got(text));
  }
  config.count_allotted = text == "allotted";
  return {};
}

Result<void> sign_txns(Config& config, Text text, Where) {
  if (text != "yes" && text != "no") return fail("wanted yes or no, got " + got(text));
  config.sign_txns = text == "yes";
  return {};
}

Result<void> dialect(Config& config, Text text, Where) {
  const auto found = dialect_named(text);
  if (!found) return fail("wanted anvil, geth or engine-api, got " + got(text));
  config.engine_dialect = *found;
  return {};
}

Result<void> engine_flags(Config& config, Text text, Where) {
  config.engine_flags = text;
  return {};
}

Result<void> engine_command(Config& config, Text text, Where) {
  config.engine_command.clear();
  if (text.empty()) return {};
  return command_words(text).map([&](auto words) { config.engine_command = std::move(words); });
}

template <HostPort Config::*at>
Result<void> heard_at(Config& config, Text text, Where) {
  return HostPort::parse(text).map([&](auto read) { config.*at = std::move(read); });
}

template <std::optional<HostPort> Config::*at>
Result<void> dialled_at(Config& config, Text text, Where) {
  (config.*at).reset();
  if (text.empty()) return {};
  auto read = HostPort::parse(text);
  if (!read) return tl::unexpected(read.error());
  if (read->is_any()) return fail("wanted an address that others can dial, got " + got(text));
  config.*at = std::move(*read);
  return {};
}

Result<void> pool_peers(Config& config, Text text, Where) {
  config.pool_peers.clear();
  if (text.empty()) return {};
  const auto all = list_of(text);
  if (!all) return tl::unexpected(all.error());
  for (const auto& one : *all) {
    auto peer = Peer::parse(one);
    if (!peer) return tl::unexpected(peer.error());
    if (std::ranges::find(config.pool_peers, peer->id, &Peer::id) != config.pool_peers.end()) {
      return fail(peer->id + " is named twice");
    }
    config.pool_peers.push_back(std::move(*peer));
  }
  return {};
}

Result<void> pool_command(Config& config, Text text, Where) {
  config.pool_command.clear();
  config.pool_external = text == "external";
  if (text.empty() || config.pool_external) return {};
  return command_words(text).map([&](auto words) { config.pool_command = std::move(words); });
}

Result<void> pool_keep_heights(Config& config, Text text, Where) {
  std::uint64_t value = 0;
  const bool read = read_number(value, text, 0, INT64_MAX).has_value();
  if (!read || (value != 0 && value < comet_evidence_heights)) {
    return fail("wanted 0 for all or a number of at least " +
                std::to_string(comet_evidence_heights) + ", got " + got(text));
  }
  config.pool_keep_heights = value;
  return {};
}

Result<void> logs_format(Config& config, Text text, Where) {
  return logging::parse_form(text).map([&](logging::Form form) { config.logs.form = form; });
}
Result<void> logs_level(Config& config, Text text, Where) {
  return logging::parse_level(text).map([&](Level level) { config.logs.level = level; });
}
Result<void> logs_levels(Config& config, Text text, Where) {
  return logging::parse_levels(text).map(
      [&](auto levels) { config.logs.levels = std::move(levels); });
}

template <auto Member, std::uint64_t least, std::uint64_t most>
Result<void> limit(Config& config, Text text, Where) {
  return read_number(config.limits.*Member, text, least, most);
}
// The number that node/config/limits.hpp gives, with its reason.
template <auto Member>
std::optional<std::string> usual(Where) {
  return std::to_string(Limits{}.*Member);
}

Result<void> log_lines(Config& config, Text text, Where where) {
  auto set = limit<&Limits::log_lines, 16, 1'000'000>(config, text, where);
  config.logs.waiting_lines = config.limits.log_lines;
  return set;
}

std::optional<std::string> unset(Where) { return std::nullopt; }

template <std::uint64_t value>
std::optional<std::string> is(Where) {
  return std::to_string(value);
}

std::optional<std::string> nothing(Where) { return ""; }

std::optional<std::string> said(std::string_view value) {
  return value.empty() ? std::nullopt : std::optional<std::string>(value);
}
std::optional<std::string> said(std::uint64_t value) {
  return value == 0 ? std::nullopt : std::optional(std::to_string(value));
}

// What the network says; nothing where it is not known or says nothing.
template <auto Member>
std::optional<std::string> of_network(Where where) {
  const auto* known = network_called(where.network);
  return known == nullptr ? std::nullopt : said(known->*Member);
}

std::string as_is(Text text) { return text; }
std::string without_secret(Text text) {
  if (text.empty() || text.starts_with('@')) return text;
  const auto parsed = Endpoint::parse(text);
  return parsed ? (parsed->tls ? "https://" : "http://") + parsed->shown() : "(no URL)";
}

constexpr auto most = std::numeric_limits<std::int64_t>::max();
// A block is one record of at most 16 MiB (core/message.hpp). A zero byte of calldata costs 4 gas
// (EIP-2028), so that 60 million gas are 14.3 MiB of transactions; their hashes, senders and what
// was skipped take the rest.
constexpr std::int64_t most_gas = 60'000'000;

constexpr std::array table{
    Setting{"network", "NAME", "The network: andromeda, sepolia or dev", unset, network, as_is},
    Setting{"datadir", "DIRECTORY", "Where the log is kept; nobody else may read it",
            [](Where) -> std::optional<std::string> { return "data"; }, path<&Config::datadir>,
            as_is},
    Setting{"l1.endpoint", "URL",
            "JSON-RPC of an L1 node; @FILE reads the URL from a file, for one with a key in it",
            unset, endpoint<&Config::l1>, without_secret},
    Setting{"l1.locking_pool", "ADDRESS", "LockingPool's proxy", of_network<&Network::locking_pool>,
            address<&Config::locking_pool>, as_is},
    Setting{"l1.locking_info", "ADDRESS", "LockingInfo's proxy", of_network<&Network::locking_info>,
            address<&Config::locking_info>, as_is},
    Setting{
        "l1.from_block", "BLOCK",
        "First L1 block to look at: the proxies' deployment or earlier; a named genesis has its "
        "own",
        of_network<&Network::from_block>, number<&Config::from_block, 0, most>, as_is},
    Setting{
        "l1.confirmations", "BLOCKS",
        "Trust L1 blocks this far behind the head; finalized: as far as L1 calls it so; a named "
        "genesis has its own",
        [](Where) -> std::optional<std::string> { return "finalized"; }, confirmations, as_is},
    Setting{"l1.max_drift_s", "SECONDS",
            "No block is made whose time would be later than this after the confirmed L1 block's: "
            "the clock is wrong then, or L1 stands still; a rule of the genesis",
            is<7'200>, number<&Config::max_l1_drift_s, 60, 31'536'000>, as_is},
    Setting{"engine.endpoint", "URL", "JSON-RPC of the engine that runs L2 transactions", unset,
            endpoint<&Config::engine_rpc>, without_secret},
    Setting{"engine.dialect", "WHICH",
            "How the engine is spoken to: anvil (for trials), geth, or engine-api (op-geth)",
            [](Where) -> std::optional<std::string> { return "anvil"; }, dialect, as_is},
    Setting{"engine.auth_endpoint", "URL",
            "Of the Engine API (--authrpc.port), by which blocks are adopted", nothing,
            optional_endpoint<&Config::engine_auth>, without_secret},
    Setting{
        "engine.jwt_file", "FILE",
        "The secret of the Engine API (--authrpc.jwtsecret): 32 bytes in hex, for nobody else to "
        "read",
        nothing, optional_path<&Config::engine_jwt_file>, as_is},
    Setting{"engine.flags", "TEXT",
            "What of the engine's own flags decides block hashes; part of the log's identity",
            nothing, engine_flags, as_is},
    Setting{"engine.command", "TEXT",
            "A command line by which the node itself runs the engine; no shell reads it. Without "
            "it somebody else does",
            nothing, engine_command, as_is},
    Setting{"l2.chain_id", "NUMBER", "Chain id of L2", of_network<&Network::l2_chain_id>,
            number<&Config::chain_id, 1, most>, as_is},
    Setting{"l2.genesis_time", "SECONDS", "Time of L2's block 0, in seconds since 1970", unset,
            number<&Config::genesis_time, 0, most>, as_is},
    Setting{"l2.gas_limit", "GAS", "Of a block; of the genesis, for good", is<30'000'000>,
            number<&Config::gas_limit, 21'000, most_gas>, as_is},
    Setting{"l2.block_time_s", "SECONDS", "From one block to the next", is<1>,
            number<&Config::block_time_s, 1, 3'600>, as_is},
    Setting{"l2.epoch_length", "BLOCKS", "Blocks of an epoch; a rule of the genesis", is<1'000>,
            number<&Config::epoch_length, 1, 1'000'000'000>, as_is},
    Setting{"l2.sign_txns", "WHICH",
            "yes: a block holds its sequencer's signature over each transaction's hash, as Metis's "
            "batches carry them; no: over the block alone; a rule of the genesis",
            [](Where) -> std::optional<std::string> { return "no"; }, sign_txns, as_is},
    Setting{"rewards.period_s", "SECONDS",
            "From one reward batch to the next, at least; a rule of the genesis", is<1'209'600>,
            number<&Config::reward_period_s, 1, 315'360'000>, as_is},
    Setting{"rewards.count", "WHICH",
            "produced: blocks that were produced are paid; allotted: those of the epoch, as Metis "
            "counts; a rule of the genesis",
            [](Where) -> std::optional<std::string> { return "produced"; }, count, as_is},
    Setting{"keys.signers", "FILES",
            "Keystores of the keys that sign blocks: the first that is Active does", unset, signers,
            as_is},
    Setting{"keys.reward_mpc", "FILE",
            "Keystore of the key that submits reward batches; without it none is submitted",
            nothing, optional_path<&Config::reward_mpc>, as_is},
    Setting{"keys.password_file", "FILE",
            "Whose first line opens the keystores; without it the terminal is asked", nothing,
            optional_path<&Config::password_file>, as_is},
    Setting{"submissions.bump_after_s", "SECONDS",
            "An L1 transaction that is not mined by then is replaced by a dearer one", is<180>,
            number<&Config::bump_after_s, 1, 86'400>, as_is},
    Setting{"submissions.resend_after_s", "SECONDS",
            "One that the endpoint forgot is sent again after so long", is<60>,
            number<&Config::resend_after_s, 1, 86'400>, as_is},
    Setting{"penalties.outage_limit_s", "SECONDS", "Shorter gaps in the log are no outage", is<600>,
            number<&Config::outage_limit_s, 1, 86'400>, as_is},
    Setting{"rpc.port", "PORT", "Of the JSON-RPC for users, on the loopback interface", is<8'545>,
            number<&Config::rpc_port, 0, 65'535>, as_is},
    Setting{
        "rpc.vhosts", "NAMES",
        "Names by which a proxy or a pod may be asked for, beside localhost and addresses; *: any",
        nothing, names<&Config::rpc_vhosts>, as_is},
    Setting{"rpc.cors", "ORIGINS",
            "Web pages of these origins (https://wallet.example) may ask and read; *: all", nothing,
            names<&Config::rpc_cors>, as_is},
    Setting{"ops.vhosts", "NAMES", "As rpc.vhosts, of the ops port", nothing,
            names<&Config::ops_vhosts>, as_is},
    Setting{"ops.port", "PORT", "Of probes, metrics and `horae status`, on the loopback interface",
            is<8'560>, number<&Config::ops_port, 0, 65'535>, as_is},
    Setting{"pool.genesis", "FILE",
            "What the log begins with: of a pool, the same for all its members; or of a node "
            "alone, which without it makes one of its settings, and for which nothing else of pool "
            "counts but rule_change",
            nothing, optional_path<&Config::pool_genesis>, as_is},
    Setting{"pool.listen", "HOST:PORT",
            "Where consensus (CometBFT) hears its peers; 0.0.0.0 or [::]: at all of this machine's "
            "addresses",
            [](Where) -> std::optional<std::string> { return "127.0.0.1:26656"; },
            heard_at<&Config::pool_listen>, as_is},
    Setting{"pool.endpoint", "HOST:PORT",
            "Where the other members dial this one, if not at pool.listen: behind a router, in a "
            "container",
            nothing, dialled_at<&Config::pool_endpoint>, as_is},
    Setting{"pool.link_listen", "HOST:PORT",
            "Where this node hears the other members' nodes, which hand it their users' "
            "transactions; 0.0.0.0 or [::]: at all of this machine's addresses",
            [](Where) -> std::optional<std::string> { return "127.0.0.1:26670"; },
            heard_at<&Config::pool_link_listen>, as_is},
    Setting{"pool.link_endpoint", "HOST:PORT",
            "Where they dial it, if not at pool.link_listen: behind a router, in a container",
            nothing, dialled_at<&Config::pool_link_endpoint>, as_is},
    Setting{
        "pool.peers", "LIST",
        "The members' nodes, \"id@host:port, …\", each as its `horae pool join` printed it; this "
        "node's own is passed over",
        nothing, pool_peers, as_is},
    Setting{"pool.command", "TEXT",
            "A command line by which the node itself runs CometBFT, up to its verb; no shell reads "
            "it. Without it the one that ./check gets; external: somebody else runs it",
            nothing, pool_command, as_is},
    Setting{"pool.rpc_port", "PORT", "Of consensus' own JSON-RPC, on the loopback interface",
            is<26'657>, number<&Config::pool_rpc_port, 1, 65'535>, as_is},
    Setting{
        "pool.stall_limit_s", "SECONDS",
        "The leader that makes no block for so long, though this node could make one, is told to "
        "the others, who replace it when more than a third of the power says so",
        is<5>, number<&Config::pool_stall_limit_s, 1, 3'600>, as_is},
    Setting{"pool.rule_change", "FILE",
            "A change of the rules of the genesis that this node wants, as `horae pool change` "
            "wrote it; in a pool it is agreed on with more than two thirds of the power behind it",
            nothing, optional_path<&Config::pool_rule_change>, as_is},
    Setting{"pool.keep_heights", "NUMBER",
            "Consensus' newest blocks that are kept, 100000 or more; 0: all, from which a member "
            "that joins later reads the pool's beginning",
            is<0>, pool_keep_heights, as_is},
    Setting{"acknowledge.copies", "NUMBER",
            "Members of the pool that have a user's transaction in their logs before it is "
            "acknowledged, this one among them; of n members of the same power, (n - 1) / 3 + 1 "
            "hold though as many fail as may: 2 of 4",
            is<1>, number<&Config::acknowledge_copies, 1, 64>, as_is},
    Setting{"log.map_mib", "MIB", "The most that the log can become; address space, not disk",
            is<1'048'576>, number<&Config::log_map_mib, 1, 67'108'864>, as_is},
    Setting{"logs.format", "FORMAT", "Of what the node says on stderr: text, logfmt or json",
            [](Where) -> std::optional<std::string> { return "text"; }, logs_format, as_is},
    Setting{"logs.level", "LEVEL", "From which level on: debug, info, warn or error",
            [](Where) -> std::optional<std::string> { return "info"; }, logs_level, as_is},
    Setting{"logs.levels", "LIST",
            "And of single actors: \"mempool=debug,L1 listener=warn\", by the names that "
            "horae-inspect shows",
            nothing, logs_levels, as_is},
    Setting{"limits.pool_txns", "NUMBER", "Transactions that may wait in the pool",
            usual<&Limits::pool_txns>, limit<&Limits::pool_txns, 1, 1'000'000>, as_is},
    Setting{"limits.pool_txns_per_sender", "NUMBER",
            "Of these, of one sender with nonces that follow one another",
            usual<&Limits::pool_txns_per_sender>, limit<&Limits::pool_txns_per_sender, 2, 10'000>,
            as_is},
    Setting{"limits.pool_nonce_window", "NUMBER",
            "How far beyond a sender's next nonce one may be that waits",
            usual<&Limits::pool_nonce_window>, limit<&Limits::pool_nonce_window, 0, 10'000>, as_is},
    Setting{"limits.pool_gap_lifetime_s", "SECONDS",
            "How long a transaction may wait for a nonce before it, in L2 time",
            usual<&Limits::pool_gap_lifetime_s>, limit<&Limits::pool_gap_lifetime_s, 1, 31'536'000>,
            as_is},
    Setting{"limits.pool_bump_percent", "PERCENT", "How much more a replacement must pay",
            usual<&Limits::pool_bump_percent>, limit<&Limits::pool_bump_percent, 1, 1'000>, as_is},
    Setting{"limits.admissions", "NUMBER",
            "Transactions let in that wait for their commit; beyond it the node is busy",
            usual<&Limits::admissions>, limit<&Limits::admissions, 1, 1'000'000>, as_is},
    Setting{"limits.commit_facts", "NUMBER", "Facts of one commit of the log",
            usual<&Limits::commit_facts>, limit<&Limits::commit_facts, 1, 65'536>, as_is},
    Setting{"limits.commit_mib", "MIB", "Bytes of one commit of the log",
            usual<&Limits::commit_mib>, limit<&Limits::commit_mib, 17, 1'024>, as_is},
    Setting{"limits.rpc_connections", "NUMBER", "Connections to the JSON-RPC port",
            usual<&Limits::rpc_connections>, limit<&Limits::rpc_connections, 1, 65'536>, as_is},
    Setting{"limits.rpc_body_kib", "KIB", "Of a request's body", usual<&Limits::rpc_body_kib>,
            limit<&Limits::rpc_body_kib, 1, 1'048'576>, as_is},
    Setting{"limits.rpc_batch_calls", "NUMBER", "Calls in one JSON-RPC batch",
            usual<&Limits::rpc_batch_calls>, limit<&Limits::rpc_batch_calls, 1, 100'000>, as_is},
    Setting{"limits.rpc_batch_answer_kib", "KIB", "Of one batch's answer; results beyond it fail",
            usual<&Limits::rpc_batch_answer_kib>,
            limit<&Limits::rpc_batch_answer_kib, 1, 1'048'576>, as_is},
    Setting{"limits.rpc_batch_under_way", "NUMBER", "Calls of one batch at once",
            usual<&Limits::rpc_batch_under_way>, limit<&Limits::rpc_batch_under_way, 1, 1'000>,
            as_is},
    Setting{"limits.rpc_call_gas", "GAS", "Of eth_call and eth_estimateGas",
            usual<&Limits::rpc_call_gas>, limit<&Limits::rpc_call_gas, 21'000, most>, as_is},
    Setting{"limits.ops_connections", "NUMBER", "Connections to the ops port",
            usual<&Limits::ops_connections>, limit<&Limits::ops_connections, 1, 65'536>, as_is},
    Setting{"limits.engine_connections", "NUMBER", "Connections on which users' reads go on",
            usual<&Limits::engine_connections>, limit<&Limits::engine_connections, 1, 256>, as_is},
    Setting{"limits.engine_queue", "NUMBER", "Reads that wait for one; beyond it they are refused",
            usual<&Limits::engine_queue>, limit<&Limits::engine_queue, 1, 1'000'000>, as_is},
    Setting{"limits.inspect_connections", "NUMBER", "Inspectors attached at once",
            usual<&Limits::inspect_connections>, limit<&Limits::inspect_connections, 1, 4'096>,
            as_is},
    Setting{"limits.log_lines", "NUMBER", "Lines on stderr that nobody has read yet",
            usual<&Limits::log_lines>, log_lines, as_is},
    Setting{"limits.doors", "NUMBER", "Actors that decode transactions and recover their senders",
            usual<&Limits::doors>, limit<&Limits::doors, 1, 64>, as_is},
    Setting{"limits.actor_threads", "NUMBER", "Threads of the actors that have none of their own",
            usual<&Limits::actor_threads>, limit<&Limits::actor_threads, 1, 64>, as_is},
};

}  // namespace

std::span<const Setting> settings() { return table; }

const Setting* find_setting(std::string_view name) {
  const auto found = std::ranges::find(table, name, &Setting::name);
  return found == table.end() ? nullptr : &*found;
}

std::string flag_of(const Setting& setting) {
  std::string out = "--" + std::string(setting.name);
  std::ranges::replace_if(
      out, [](char c) { return c == '.' || c == '_'; }, '-');
  return out;
}

std::string variable_of(const Setting& setting) {
  std::string out = "HORAE_" + std::string(setting.name);
  for (auto& c : out) {
    if (c == '.') c = '_';
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::vector<std::string> network_names() {
  std::vector<std::string> out;
  for (const auto& one : networks) out.emplace_back(one.name);
  return out;
}

}  // namespace horae::config
