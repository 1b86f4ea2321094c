#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace horae {

/// An alert of deploy/prometheus, as docs/alerts.md tells of it.
struct Alert {
  std::string name;
  std::string meaning;
  std::string next;  // what to do
};

/// Those of a page in the form of docs/alerts.md: a section an alert, in whose first paragraph
/// stands what it means, and in the others what to do.
[[nodiscard]] std::vector<Alert> alerts_of(std::string_view page);
/// Those of docs/alerts.md, which the binary carries.
[[nodiscard]] std::vector<Alert> alerts();

}  // namespace horae
