// The verb `watch`: the log's records as they come, without a gap.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>

#include "edges/stop_signals.hpp"
#include "events/record.hpp"
#include "tools/replay/list.hpp"
#include "tools/replay/position.hpp"
#include "tools/replay/verbs/verbs.hpp"

namespace horae::replay {
namespace {

constexpr std::size_t watch_slice_records = 1024;
constexpr std::size_t watch_slice_bytes = 1 << 20;
constexpr std::chrono::milliseconds pause{50};

struct WatchOptions {
  std::string from;
  std::uint64_t to = UINT64_MAX;
  std::string domain;
  bool json = false;
};

// The first record to be shown.
Outcome<std::uint64_t> beginning(const Source& source, const WatchOptions& options, At& at) {
  return options.from.empty() ? source.last() + 1 : reading_from(source, options.from, &at);
}

// Writes on stdout, and gives up where somebody asks to stop while nobody reads it: so much as a
// pipe that polls as writable takes at once (PIPE_BUF).
Outcome<void> write_line(std::string_view line) {
  while (!line.empty()) {
    pollfd out{STDOUT_FILENO, POLLOUT, 0};
    const auto ready = ::poll(&out, 1, static_cast<int>(pause.count()));
    if (ready == 0 || (ready < 0 && errno == EINTR)) {
      if (stop_asked()) return {};
      continue;
    }
    const auto written = ready < 0 ? -1
                                   : ::write(STDOUT_FILENO, line.data(),
                                             std::min<std::size_t>(line.size(), PIPE_BUF));
    if (written < 0) return refuse(Trouble::unexpected, "the output cannot be written");
    line.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

// Shows what there is from `next` on, up to where a decision ends.
Outcome<void> show_slice(const std::vector<LogValue>& slice, std::uint64_t& next,
                         const WatchOptions& options, std::optional<schema::Domain> domain,
                         At& at) {
  for (const auto& value : slice) {
    if (next > options.to) break;
    at = value.seq;
    if (value.seq != next) {
      return refuse(Trouble::log_corrupt, "record " + std::to_string(next) + " is missing");
    }
    const auto record = describe(value);
    if (!record) return tl::unexpected(record.error());
    ++next;
    if (domain && decode_record(value.value)->header.domain != *domain) continue;
    if (const auto written = write_line(
            record_line(*record, options.json ? LineForm::json : LineForm::words) + "\n");
        !written) {
      return written;
    }
  }
  return {};
}

int follow(const Source& source, const WatchOptions& options, At& at) {
  hold_stop_signals();
  std::optional<schema::Domain> domain;
  if (!options.domain.empty()) {
    const auto parsed = parse_domain(options.domain);
    if (!parsed) return refused(parsed.error());
    domain = *parsed;
  }
  const auto first = beginning(source, options, at);
  if (!first) return refused(first.error());
  auto next = *first;
  auto reader = source.reader();
  // Every read sees the newest commit and lets go of it: the file does not grow for a watcher.
  while (!stop_asked() && next <= options.to) {
    const auto slice = reader.read(next, watch_slice_records, watch_slice_bytes);
    if (!slice) return refused({Trouble::log_corrupt, slice.error().what});
    if (slice->empty()) {
      if (!source.in_place()) {
        return refused({Trouble::not_in_log,
                        "the log was taken away, or another log stands in its place: it ended "
                        "behind record " +
                            std::to_string(next - 1)});
      }
      if (take_stop_signal(pause)) return 0;
      continue;
    }
    if (const auto shown = show_slice(*slice, next, options, domain, at); !shown) {
      return refused(shown.error());
    }
  }
  return 0;
}

}  // namespace

Verb watch_verb(cli::Command& app, const Common& common) {
  const auto options = std::make_shared<WatchOptions>();
  auto verb = app.add_subcommand(
      "watch", "Shows the records as they are committed, one a line, until it is interrupted");
  verb.add_option("--from", options->from,
                  "first record, or the position behind which to begin (what is committed next)")
      .type_name(position_names);
  verb.add_option("--to", options->to, "last record: ends behind it").type_name("SEQ");
  verb.add_option("--domain", options->domain, "only this domain's").type_name("NAME");
  verb.add_flag("--json", options->json,
                "one JSON object a line: seq time l1Time cause domain kind hash fact");
  verb.add_footer(std::string("Example: horae-replay watch --datadir data/dev --from block:10\n") +
                  positions_help);
  return {verb,
          true,
          on_log(common,
                 [options](const Source& source, At& at) { return follow(source, *options, at); }),
          {}};
}

}  // namespace horae::replay
