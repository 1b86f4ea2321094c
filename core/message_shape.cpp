#include "core/message_shape.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

namespace horae {
namespace {

// The ids of the annotations in schemas/values.capnp.
constexpr std::uint64_t u256_id = 0xb4881e459f195f45;
constexpr std::uint64_t bytes_id = 0x823fe949ecc30e8a;
constexpr std::uint64_t most_id = 0xc12b42e63a0dc52e;
constexpr std::uint64_t entries_id = 0xb198d7ea4fda84de;

constexpr std::uint32_t u256_bytes = 32;

constexpr const char* unknown_field = "a field that this version does not know";
constexpr const char* unknown_kind = "a kind that this version does not know";

struct Shape;

// How long a text or data may be.
struct Length {
  std::uint32_t most = 0;
  bool exact = false;

  [[nodiscard]] bool allows(std::size_t size) const {
    return size == 0 || (exact ? size == most : size <= most);
  }
};

// What a pointer may lead to.
struct ShapedField {
  enum Kind : std::uint8_t { text, blob, structure, blobs, structures };
  Kind kind = blob;
  const char* name = nullptr;
  Length length;                 // of text and blobs
  std::uint32_t entries = 0;     // of lists
  const Shape* shape = nullptr;  // of a struct, or of each in a list
};

struct ShapedEnum {
  std::size_t at = 0;  // byte in the data section
  std::uint16_t count = 0;
  const char* name = nullptr;
};

// The fields that a struct has where its union has one tag.
struct Variant {
  std::vector<const ShapedField*> pointers;  // by their numbers; null: none is set there
  std::vector<ShapedEnum> enums;
};

struct Shape {
  std::size_t data_words = 0;
  std::optional<std::size_t> tag_at;                 // byte in the data section
  std::vector<Variant> variants;                     // by the tag; one where there is no union
  std::vector<std::unique_ptr<ShapedField>> fields;  // what the variants point to
};

std::optional<std::uint32_t> annotated(capnp::schema::Field::Reader field, std::uint64_t id) {
  for (const auto annotation : field.getAnnotations()) {
    if (annotation.getId() == id) return annotation.getValue().getUint32();
  }
  return std::nullopt;
}

bool is_number(capnp::schema::Field::Reader field) {
  for (const auto annotation : field.getAnnotations()) {
    if (annotation.getId() == u256_id) return true;
  }
  return false;
}

// Shapes live as long as the program, as the schemas do.
class Shapes {
 public:
  const Shape& of(capnp::StructSchema schema) {
    const std::lock_guard lock(mutex_);
    growing_.clear();
    const auto& shape = make(schema);
    shapes_.merge(growing_);
    return shape;
  }

 private:
  const Shape& make(capnp::StructSchema schema) {
    const auto id = schema.getProto().getId();
    if (const auto known = shapes_.find(id); known != shapes_.end()) return *known->second;
    if (const auto known = growing_.find(id); known != growing_.end()) return *known->second;
    // Entered before it is complete: a struct may hold itself.
    auto& shape = *growing_.emplace(id, std::make_unique<Shape>()).first->second;
    const auto proto = schema.getProto().getStruct();
    shape.data_words = proto.getDataWordCount();
    const auto tags = proto.getDiscriminantCount();
    if (tags > 0) shape.tag_at = 2 * std::size_t{proto.getDiscriminantOffset()};
    shape.variants.resize(std::max<std::size_t>(tags, 1));
    for (auto& variant : shape.variants) variant.pointers.resize(proto.getPointerCount());
    for (const auto field : schema.getFields()) add(shape, schema, field);
    return shape;
  }

  void add(Shape& shape, capnp::StructSchema schema, capnp::StructSchema::Field field) {
    const auto proto = field.getProto();
    if (proto.isGroup()) stop(where(schema, proto) + " is a group");
    const auto tag = proto.getDiscriminantValue();
    const bool in_union = tag != capnp::schema::Field::NO_DISCRIMINANT;
    const auto slot = std::size_t{proto.getSlot().getOffset()};
    const auto each = [&](auto put) {
      for (std::size_t i = 0; i < shape.variants.size(); ++i) {
        if (!in_union || i == tag) put(shape.variants[i]);
      }
    };
    if (field.getType().isEnum()) {
      const auto count = field.getType().asEnum().getEnumerants().size();
      const ShapedEnum found{2 * slot, static_cast<std::uint16_t>(count), proto.getName().cStr()};
      each([&](Variant& variant) { variant.enums.push_back(found); });
    } else if (auto found = pointer(schema, field)) {
      const auto* kept = shape.fields.emplace_back(std::move(found)).get();
      each([&](Variant& variant) { variant.pointers.at(slot) = kept; });
    }
  }

  // Null where the field is no pointer.
  std::unique_ptr<ShapedField> pointer(capnp::StructSchema schema,
                                       capnp::StructSchema::Field field) {
    const auto type = field.getType();
    const auto proto = field.getProto();
    ShapedField out;
    out.name = proto.getName().cStr();
    if (type.isText() || type.isData()) {
      out.kind = type.isText() ? ShapedField::text : ShapedField::blob;
      out.length = length(schema, proto);
    } else if (type.isStruct()) {
      out.kind = ShapedField::structure;
      out.shape = &make(type.asStruct());
    } else if (type.isList()) {
      const auto element = type.asList().getElementType();
      const auto entries = annotated(proto, entries_id);
      if (!entries) stop(where(schema, proto) + " does not say how many entries it may have");
      out.entries = *entries;
      if (element.isData()) {
        out.kind = ShapedField::blobs;
        out.length = length(schema, proto);
      } else if (element.isStruct()) {
        out.kind = ShapedField::structures;
        out.shape = &make(element.asStruct());
      } else {
        stop(where(schema, proto) + " is a list of neither Data nor structs");
      }
    } else if (type.isAnyPointer() || type.isInterface()) {
      stop(where(schema, proto) + " is a pointer to anything");
    } else {
      return nullptr;
    }
    return std::make_unique<ShapedField>(out);
  }

