#pragma once

#include <capnp/dynamic.h>

#include <deque>
#include <map>

#include "core/message.hpp"

namespace horae::fuzz {

/// Says whatever a schema has words for: any kind, any number, any length; now and then what it
/// heard before, so that it says something that others know. All by the bytes of an input: the same
/// bytes, the same words.
class Stranger {
 public:
  explicit Stranger(BytesView input) : input_(input) {}

  /// Nothing is left of the input: all further chances are zeros.
  [[nodiscard]] bool done() const { return input_.empty(); }
  std::uint64_t below(std::uint64_t bound);
  bool one_in(std::uint64_t odds) { return below(odds) == 0; }
  /// Small, extreme, heard before, or any.
  std::uint64_t number();
  /// The same of 256 bits.
  U256 wide();
  Hash32 hash();

  /// Remembers numbers and bytes of a message.
  void hear(const Message& message, capnp::StructSchema schema);

  /// Every field anew, and one kind of a union.
  void fill(capnp::DynamicStruct::Builder out);
  /// One field anew, somewhere in it.
  void disturb(capnp::DynamicStruct::Builder out);
  /// The same, or not.
  template <class Builder>
  void may_disturb(Builder out) {
    if (one_in(3)) disturb(capnp::toDynamic(out));
  }

 private:
  std::uint64_t take(std::size_t bytes);
  void hear(capnp::DynamicValue::Reader value);
  Bytes bytes_for(capnp::StructSchema::Field field);
  std::string text_for(capnp::StructSchema::Field field);
  std::size_t size_for(capnp::StructSchema::Field field);
  void set(capnp::DynamicStruct::Builder out, capnp::StructSchema::Field field);
  void set_list(capnp::DynamicStruct::Builder out, capnp::StructSchema::Field field);

  BytesView input_;
  std::deque<std::uint64_t> numbers_;
  std::map<std::size_t, std::deque<Bytes>> heard_;  // by size
};

}  // namespace horae::fuzz
