#include "node/watch/header_keeper.hpp"

#include "edges/comet_commit.hpp"

namespace horae {
namespace {

constexpr auto between_looks = std::chrono::seconds(2);

Result<void> keep_header(const HeaderSource& source, const WantedHeader& wanted) {
  const auto height = "height " + std::to_string(wanted.height);
  auto header = source.header(wanted.height);
  if (!header) return within(height, header.error());
  const auto members = source.members(wanted.height);
  if (!members) return within(height, members.error());
  const auto checked = check_commit(*header, source.chain_id, *members);
  if (!checked) return within(height, checked.error());
  if (checked->height != wanted.height || checked->app_hash != wanted.app_hash) {
    return fail(height + ": the header of height " + std::to_string(checked->height) +
                " with the app hash " + to_hex(checked->app_hash) + ", and the log has " +
                to_hex(wanted.app_hash));
  }
  return source.keep(wanted.height, std::move(*header));
}

}  // namespace

Result<void> keep_headers(const HeaderSource& source, const std::function<bool()>& ending) {
  const auto wanted = source.wanted();
  if (!wanted || wanted->empty()) return {};
  const auto earliest = source.earliest();
  if (!earliest) return {};
  Result<void> out;
  for (const auto& header : *wanted) {
    // Of what consensus has no more, nothing can be shown: the next one ends the wait for it.
    if (header.height < *earliest) continue;
    if (ending()) break;
    if (auto kept = keep_header(source, header); !kept && out) out = std::move(kept);
  }
  return out;
}

HeaderKeeper::HeaderKeeper(HeaderSource source, std::shared_ptr<Board> board)
    : source_(std::move(source)),
      board_(std::move(board)),
      looking_("header keeper", between_looks, [this] { look(); }) {}

void HeaderKeeper::look() {
  const auto kept = keep_headers(source_, [this] { return looking_.ending(); });
  if (kept) {
    trouble_.ends();
  } else if (!board_->stopping && trouble_.begins(kept.error().what)) {
    logger_.warn("the log lacks signatures that show what the pool agreed on",
                 {{"why", kept.error().what}});
  }
}

}  // namespace horae
