#include "tools/replay/audit/changes.hpp"

#include <algorithm>

#include "tools/replay/audit/fold.hpp"
#include "tools/replay/list.hpp"
#include "tools/replay/reading.hpp"

namespace horae::replay {
namespace {

void compare(std::map<std::string, Change::Value>& out, const Leaves& before, const Leaves& after) {
  for (const auto& [path, value] : before) {
    const auto now = after.find(path);
    if (now == after.end()) {
      out[path] = {value, nullptr};
    } else if (now->second != value) {
      out[path] = {value, now->second};
    }
  }
  for (const auto& [path, value] : after) {
    if (!before.contains(path)) out[path] = {nullptr, value};
  }
}

}  // namespace

Outcome<void> follow_changes(World& world, const Source& source, std::uint64_t to,
                             const std::vector<const StatePart*>& parts, const std::string& wanted,
                             const std::function<void(Change)>& show,
                             std::atomic<std::uint64_t>* at) {
  std::vector<Leaves> known;
  for (const auto* part : parts) known.push_back(part_leaves(world, *part, wanted));
  Reading reading(at, "comparing", to - world.seq);
  Walk walk(source.reader(), world.seq + 1, to);
  for (; world.seq < to; walk.pop()) {
    const auto value = walk.peek();
    if (!value) return tl::unexpected(value.error());
    if (*value == nullptr) {
      return refuse(Trouble::log_corrupt,
                    "record " + std::to_string(world.seq + 1) + " is missing");
    }
    reading.at((*value)->seq);
    if (const auto folded = fold_checked(world, **value); !folded) {
      return refuse(folded.error().trouble, to_text(folded.error()));
    }
    const auto header = decode_record((*value)->value)->header;
    Change change{header.seq, header.time_ms, header.domain, {}, {}};
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (parts[i]->domain != header.domain) continue;
      auto now = part_leaves(world, *parts[i], wanted);
      compare(change.values, known[i], now);
      known[i] = std::move(now);
    }
    if (change.values.empty()) continue;
    const auto described = describe(**value);
    if (!described) return tl::unexpected(described.error());
    change.fact = std::string(described->at("kind").as_string());
    show(std::move(change));
  }
  return {};
}

}  // namespace horae::replay
