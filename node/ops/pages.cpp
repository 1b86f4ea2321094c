#include "node/ops/pages.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "node/health/checks.hpp"
#include "node/health/health.hpp"
#include "node/health/pool_json.hpp"
#include "node/ops/metrics.hpp"

namespace horae {
namespace {

namespace json = boost::json;

constexpr std::string_view page_list =
    "/livez           whether the process should be left alone\n"
    "/readyz          whether it serves\n"
    "/livez?verbose, /readyz?verbose\n"
    "                 each check with what is seen\n"
    "/metrics         for Prometheus\n"
    "/status          what `horae status --json` prints\n";

// As Kubernetes' own: a word, or a line for each check; why not, in any case.
rpc::HttpReply probe(std::string_view name, const std::vector<Check>& checks, bool verbose,
                     const Health& health) {
  const bool ok = all_ok(checks);
  rpc::HttpReply out{.status = ok ? 200u : 503u, .body = ok && !verbose ? "ok\n" : ""};
  for (const auto& check : checks) {
    if (!verbose && check.ok) continue;
    out.body += fmt::format("[{}]{} {}: {}\n", check.ok ? '+' : '-', check.name,
                            check.ok ? "ok" : "failed", check.words);
  }
  if (!verbose) return out;
  out.body += health.words + "\n";
  for (const auto& one : health.besides) out.body += one + "\n";
  out.body += fmt::format("{} check {}\n", name, ok ? "passed" : "failed");
  return out;
}

json::array to_json(const std::vector<Check>& checks) {
  json::array out;
  for (const auto& check : checks) {
    out.push_back({{"name", check.name}, {"ok", check.ok}, {"words", check.words}});
  }
  return out;
}

json::value known(const std::optional<std::uint64_t>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

// head: what the node has given the engine.
json::object to_json(const Board::Engine& engine, std::uint64_t head) {
  json::object out{{"state", engine.state},
                   {"reason", engine.reason},
                   {"dialect", engine.dialect},
                   {"buildsUnseen", engine.builds_unseen},
                   {"keepsItsBlocks", engine.keeps_its_blocks},
                   {"client", nullptr},
                   {"head", head},
                   {"reportedHead", known(engine.head)},
                   {"answerMs", static_cast<double>(engine.answer_us) / 1000},
                   {"peers", known(engine.peers)},
                   {"poolClosed", nullptr},
                   {"diskBytes", known(engine.disk_bytes)}};
  if (!engine.client.empty()) out["client"] = engine.client;
  if (engine.pool_closed) out["poolClosed"] = *engine.pool_closed;
  return out;
}

bool wants_words(std::string_view query) {
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto one = query.substr(0, end);
    if (one == "verbose" || one.starts_with("verbose=")) return true;
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return false;
}

void count(PageCounts& pages, std::string_view path) {
  auto& counter = path == "/livez"     ? pages.livez
                  : path == "/readyz"  ? pages.readyz
                  : path == "/metrics" ? pages.metrics
                  : path == "/status"  ? pages.status
                                       : pages.other;
  counter.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

json::object status_json(const Introduction& who, const Vitals& vitals) {
  const auto seen = look(*vitals.board, *vitals.meters);
  const auto ready = readiness(seen);
  const auto& now = seen.committed;
  json::object out;
  out["node"] = {{"pid", ::getpid()},
                 {"version", HORAE_VERSION},
                 {"command", who.command},
                 {"datadir", who.datadir},
                 {"startedMs", who.started_ms}};
  out["timeMs"] = seen.now_ms;
  out["condition"] = to_json(health_of(seen));
  out["started"] = seen.start.state == "done";
  out["sequencing"] = seen.start.sequencing;
  out["ready"] = all_ok(ready);
  out["synced"] = is_synced(seen);
  out["checks"] = to_json(ready);
  out["log"] = {{"seq", vitals.board->get<Board::Journal>().seq},
                {"usedBytes", seen.room.used_bytes},
                {"mapBytes", seen.room.map_bytes},
                {"diskFreeBytes", seen.room.disk_free_bytes},
                {"room", seen.room.state}};
  out["l2"] = {{"head", now.head}, {"headTime", now.head_time}, {"epoch", now.epoch}};
  out["engine"] = to_json(seen.engine, seen.engine_head);
  out["mempool"] = {{"waiting", now.waiting}, {"senders", now.senders}};
  out["l1"] = {{"state", seen.l1.state},
               {"reason", seen.l1.reason},
               {"next", known(seen.l1.next)},
               {"head", known(seen.l1.head)},
               {"confirmed", known(seen.l1.confirmed)},
               {"finalized", known(seen.l1.finalized)}};
  if (!seen.consensus.name.empty())
    out["pool"] = pool_json(seen.consensus, seen.forwarding, seen.copies);
  out["production"] = {{"state", seen.production.state}, {"reason", seen.production.reason}};
  return out;
}

rpc::HttpReply ops_page(const rpc::HttpRequest& request, const Introduction& who,
                        const Vitals& vitals) {
  const std::string_view target = request.target;
  const auto question = std::min(target.find('?'), target.size());
  const auto path = target.substr(0, question);
  count(*vitals.pages, path);
  const bool known_page = path == "/" || path == "/livez" || path == "/readyz" ||
                          path == "/metrics" || path == "/status";
  if (!known_page) {
    return {.status = 404, .body = "there is no such page here, but:\n" + std::string(page_list)};
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return {.status = 405,
            .body = "this port only tells, by GET and HEAD:\n" + std::string(page_list),
            .allow = "GET, HEAD"};
  }
  if (path == "/metrics") {
    return {.body = metrics(vitals), .type = "text/plain; version=0.0.4; charset=utf-8"};
  }
  if (path == "/status") {
    return {.body = json::serialize(status_json(who, vitals)) + "\n", .type = "application/json"};
  }
  const auto seen = look(*vitals.board, *vitals.meters);
  const auto health = health_of(seen);
  const bool verbose = question < target.size() && wants_words(target.substr(question + 1));
  if (path == "/livez") return probe("livez", liveness(seen), verbose, health);
  if (path == "/readyz") return probe("readyz", readiness(seen), verbose, health);
  return {.body = fmt::format("horae {}, pid {}: {}\n\n{}", HORAE_VERSION, ::getpid(), health.words,
                              page_list)};
}

}  // namespace horae
