#include <fmt/core.h>

#include <algorithm>
#include <boost/json.hpp>

#include "node/doctor/examine.hpp"

namespace horae::doctor {
namespace {

std::string_view colour_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return "\033[32m";
    case Verdict::warning:
      return "\033[33m";
    case Verdict::failed:
      return "\033[31m";
    case Verdict::skipped:
      return "\033[2m";
  }
  stop("an unknown verdict");
}

std::ptrdiff_t count(const Findings& findings, Verdict verdict) {
  return std::ranges::count(findings, verdict, &Finding::verdict);
}

}  // namespace

std::string_view word(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return "ok";
    case Verdict::warning:
      return "warning";
    case Verdict::failed:
      return "failed";
    case Verdict::skipped:
      return "skipped";
  }
  stop("an unknown verdict");
}

std::string as_text(const Findings& findings, bool colour) {
  std::size_t width = 0;
  for (const auto& one : findings) width = std::max(width, one.id.size());
  std::string out;
  for (const auto& one : findings) {
    // The colour takes no place in the column.
    const auto verdict = fmt::format("{:<8}", word(one.verdict));
    out += fmt::format(
        "{:<{}}  {}  {}\n", one.id, width,
        colour ? fmt::format("{}{}\033[0m", colour_of(one.verdict), verdict) : verdict, one.found);
    if (one.verdict != Verdict::warning && one.verdict != Verdict::failed) continue;
    out += fmt::format("{:<{}}  expected: {}\n", "", width + 10, one.expected);
    out += fmt::format("{:<{}}  do: {}\n", "", width + 10, one.todo);
  }
  const auto warnings = count(findings, Verdict::warning);
  return out + fmt::format("{} checks: {} ok, {} {}, {} failed, {} skipped\n", findings.size(),
                           count(findings, Verdict::ok), warnings,
                           warnings == 1 ? "warning" : "warnings", count(findings, Verdict::failed),
                           count(findings, Verdict::skipped));
}

std::string as_json(const Findings& findings) {
  boost::json::array checks;
  for (const auto& one : findings) {
    checks.push_back({{"id", one.id},
                      {"verdict", word(one.verdict)},
                      {"found", one.found},
                      {"expected", one.expected},
                      {"todo", one.todo}});
  }
  return boost::json::serialize(boost::json::object{{"ok", count(findings, Verdict::failed) == 0},
                                                    {"warnings", count(findings, Verdict::warning)},
                                                    {"failed", count(findings, Verdict::failed)},
                                                    {"skipped", count(findings, Verdict::skipped)},
                                                    {"checks", std::move(checks)}});
}

}  // namespace horae::doctor
