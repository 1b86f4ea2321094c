#include "core/message_walk.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace horae {
namespace {

static_assert(std::endian::native == std::endian::little, "words are read as they lie");

// Cap'n Proto's encoding, "Encoding Spec" of its documentation.
constexpr unsigned pointer_struct = 0;
constexpr unsigned pointer_list = 1;
constexpr std::uint32_t empty_struct = 0xfffffffc;  // low half of the pointer: offset -1
constexpr std::array<unsigned, 6> element_bits{0, 1, 8, 16, 32, 64};
constexpr unsigned element_byte = 2;
constexpr unsigned element_pointer = 6;
constexpr unsigned element_struct = 7;

constexpr unsigned nesting_limit = 16;
constexpr std::size_t most_slots = 32;

struct Plan;

// What the schema wants behind a pointer.
struct Use {
  enum Kind : std::uint8_t { any, text, blob, structure, list };
  Kind kind = any;
  unsigned element = 0;          // of a list
  const Plan* plan = nullptr;    // of a struct, or of a list of them
  std::unique_ptr<Use> pointee;  // of a list of pointers
};

struct Slot {
  std::size_t number;
  Use use;
};

// A struct or a group of one, with what the walk needs of its schema.
struct Plan {
  struct Member {
    bool known = false;
    std::vector<Slot> slots;
    const Plan* group = nullptr;
  };
  std::size_t tag_at = 0;  // byte in the data section
  std::vector<Member> members;
  std::vector<Slot> slots;
  std::vector<const Plan*> groups;
};

// Plans live as long as the program.
class Plans {
 public:
  const Plan& of(capnp::StructSchema schema) {
    const std::lock_guard lock(mutex_);
    return make(schema);
  }

 private:
  const Plan& make(capnp::StructSchema schema) {
    const auto id = schema.getProto().getId();
    if (const auto known = plans_.find(id); known != plans_.end()) return *known->second;
    // Entered before it is complete: a struct may hold itself.
    auto& plan = *plans_.emplace(id, std::make_unique<Plan>()).first->second;
    const auto proto = schema.getProto().getStruct();
    plan.tag_at = 2 * std::size_t{proto.getDiscriminantOffset()};
    plan.members.resize(proto.getDiscriminantCount());
    for (const auto field : schema.getFields()) {
      const auto each = field.getProto();
      const auto tag = each.getDiscriminantValue();
      const bool in_union = tag != capnp::schema::Field::NO_DISCRIMINANT;
      if (in_union) plan.members.at(tag).known = true;
      if (each.isGroup()) {
        const auto& group = make(field.getType().asStruct());
        if (in_union) {
          plan.members[tag].group = &group;
        } else {
          plan.groups.push_back(&group);
        }
        continue;
      }
      if (!is_pointer(field.getType())) continue;
      const std::size_t number = each.getSlot().getOffset();
      if (number >= most_slots) stop("a schema with too many pointers in a struct");
      auto& slots = in_union ? plan.members[tag].slots : plan.slots;
      slots.push_back({number, use(field.getType())});
    }
    return plan;
  }

  static bool is_pointer(capnp::Type type) {
    return type.isText() || type.isData() || type.isList() || type.isStruct() ||
           type.isAnyPointer() || type.isInterface();
  }

  Use use(capnp::Type type) {
    Use out;
    if (type.isText()) {
      out.kind = Use::text;
    } else if (type.isData()) {
      out.kind = Use::blob;
    } else if (type.isStruct()) {
      out.kind = Use::structure;
      out.plan = &make(type.asStruct());
    } else if (type.isList()) {
      const auto element = type.asList().getElementType();
      out.kind = Use::list;
      out.element = element_of(element);
      if (element.isStruct()) out.plan = &make(element.asStruct());
      if (out.element == element_pointer) out.pointee = std::make_unique<Use>(use(element));
    }
    return out;
  }

  static unsigned element_of(capnp::Type type) {
    using capnp::schema::Type;
    switch (type.which()) {
      case Type::VOID:
        return 0;
      case Type::BOOL:
        return 1;
      case Type::INT8:
      case Type::UINT8:
        return 2;
      case Type::INT16:
      case Type::UINT16:
      case Type::ENUM:
        return 3;
      case Type::INT32:
      case Type::UINT32:
      case Type::FLOAT32:
        return 4;
      case Type::INT64:
      case Type::UINT64:
      case Type::FLOAT64:
        return 5;
      case Type::STRUCT:
        return element_struct;
      default:
        return element_pointer;
    }
  }

