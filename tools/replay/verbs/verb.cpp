#include "tools/replay/verbs/verb.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "tools/replay/show.hpp"

namespace horae::replay {

std::function<int(At&)> on_log(const Common& common, std::function<int(const Source&, At&)> answer,
                               std::function<Outcome<void>()> check) {
  return [&common, answer = std::move(answer), check = std::move(check)](At& at) {
    if (check) {
      if (const auto checked = check(); !checked) return refused(checked.error());
    }
    const auto source = Source::open(common.data_directory);
    return source ? answer(*source, at) : refused(source.error());
  };
}

int refused(const Refusal& refusal) {
  fmt::print(stderr, "horae-replay: {}\n", refusal.what);
  return static_cast<int>(refusal.code);
}

int print_json(const boost::json::object& object) {
  fmt::print("{}\n", boost::json::serialize(object));
  return 0;
}

int found(const Finding& finding, bool json) {
  if (json) {
    print_json(to_json(finding));
  } else {
    fmt::print("{}\n", to_text(finding));
  }
  return static_cast<int>(finding.code);
}

}  // namespace horae::replay
