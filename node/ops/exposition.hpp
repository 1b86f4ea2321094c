#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace horae {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

/// Writes metrics in Prometheus's text format 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/). Every name gets the prefix
/// `horae_`. A family is begun once, then its samples follow.
///
/// By our own code, since Debian 12's prometheus-cpp (1.0.1) writes line breaks and backslashes of
/// a help as they are, which breaks the format, and cuts numbers after 16 digits, where a double
/// may need 17; and its package brings a web server (civetweb) and the headers of libcurl with it.
class Exposition {
 public:
  /// kind: counter, gauge or histogram.
  void family(std::string_view name, std::string_view kind, std::string_view help);
  void sample(double value, const Labels& labels = {});
  /// bounds ascend; counts have one more, for what is above the last.
  void histogram(std::span<const double> bounds, std::span<const std::uint64_t> counts, double sum,
                 const Labels& labels = {});

  /// A family of one sample.
  void gauge(std::string_view name, std::string_view help, double value);
  void counter(std::string_view name, std::string_view help, double value);

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void line(std::string_view suffix, const Labels& labels, double value);

  std::string name_;
  std::string out_;
};

}  // namespace horae
