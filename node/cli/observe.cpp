#include <fmt/core.h>

#include <condition_variable>
#include <fstream>
#include <mutex>

#include "core/eth/address.hpp"
#include "node/cli/commands.hpp"
#include "node/logging/ending.hpp"
#include "node/logging/node_log.hpp"
#include "node/node.hpp"
#include "node/ops/ops.hpp"
#include "node/start/signals.hpp"

namespace horae {
namespace {

struct ObserveWanted {
  std::string l1, locking_pool, locking_info, datadir;
  std::uint64_t from_block = 0;
  std::optional<std::uint64_t> confirmations;
  std::optional<std::uint16_t> ops_port;
  bool until_synced = false;
  bool verify_first = false;
  std::uint64_t patience_s = 10;
  logging::Settings logs;
};

Exit observe_refused(const Failure& failure) { return logging::ended("observe", failure); }

// A URL, or @FILE that holds one: providers put their keys into it, and arguments can be seen by
// everybody on the machine.
Result<Endpoint> endpoint(const std::string& given) {
  if (!given.starts_with('@')) return Endpoint::parse(given);
  std::ifstream file(given.substr(1));
  std::string url;
  if (!std::getline(file, url)) return fail("cannot read a URL from " + given.substr(1));
  while (!url.empty() && (url.back() == ' ' || url.back() == '\r')) url.pop_back();
  return Endpoint::parse(url);
}

void show_differences(const std::vector<Difference>& differences) {
  fmt::print("{:<44} {:<44} {}\n", "field", "contract", "fold");
  for (const auto& one : differences) {
    fmt::print("{:<44} {:<44} {}\n", one.field, one.contract, one.folded);
  }
}

// What the listener said last, for the main thread to act on.
struct Told {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<L1News> news;
};

Exit conclude(const L1News& told) {
  if (!told.alarm.empty()) {
    return observe_refused({Trouble::l1_alarm, "L1: " + told.alarm});
  }
  const auto& news = told.compared;
  if (!news.uncompared.empty()) {
    return observe_refused(
        {Trouble::l1_views_unread,
         fmt::format("synced to L1 block {}, but the views cannot be read there: {}", news.block,
                     news.uncompared)});
  }
  if (news.differences.empty()) {
    fmt::print("synced to L1 block {}: every view of the contracts equals the fold\n", news.block);
    return Exit::ok;
  }
  show_differences(news.differences);
  return observe_refused(
      {Trouble::l1_differs,
       fmt::format("synced to L1 block {}: the contracts and the fold of their logs differ",
                   news.block)});
}

Exit observe(const ObserveWanted& wanted) {
  const auto l1 = endpoint(wanted.l1);
  const auto pool = read_address(wanted.locking_pool);
  const auto info = read_address(wanted.locking_info);
  if (!l1) return observe_refused({Trouble::usage, "--l1: " + l1.error().what});
  if (!pool) return observe_refused({Trouble::usage, "--locking-pool: " + pool.error().what});
  if (!info) return observe_refused({Trouble::usage, "--locking-info: " + info.error().what});

  StopSignals signals;
  const logging::NodeLog node_log(wanted.logs);
  const Logger logger("node");
  const auto directory = DataDirectory::lock(wanted.datadir);
  if (!directory) return observe_refused(directory.error());

  Told told;
  Node::Options options;
  options.follow = {*l1, *pool, *info, wanted.from_block, wanted.confirmations};
  options.verify_first = wanted.verify_first;
  std::unique_ptr<Ops> ops;
  if (wanted.ops_port) {
    auto opened = Ops::open(directory->paths(), *wanted.ops_port, "observe", options.vitals);
    if (!opened) return observe_refused(opened.error());
    ops = std::move(*opened);
  }
  options.on_l1 = [&told](const L1News& news) {
    const std::lock_guard lock(told.mutex);
    told.news = news;
    told.changed.notify_all();
  };
  auto node = Node::start(directory->paths(), std::move(options));
  if (!node) return observe_refused(node.error());
  logger.info("following L1", {{"endpoint", l1->shown()}});

  auto code = Exit::ok;
  std::string shown;
  auto changed = std::chrono::steady_clock::now();
  auto since = std::chrono::steady_clock::now();
  while (!signals.wait(std::chrono::milliseconds(100))) {
    {
      const std::lock_guard lock(told.mutex);
      if (told.news) {
        const auto news = *std::exchange(told.news, std::nullopt);
        if (wanted.until_synced || !news.alarm.empty()) return conclude(news);
        if (!news.compared.differences.empty()) {
          show_differences(news.compared.differences);
          code = Exit::mismatch;
        }
      }
    }
    const auto l1_now = (*node)->board().get<Board::L1>();
    if (const auto line = l1_now.state + (l1_now.reason.empty() ? "" : ": " + l1_now.reason);
        line != shown) {
      shown = line;
      changed = std::chrono::steady_clock::now();
    }
    if (wanted.until_synced &&
        std::chrono::steady_clock::now() - changed > std::chrono::seconds(wanted.patience_s)) {
      if (l1_now.state == "waiting for the contracts") {
        return observe_refused(
            {Trouble::l1_no_contracts, "no contract at the given addresses at the confirmed head"});
      }
      if (l1_now.state == "refused") {
        return observe_refused(
            {Trouble::l1_refused,
             l1_now.reason + ". Is --from-block the block of the deployment, or an earlier one?"});
      }
    }
    if (std::chrono::steady_clock::now() - since > std::chrono::seconds(1)) {
      (*node)->housekeeping();
      since = std::chrono::steady_clock::now();
    }
  }
  return code;
}

}  // namespace

void add_observe_command(cli::Command& app, Exit& code) {
  auto wanted = std::make_shared<ObserveWanted>();
  auto command = app.add_subcommand(
      "observe", "Log the locking pool of any chain, without key or engine, for an auditor");
  command.add_option("--l1", wanted->l1, "L1 endpoint: URL, or @FILE that holds it").required();
  command.add_option("--locking-pool", wanted->locking_pool, "LockingPool's proxy").required();
  command.add_option("--locking-info", wanted->locking_info, "LockingInfo's proxy").required();
  command
      .add_option("--from-block", wanted->from_block,
                  "First L1 block to look at: the proxies' deployment or earlier")
      .required();
  command.add_option("--confirmations", wanted->confirmations,
                     "Trust blocks this far behind the head; without it: the finalized block");
  command.add_flag("--until-synced", wanted->until_synced,
                   "End at the confirmed head: 0, or 10 where the contracts' views differ");
  command
      .add_option("--patience", wanted->patience_s,
                  "Seconds for which --until-synced bears a refusal that does not change")
      .show_default()
      .range(0, 3600);
  command.add_flag("--verify-first", wanted->verify_first,
                   "Read every record of the log before it goes on, snapshot or not");
  command.add_option("--datadir", wanted->datadir, "Where the log is kept").required();
  command
      .add_option("--ops-port", wanted->ops_port,
                  "Probes, metrics and `horae status`; 0: a free one; without it: none")
      .range(0, 65535);
  logging::add_flags(command, wanted->logs);
  command.callback([wanted, &code] { code = observe(*wanted); });
}

}  // namespace horae
