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

int refused(const Failure& failure) {
  fmt::print(stderr, "{}", failure_words("horae-replay", failure));
  return static_cast<int>(failure.exit());
}

int print_json(const boost::json::object& object) {
  fmt::print("{}\n", boost::json::serialize(object));
  return 0;
}

int print_json(boost::json::object object, Trouble trouble) {
  object["code"] = code_of(trouble);
  print_json(object);
  return static_cast<int>(exit_of(trouble));
}

int found(const Finding& finding, bool json) {
  if (json) return print_json(to_json(finding), finding.trouble);
  fmt::print("{}\n", to_text(finding));
  return refused(
      {finding.trouble, "record " + std::to_string(finding.seq) + " is not as it should be"});
}

}  // namespace horae::replay