  std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Plan>> plans_;
};

const Plan& plan_of(capnp::StructSchema schema) {
  static Plans plans;
  static thread_local std::unordered_map<std::uint64_t, const Plan*> known;
  auto& plan = known[schema.getProto().getId()];
  if (plan == nullptr) plan = &plans.of(schema);
  return *plan;
}

// Objects lie in the order in which a walk from the root meets them, nothing between them: so what
// a pointer points to is where the walk has come to (cursor_), and nothing is met twice.
class Walk {
 public:
  explicit Walk(std::span<const std::uint64_t> words)
      : words_(words), spare_(std::max<std::size_t>(1024, 16 * words.size())) {}

  // What is wrong, or null.
  const char* run(const Plan& root) {
    Use use;
    use.kind = Use::structure;
    use.plan = &root;
    if (words_[0] == 0) return not_canonical;
    if (!pointer(0, &use, nesting_limit)) return wrong_;
    return cursor_ == words_.size() ? nullptr : not_canonical;
  }

 private:
  static constexpr const char* not_canonical = "a message that is not canonical";
  static constexpr const char* other_kind =
      "not a message of this schema: a pointer to something else";
  static constexpr const char* too_deep = "not a message of this schema: nested too deep";
  static constexpr const char* unknown_tag =
      "not a message of this schema: an unknown union tag: written by a newer version";
  static constexpr const char* no_text = "not a message of this schema: text without its end";

  bool bad(const char* why) {
    wrong_ = why;
    return false;
  }

  [[nodiscard]] std::uint64_t left() const { return words_.size() - cursor_; }

  // Whether the pointer at a place, of this kind, points to the cursor.
  [[nodiscard]] bool points_here(std::size_t at, unsigned kind) const {
    return static_cast<std::uint32_t>(words_[at]) ==
           static_cast<std::uint32_t>((cursor_ - at - 1) << 2 | kind);
  }

  bool pointer(std::size_t at, const Use* use, unsigned depth) {
    const auto word = words_[at];
    if (word == 0) return true;
    if (depth == 0) return bad(too_deep);
    switch (word & 3) {
      case pointer_struct:
        return structure(at, use, depth);
      case pointer_list:
        return list(at, use, depth);
      default:  // another segment, or a capability
        return bad(not_canonical);
    }
  }

  bool structure(std::size_t at, const Use* use, unsigned depth) {
    const auto data = words_[at] >> 32 & 0xffff;
    const auto pointers = words_[at] >> 48;
    if (use != nullptr && use->kind != Use::structure && use->kind != Use::any) {
      return bad(other_kind);
    }
    if (data + pointers == 0) {
      return static_cast<std::uint32_t>(words_[at]) == empty_struct || bad(not_canonical);
    }
    if (!points_here(at, pointer_struct) || data + pointers > left()) return bad(not_canonical);
    const auto begin = cursor_;
    cursor_ += data + pointers;
    // Cut after the last that is not zero.
    if ((data > 0 && words_[begin + data - 1] == 0) ||
        (pointers > 0 && words_[begin + data + pointers - 1] == 0)) {
      return bad(not_canonical);
    }
    return body(begin, data, pointers, use == nullptr ? nullptr : use->plan, depth - 1);
  }

  bool body(std::size_t begin, std::uint64_t data, std::uint64_t pointers, const Plan* plan,
            unsigned depth) {
    // Only as many as are looked at are cleared.
    std::array<const Use*, most_slots> uses;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    std::fill_n(uses.begin(), std::min<std::uint64_t>(pointers, most_slots), nullptr);
    if (plan != nullptr && !gather(*plan, begin, data, uses)) return bad(unknown_tag);
    for (std::uint64_t i = 0; i < pointers; ++i) {
      if (!pointer(begin + data + i, i < most_slots ? uses[i] : nullptr, depth)) return false;
    }
    return true;
  }

