#include "node/health/json.hpp"

#include <boost/json/array.hpp>
#include <cmath>

namespace horae {

boost::json::object to_json(const Health& condition) {
  boost::json::object out{{"state", condition.state}, {"words", condition.words}};
  out["sinceMs"] = nullptr;
  if (condition.since_ms != 0) out["sinceMs"] = condition.since_ms;
  if (condition.total != 0) {
    boost::json::object progress{{"done", condition.done},
                                 {"total", condition.total},
                                 {"perSecond", std::llround(condition.rate)},
                                 {"secondsLeft", nullptr}};
    if (condition.left_s) progress["secondsLeft"] = *condition.left_s;
    out["progress"] = std::move(progress);
  }
  out["besides"] = boost::json::array(condition.besides.begin(), condition.besides.end());
  return out;
}

}  // namespace horae
