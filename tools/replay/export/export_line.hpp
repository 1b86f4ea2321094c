#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "events/record.hpp"
#include "tools/replay/refusal.hpp"

// A record as a line of JSON from which it can be made again, byte for byte:
// {seq, time, cause, more, domain, kind, kindNumber, prev, hash, payload, fact}. payload is hex;
// kind and fact are for people: what they say is in the payload, too.
namespace horae::replay {

/// Appends the line with its end. described: the record as describe() has it.
void append_line(std::string& out, const RecordView& record, const boost::json::object& described);

/// The record's bytes from such a line, its members in any order. Refuses (corrupt) a line that is
/// no such object, and one whose record has not the hash that it says.
[[nodiscard]] Outcome<Bytes> record_of_line(std::string_view line);

}  // namespace horae::replay
