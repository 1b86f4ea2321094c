#pragma once

#include <capnp/any.h>
#include <capnp/schema.h>

#include "core/result.hpp"

namespace horae {

/// Whether a message that was walked (Message::check) holds in each field what its schema lets it
/// hold: the annotations bytes, most and entries of schemas/values.capnp. Refuses another length, a
/// longer list, an enumerant that this version does not know, and room for fields that it does not
/// know; says which field. A field that is not set is right: it reads as zero or as an empty list.
///
/// What passes can be read by fixed<> and read_u256 without a stop, and is no longer than the
/// schema says. A schema stops here whose Data, Text and List fields do not all say what they hold,
/// or that has groups or lists of lists, which no shared command needs.
[[nodiscard]] Result<void> well_formed(capnp::AnyStruct::Reader message,
                                       capnp::StructSchema schema);

template <class Reader>
[[nodiscard]] Result<void> well_formed(Reader message) {
  return well_formed(capnp::AnyStruct::Reader(message),
                     capnp::Schema::from<capnp::FromReader<Reader>>());
}

}  // namespace horae
