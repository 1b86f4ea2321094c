#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace horae::doctor {

enum class Verdict { ok, warning, failed, skipped };

[[nodiscard]] std::string_view word(Verdict verdict);

/// What one check came to.
struct Finding {
  std::string_view id;  // never changes its meaning
  Verdict verdict = Verdict::skipped;
  std::string found;     // of a skipped one: why it was
  std::string expected;  // empty for a skipped one
  std::string todo;      // what to do; empty for an ok or skipped one
};
using Findings = std::vector<Finding>;

/// A check before its verdict.
struct Check {
  std::string_view id;
  std::string expected;
  std::string todo;

  [[nodiscard]] Finding ok(std::string found) const {
    return {id, Verdict::ok, std::move(found), expected, ""};
  }
  [[nodiscard]] Finding warning(std::string found) const {
    return {id, Verdict::warning, std::move(found), expected, todo};
  }
  [[nodiscard]] Finding failed(std::string found) const {
    return {id, Verdict::failed, std::move(found), expected, todo};
  }
  [[nodiscard]] Finding ok_if(bool good, std::string found) const {
    return good ? ok(std::move(found)) : failed(std::move(found));
  }
};

[[nodiscard]] inline Finding skipped(std::string_view id, std::string why) {
  return {id, Verdict::skipped, std::move(why), "", ""};
}

}  // namespace horae::doctor
