#include "node/doctor/examine.hpp"

#include <fmt/core.h>

#include <chrono>

#include "edges/l1_rpc.hpp"
#include "edges/l1_send.hpp"
#include "node/doctor/engine.hpp"
#include "node/doctor/keys.hpp"
#include "node/doctor/log.hpp"
#include "node/doctor/machine.hpp"
#include "node/doctor/pool.hpp"

namespace horae::doctor {
namespace {

void add_findings(Findings& to, Findings more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::uint64_t seconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

Check settings_check() {
  return {"config.settings", "every setting is known, good and given",
          "correct it; `horae config check` says the same"};
}

}  // namespace

Findings examine(const config::Loaded& loaded) {
  const auto& config = loaded.config;
  const auto lock = look_at_lock(config.datadir);
  const bool runs = lock.elsewhere || (lock.name && lock.held.value_or(true));
  // The log before L1 and engine, so that what runs is ahead of what was read and never behind it.
  const auto log = look_at_log(config);
  HttpOptions patience;
  patience.connect_timeout_ms = 3'000;
  patience.read_timeout_ms = 10'000;
  L1Rpc l1(config.l1, patience);
  L1Sender sender(config.l1, patience);
  std::optional<L1Seen> seen;
  auto of_l1 = examine_l1(config, l1, seconds_now(), seen);

  Findings out{settings_check().ok(
      fmt::format("{} settings, network {}", loaded.values.size(), config.network))};
  out.push_back(seen ? judge_clock(seconds_now(), seen->head.timestamp, config.max_l1_drift_s)
                     : skipped("machine.clock", "L1's time is not known"));
  const auto node =
      lock.elsewhere ? std::nullopt : std::optional<std::int64_t>(runs ? lock.pid : 0);
  add_findings(out, examine_machine(config, node));
  const auto member = look_at_member(config);
  const Result<Identity> known =
      log && *log ? (*log)->identity : Result<Identity>(fail("there is no log"));
  auto identity = identity_of(config);
  if (member) identity = of_member(std::move(identity), *member, known);
  add_findings(out, examine_log(config, identity, lock, log));
  add_findings(out, std::move(of_l1));
  add_findings(out, examine_keys(config, l1, sender, seen));
  add_findings(out, examine_pool(config, member, node));
  add_findings(out,
               examine_engine(config, log, runs && (lock.elsewhere || lock.held.value_or(false))));
  return out;
}

Finding refused(const std::vector<config::Problem>& problems) {
  std::string all;
  for (const auto& one : problems) all += (all.empty() ? "" : "; ") + one.where + ": " + one.what;
  return settings_check().failed(all);
}

}  // namespace horae::doctor
