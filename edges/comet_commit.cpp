#include "edges/comet_commit.hpp"

#include <map>
#include <set>

#include "core/crypto/secp256k1.hpp"
#include "core/hash.hpp"
#include "core/merkle.hpp"
#include "edges/canonical_vote.hpp"
#include "edges/framed_socket.hpp"
#include "edges/proto/commit.pb.h"

namespace horae {
namespace {

/// A single value as protobuf's wrapper of it, which has one field, 1; nothing for an empty one.
std::string wrapped(std::string_view bytes) {
  std::string out;
  if (bytes.empty()) return out;
  out.push_back('\x0a');
  append_uvarint(out, bytes.size());
  out += bytes;
  return out;
}
std::string wrapped(std::int64_t value) {
  std::string out;
  if (value == 0) return out;
  out.push_back('\x08');
  append_uvarint(out, static_cast<std::uint64_t>(value));
  return out;
}

void add_leaf(merkle::Frontier& tree, const std::string& bytes) {
  constexpr std::uint8_t leaf = 0;
  tree.add(sha256({BytesView(&leaf, 1), as_bytes(bytes)}));
}

/// The Merkle root over the header's fields (types/block.go Header.Hash).
Hash32 hash_of(const comet::Header& header) {
  auto last_block = header.last_block_id();
  last_block.mutable_part_set_header();  // stands there even where it is empty
  merkle::Frontier tree;
  for (const auto& field :
       {header.version().SerializeAsString(), wrapped(header.chain_id()), wrapped(header.height()),
        header.time().SerializeAsString(), last_block.SerializeAsString(),
        wrapped(header.last_commit_hash()), wrapped(header.data_hash()),
        wrapped(header.validators_hash()), wrapped(header.next_validators_hash()),
        wrapped(header.consensus_hash()), wrapped(header.app_hash()),
        wrapped(header.last_results_hash()), wrapped(header.evidence_hash()),
        wrapped(header.proposer_address())}) {
    add_leaf(tree, field);
  }
  return tree.root();
}

Result<CometVote> committed_vote(const comet::Commit& commit, const Hash32& block) {
  const auto& parts = commit.block_id().part_set_header();
  const auto parts_hash = Hash32::from(as_bytes(parts.hash()));
  if (!parts_hash) return within("the hash of the block's parts", parts_hash.error());
  return CometVote{.step = VoteStep::precommit,
                   .height = commit.height(),
                   .round = commit.round(),
                   .block = CometBlockId{block, parts.total(), *parts_hash}};
}

/// The member who signed; a fault where the signature is none of its.
Result<Address> signer_of(const comet::CommitSig& signature, CometVote vote,
                          std::string_view chain_id) {
  const auto address = Address::from(as_bytes(signature.validator_address()));
  if (!address) return within("a signer's address", address.error());
  const auto bytes = Signature::from(as_bytes(signature.signature()));
  if (!bytes) return within("the signature of " + to_hex(*address), bytes.error());
  vote.time = {signature.timestamp().seconds(), signature.timestamp().nanos()};
  const auto key = recover(keccak256(as_bytes(sign_bytes(vote, chain_id))), *bytes);
  if (!key || address_of(*key) != *address || !is_low_s(*bytes)) {
    return fail("the signature of " + to_hex(*address) + " is not that of its key over this block");
  }
  return *address;
}

Result<std::map<Address, std::uint64_t>> power_of(const std::vector<ConsensusMember>& members) {
  std::map<Address, std::uint64_t> out;
  for (const auto& member : members) {
    if (!out.emplace(address_of(member.key), member.power).second) {
      return fail("a member stands in the list twice");
    }
  }
  return out;
}

}  // namespace

Result<CheckedCommit> check_commit(BytesView signed_header, std::string_view chain_id,
                                   const std::vector<ConsensusMember>& members) {
  comet::SignedHeader read;
  if (!read.ParseFromArray(signed_header.data(), static_cast<int>(signed_header.size()))) {
    return fail("bytes that are no signed header");
  }
  const auto& header = read.header();
  const auto& commit = read.commit();
  if (header.chain_id() != chain_id) {
    return fail("a header of the chain " + header.chain_id() + ", not of " + std::string(chain_id));
  }
  if (header.height() <= 0 || header.height() != commit.height()) {
    return fail("a header of height " + std::to_string(header.height()) +
                " with a commit of height " + std::to_string(commit.height()));
  }
  CheckedCommit out;
  out.height = static_cast<std::uint64_t>(header.height());
  out.round = commit.round();
  out.block = hash_of(header);
  if (as_bytes(commit.block_id().hash()).size() != Hash32::size ||
      !std::ranges::equal(as_bytes(commit.block_id().hash()), out.block.view())) {
    return fail("the header's hash is " + to_hex(out.block) + ", and the commit is of " +
                to_hex(as_bytes(commit.block_id().hash())));
  }
  const auto app_hash = Hash32::from(as_bytes(header.app_hash()));
  if (!app_hash) return within("the header's app hash", app_hash.error());
  out.app_hash = *app_hash;

  const auto vote = committed_vote(commit, out.block);
  if (!vote) return tl::unexpected(vote.error());
  const auto power = power_of(members);
  if (!power) return tl::unexpected(power.error());
  for (const auto& [member, its] : *power) out.all_power += its;
  std::set<Address> counted;
  for (const auto& signature : commit.signatures()) {
    if (signature.block_id_flag() != comet::CommitSig::COMMIT) continue;
    const auto signer = signer_of(signature, *vote, chain_id);
    if (!signer) return tl::unexpected(signer.error());
    const auto member = power->find(*signer);
    if (member == power->end()) return fail(to_hex(*signer) + " signed, and is no member");
    if (!counted.insert(*signer).second) return fail(to_hex(*signer) + " signed twice");
    out.signed_by.push_back(*signer);
    out.power += member->second;
  }
  if (out.power <= out.all_power / 3 * 2 + out.all_power % 3 * 2 / 3) {
    return fail("members with a power of " + std::to_string(out.power) + " signed, of " +
                std::to_string(out.all_power) + ": not more than two thirds");
  }
  const auto named = members_hash(members);
  if (!std::ranges::equal(as_bytes(header.validators_hash()), named.view())) {
    return fail("the header names other members: their hash is " +
                to_hex(as_bytes(header.validators_hash())) + ", that of these " + to_hex(named));
  }
  return out;
}

Hash32 members_hash(const std::vector<ConsensusMember>& members) {
  struct Entry {
    std::uint64_t power;
    Address address;
    PublicKey key;
  };
  std::vector<Entry> entries;
  for (const auto& member : members) {
    entries.push_back({member.power, address_of(member.key), member.key});
  }
  std::ranges::sort(entries, [](const Entry& a, const Entry& b) {
    return a.power != b.power ? a.power > b.power : a.address < b.address;
  });
  merkle::Frontier tree;
  for (const auto& entry : entries) {
    comet::SimpleValidator leaf;
    // One that is no key leaves a hash that no header has.
    if (const auto key = compressed(entry.key)) {
      leaf.mutable_pub_key()->set_secp256k1eth(key->data(), key->size());
    }
    leaf.set_voting_power(static_cast<std::int64_t>(entry.power));
    add_leaf(tree, leaf.SerializeAsString());
  }
  return tree.root();
}

}  // namespace horae