  // Which pointers the schema names, by the tags that are set. False: a tag that it does not know.
  bool gather(const Plan& plan, std::size_t begin, std::uint64_t data,
              std::array<const Use*, most_slots>& uses) const {
    for (const auto& slot : plan.slots) uses[slot.number] = &slot.use;
    for (const auto* group : plan.groups) {
      if (!gather(*group, begin, data, uses)) return false;
    }
    if (plan.members.empty()) return true;
    std::uint16_t tag = 0;
    if (plan.tag_at + 2 <= 8 * data) {
      std::memcpy(&tag, reinterpret_cast<const char*>(&words_[begin]) + plan.tag_at, sizeof tag);
    }
    if (tag >= plan.members.size() || !plan.members[tag].known) return false;
    for (const auto& slot : plan.members[tag].slots) uses[slot.number] = &slot.use;
    const auto* group = plan.members[tag].group;
    return group == nullptr || gather(*group, begin, data, uses);
  }

  bool list(std::size_t at, const Use* use, unsigned depth) {
    const auto element = static_cast<unsigned>(words_[at] >> 32 & 7);
    const auto count = words_[at] >> 35;
    const auto kind = use == nullptr ? Use::any : use->kind;
    if (kind == Use::structure || (kind == Use::list && element != use->element) ||
        ((kind == Use::text || kind == Use::blob) && element != element_byte)) {
      return bad(other_kind);
    }
    if (!points_here(at, pointer_list)) return bad(not_canonical);
    if (element == element_struct) return structures(count, use, depth);
    if (element == element_pointer) return pointers(count, use, depth);
    const auto bits = count * element_bits[element];
    const auto size = (bits + 63) / 64;
    if (size > left()) return bad(not_canonical);
    if (element == 0 && !spend(count)) return bad(not_canonical);
    const auto begin = cursor_;
    cursor_ += size;
    // What fills up the last word is zero.
    if (bits % 64 != 0 && words_[cursor_ - 1] >> bits % 64 != 0) return bad(not_canonical);
    if (kind != Use::text) return true;
    if (count == 0) return bad(no_text);
    return reinterpret_cast<const char*>(&words_[begin])[count - 1] == 0 || bad(no_text);
  }

  bool pointers(std::uint64_t count, const Use* use, unsigned depth) {
    if (count > left()) return bad(not_canonical);
    const auto begin = cursor_;
    cursor_ += count;
    const auto* pointee = use == nullptr ? nullptr : use->pointee.get();
    for (std::uint64_t i = 0; i < count; ++i) {
      if (!pointer(begin + i, pointee, depth - 1)) return false;
    }
    return true;
  }

  bool structures(std::uint64_t size, const Use* use, unsigned depth) {
    if (left() == 0 || size > left() - 1) return bad(not_canonical);
    const auto tag = words_[cursor_];
    const auto count = static_cast<std::uint32_t>(tag) >> 2;
    const auto data = tag >> 32 & 0xffff;
    const auto pointers = tag >> 48;
    const auto each = data + pointers;
    if ((tag & 3) != pointer_struct || count * each != size) return bad(not_canonical);
    const auto begin = cursor_ + 1;
    cursor_ = begin + size;
    if (each == 0) return spend(count) || bad(not_canonical);
    // As wide as the widest needs.
    bool full_data = data == 0;
    bool full_pointers = pointers == 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto at = begin + i * each;
      full_data = full_data || words_[at + data - 1] != 0;
      full_pointers = full_pointers || words_[at + each - 1] != 0;
    }
    if (!full_data || !full_pointers) return bad(not_canonical);
    if (depth < 2) return bad(too_deep);
    const auto* plan = use == nullptr ? nullptr : use->plan;
    for (std::uint64_t i = 0; i < count; ++i) {
      if (!body(begin + i * each, data, pointers, plan, depth - 2)) return false;
    }
    return true;
  }

  // Elements that take no room are as many as a few words can say: readers would be kept busy.
  bool spend(std::uint64_t count) {
    if (count > spare_) return false;
    spare_ -= count;
    return true;
  }

  std::span<const std::uint64_t> words_;
  std::size_t cursor_ = 1;
  std::uint64_t spare_;
  const char* wrong_ = nullptr;
};

}  // namespace

Result<void> walk_message(std::span<const std::uint64_t> words, capnp::StructSchema schema) {
  if (const auto* wrong = Walk(words).run(plan_of(schema))) return fail(wrong);
  return {};
}

}  // namespace horae
