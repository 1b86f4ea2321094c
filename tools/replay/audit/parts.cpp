#include "tools/replay/audit/parts.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <optional>
#include <set>

namespace horae::replay {
namespace {

namespace json = boost::json;

constexpr std::array names{"id",   "sequencerId", "batchId", "sender", "address",
                           "hash", "epoch",       "kind",    "number"};

std::string word(const json::value& value) {
  return value.is_string() ? std::string(value.as_string()) : json::serialize(value);
}

// What the list's elements are told apart by; none where only their places do.
std::optional<std::string_view> key_of(const json::array& list) {
  for (const std::string_view name : names) {
    std::set<std::string> seen;
    bool good = !list.empty();
    for (const auto& element : list) {
      const auto* object = element.if_object();
      const auto* key = object != nullptr ? object->if_contains(name) : nullptr;
      good = good && key != nullptr && key->is_primitive() && seen.insert(word(*key)).second;
      if (!good) break;
    }
    if (good) return name;
  }
  return std::nullopt;
}

// Whether one of the two stands at or below the other.
bool touches(std::string_view path, std::string_view wanted) {
  const auto inside = [](std::string_view deep, std::string_view high) {
    return deep.starts_with(high) &&
           (deep.size() == high.size() || deep[high.size()] == '.' || deep[high.size()] == '[');
  };
  return wanted.empty() || inside(path, wanted) || inside(wanted, path);
}

}  // namespace

void add_leaves(Leaves& out, const json::value& value, const std::string& path,
                const std::string& wanted) {
  if (!touches(path, wanted)) return;
  if (const auto* object = value.if_object()) {
    for (const auto& [name, member] : *object) {
      add_leaves(out, member, fmt::format("{}.{}", path, std::string_view(name)), wanted);
    }
  } else if (const auto* list = value.if_array()) {
    const auto key = key_of(*list);
    for (std::size_t i = 0; i < list->size(); ++i) {
      const auto& element = (*list)[i];
      const auto place = key ? word(element.as_object().at(*key)) : std::to_string(i);
      add_leaves(out, element, fmt::format("{}[{}]", path, place), wanted);
    }
  } else if (path.size() >= wanted.size()) {
    out.emplace(path, value);
  }
}

Leaves part_leaves(const World& world, const StatePart& part, const std::string& wanted) {
  Leaves out;
  add_leaves(out, part.json(world), part.name, wanted);
  return out;
}

}  // namespace horae::replay
