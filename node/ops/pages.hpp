#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "node/http/server.hpp"
#include "node/ops/vitals.hpp"

namespace horae {

/// What does not change while a node runs, for whoever asks.
struct Introduction {
  std::string command;  // run, dev, observe
  std::string datadir;
  std::uint64_t started_ms = 0;
};

/// `horae status --json`: process, health, readiness, heads.
[[nodiscard]] boost::json::object status_json(const Introduction& who, const Vitals& vitals);

/// The ops port's pages: / and /livez, /readyz (each with ?verbose), /metrics, /status.
[[nodiscard]] rpc::HttpReply ops_page(const rpc::HttpRequest& request, const Introduction& who,
                                      const Vitals& vitals);

}  // namespace horae
