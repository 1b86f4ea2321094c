#include "edges/canonical_vote.hpp"

#include "edges/framed_socket.hpp"

namespace horae {
namespace {

// Fields of protobuf's wire: https://protobuf.dev/programming-guides/encoding
constexpr std::uint64_t wire_varint = 0;
constexpr std::uint64_t wire_fixed64 = 1;
constexpr std::uint64_t wire_bytes = 2;

void put_tag(std::string& out, std::uint64_t field, std::uint64_t wire) {
  append_uvarint(out, field << 3 | wire);
}

void put_varint(std::string& out, std::uint64_t field, std::int64_t value) {
  if (value == 0) return;
  put_tag(out, field, wire_varint);
  append_uvarint(out, static_cast<std::uint64_t>(value));
}

void put_fixed64(std::string& out, std::uint64_t field, std::int64_t value) {
  if (value == 0) return;
  put_tag(out, field, wire_fixed64);
  for (int i = 0; i < 8; ++i) {
    out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i)));
  }
}

/// A message within: written though it is empty.
void put_message(std::string& out, std::uint64_t field, std::string_view bytes) {
  put_tag(out, field, wire_bytes);
  append_uvarint(out, bytes.size());
  out += bytes;
}

void put_bytes(std::string& out, std::uint64_t field, std::string_view bytes) {
  if (!bytes.empty()) put_message(out, field, bytes);
}

void put_hash(std::string& out, std::uint64_t field, const Hash32& hash) {
  put_bytes(out, field, {reinterpret_cast<const char*>(hash.bytes.data()), Hash32::size});
}

std::string canonical(const CometBlockId& block) {
  std::string parts;
  put_varint(parts, 1, block.parts);
  put_hash(parts, 2, block.parts_hash);
  std::string out;
  put_hash(out, 1, block.hash);
  put_message(out, 2, parts);
  return out;
}

std::string canonical(const CometTime& time) {
  std::string out;
  put_varint(out, 1, time.seconds);
  put_varint(out, 2, time.nanos);
  return out;
}

/// SignedMsgType (types.proto).
std::int64_t type_of(VoteStep step) {
  switch (step) {
    case VoteStep::proposal:
      return 32;
    case VoteStep::prevote:
      return 1;
    case VoteStep::precommit:
      return 2;
  }
  stop("a vote of no step");
}

std::string delimited(std::string_view message) {
  std::string out;
  append_uvarint(out, message.size());
  out += message;
  return out;
}

}  // namespace

std::string_view to_string(VoteStep step) {
  switch (step) {
    case VoteStep::proposal:
      return "proposal";
    case VoteStep::prevote:
      return "prevote";
    case VoteStep::precommit:
      return "precommit";
  }
  stop("a vote of no step");
}

std::string sign_bytes(const CometVote& vote, std::string_view chain_id) {
  std::string out;
  put_varint(out, 1, type_of(vote.step));
  put_fixed64(out, 2, vote.height);
  put_fixed64(out, 3, vote.round);
  // A proposal has one field more, and what follows stands one further.
  const bool proposal = vote.step == VoteStep::proposal;
  if (proposal) put_varint(out, 4, vote.valid_round);
  const std::uint64_t next = proposal ? 5 : 4;
  if (vote.block) put_message(out, next, canonical(*vote.block));
  put_message(out, next + 1, canonical(vote.time));
  put_bytes(out, next + 2, chain_id);
  return delimited(out);
}

std::string extension_sign_bytes(std::string_view extension, const CometVote& vote,
                                 std::string_view chain_id) {
  std::string out;
  put_bytes(out, 1, extension);
  put_fixed64(out, 2, vote.height);
  put_fixed64(out, 3, vote.round);
  put_bytes(out, 4, chain_id);
  return delimited(out);
}

}  // namespace horae