  static Length length(capnp::StructSchema schema, capnp::schema::Field::Reader field) {
    if (is_number(field)) return {u256_bytes, true};
    if (const auto exact = annotated(field, bytes_id)) return {*exact, true};
    if (const auto most = annotated(field, most_id)) return {*most, false};
    stop(where(schema, field) + " does not say how long it may be");
  }

  static std::string where(capnp::StructSchema schema, capnp::schema::Field::Reader field) {
    return std::string(schema.getUnqualifiedName().cStr()) + "." + field.getName().cStr();
  }

  using Known = std::unordered_map<std::uint64_t, std::unique_ptr<Shape>>;

  std::mutex mutex_;
  Known shapes_;
  Known growing_;  // of one call: kept where all of them are complete
};

const Shape& shape_of(capnp::StructSchema schema) {
  static Shapes shapes;
  static thread_local std::unordered_map<std::uint64_t, const Shape*> known;
  auto& shape = known[schema.getProto().getId()];
  if (shape == nullptr) shape = &shapes.of(schema);
  return *shape;
}

std::uint16_t word16(capnp::Data::Reader section, std::size_t at) {
  std::uint16_t out = 0;
  if (at + sizeof out <= section.size()) std::memcpy(&out, section.begin() + at, sizeof out);
  return out;
}

// What does not fit, and the way to it from the message's root.
struct Misfit {
  std::string what;
  std::string field = {};
};
using Fit = std::optional<Misfit>;

Fit inside(std::string name, Misfit misfit) {
  misfit.field = misfit.field.empty() ? std::move(name) : name + "." + misfit.field;
  return misfit;
}

Fit check_length(const ShapedField& field, std::size_t size) {
  if (field.length.allows(size)) return std::nullopt;
  return Misfit{std::to_string(size) + " bytes where " + (field.length.exact ? "" : "at most ") +
                std::to_string(field.length.most) + " were to come"};
}

Fit check_struct(const Shape& shape, capnp::AnyStruct::Reader message);

// Each entry of a list that is no longer than it may be.
template <class List, class Check>
Fit check_list(const ShapedField& field, List list, Check check_entry) {
  if (list.size() > field.entries) {
    return Misfit{std::to_string(list.size()) + " entries where at most " +
                  std::to_string(field.entries) + " were to come"};
  }
  for (unsigned i = 0; i < list.size(); ++i) {
    if (auto misfit = check_entry(list[i])) return inside(std::to_string(i), std::move(*misfit));
  }
  return std::nullopt;
}

Fit check_field(const ShapedField& field, capnp::AnyPointer::Reader pointer) {
  switch (field.kind) {
    case ShapedField::text:
      return check_length(field, pointer.getAs<capnp::Text>().size());
    case ShapedField::blob:
      return check_length(field, pointer.getAs<capnp::Data>().size());
    case ShapedField::structure:
      return check_struct(*field.shape, pointer.getAs<capnp::AnyStruct>());
    case ShapedField::blobs:
      return check_list(field, pointer.getAs<capnp::List<capnp::Data>>(),
                        [&](auto entry) { return check_length(field, entry.size()); });
    case ShapedField::structures:
      return check_list(field, pointer.getAs<capnp::AnyList>().as<capnp::List<capnp::AnyStruct>>(),
                        [&](auto entry) { return check_struct(*field.shape, entry); });
  }
  stop("a field of a kind that is none");
}

Fit check_struct(const Shape& shape, capnp::AnyStruct::Reader message) {
  const auto section = message.getDataSection();
  const auto tag = shape.tag_at ? word16(section, *shape.tag_at) : std::uint16_t{0};
  if (tag >= shape.variants.size()) return Misfit{unknown_kind};
  if (section.size() > shape.data_words * sizeof(capnp::word)) return Misfit{unknown_field};
  const auto& variant = shape.variants[tag];
  for (const auto& each : variant.enums) {
    if (word16(section, each.at) >= each.count) {
      return inside(each.name, {unknown_kind});
    }
  }
  const auto pointers = message.getPointerSection();
  for (unsigned i = 0; i < pointers.size(); ++i) {
    const auto* field = i < variant.pointers.size() ? variant.pointers[i] : nullptr;
    if (field == nullptr) {
      if (!pointers[i].isNull()) return Misfit{unknown_field};
    } else if (auto misfit = check_field(*field, pointers[i])) {
      return inside(field->name, std::move(*misfit));
    }
  }
  return std::nullopt;
}

}  // namespace

Result<void> well_formed(capnp::AnyStruct::Reader message, capnp::StructSchema schema) {
  const auto misfit = check_struct(shape_of(schema), message);
  if (!misfit) return {};
  return fail(misfit->field.empty() ? misfit->what : misfit->field + ": " + misfit->what);
}

}  // namespace horae
