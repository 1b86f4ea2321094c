#pragma once

#include <atomic>
#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "schemas/values.capnp.h"
#include "tools/replay/source.hpp"

namespace horae::replay {

/// How a record looks in a line: a block in words and other facts as JSON without what is long;
/// with all of it; or as JSON for programs.
enum class LineForm { words, whole, json };

struct ListOptions {
  std::uint64_t from = 1;
  std::uint64_t to = UINT64_MAX;
  std::optional<schema::Domain> domain;  // only this one's
  LineForm form = LineForm::words;
};

/// The domain of this name; refuses (usage) others, listing those that there are.
[[nodiscard]] Outcome<schema::Domain> parse_domain(std::string_view name);

/// L1's own time of what a record tells, milliseconds: that of the L1 block which it is about.
/// Nothing of records that tell of none, and of those that were written before it was logged.
[[nodiscard]] std::optional<std::uint64_t> l1_time_ms(schema::Domain domain,
                                                      const Message& payload);
/// One record as {seq, time, l1Time, cause, domain, kind, hash, fact}; kind is the fact's name,
/// l1Time is left out where there is none. Refuses (corrupt) what is none.
[[nodiscard]] Outcome<boost::json::object> describe(const LogValue& value);
/// The same as one line, without its end.
[[nodiscard]] std::string record_line(const boost::json::object& record, LineForm form);

/// Prints the records from … to (both included) on stdout, one a line.
[[nodiscard]] Outcome<void> list(const Source& source, const ListOptions& options,
                                 std::atomic<std::uint64_t>* at);

}  // namespace horae::replay
