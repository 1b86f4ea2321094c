#pragma once

#include "events/pool/pool.hpp"

namespace horae {

void write(schema::PoolMember::Builder out, const Address& signer, const Member& member);
void write_all(capnp::List<capnp::Data>::Builder out, const std::set<Address>& signers);
[[nodiscard]] Member to_member(schema::PoolMember::Reader member);
/// Stops where one stands twice.
[[nodiscard]] Members to_members(capnp::List<schema::PoolMember>::Reader members);
/// The power of those of them who have a voice.
[[nodiscard]] std::uint64_t power_of(const Members& members, const std::set<Address>& signers);
[[nodiscard]] Decision no_voice(const Address& sender);
[[nodiscard]] Decision older_word(const Address& sender);
/// The refusal of an input that says how something is now, where its sender has no voice or has
/// said something newer.
[[nodiscard]] Decision heed_member(const PoolAgreement& state, const PoolAsked& asked);
/// Of an input whose sender may have no voice yet.
[[nodiscard]] Decision heed_newest(const PoolAgreement& state, const PoolAsked& asked);
/// Those who have another power than before; without any: power 0.
[[nodiscard]] Members changed_members(const Members& before, const Members& after);
/// Why these cannot be a pool's first members; empty: they can.
[[nodiscard]] std::string why_no_members(capnp::List<schema::PoolMember>::Reader members);
/// Whether it is of a node alone: without a name of consensus' chain, and without members.
[[nodiscard]] bool is_of_one_alone(schema::PoolGenesis::Reader genesis);
/// Why nothing begins with this; empty: a pool does, or a node alone.
[[nodiscard]] std::string why_no_genesis(schema::PoolGenesis::Reader genesis);
/// Where a member is reached, as its own word has it (endpoint): id@host:port of its consensus,
/// and behind a blank host:port of its link, where its program has one.
[[nodiscard]] std::string endpoint_of(std::string_view consensus, std::string_view link);
[[nodiscard]] std::string consensus_of(std::string_view endpoint);
/// Empty: it was not told.
[[nodiscard]] std::string link_of(std::string_view endpoint);
/// A key on the curve whose address this is.
[[nodiscard]] bool is_key_of(const PublicKey& key, const Address& signer);

}  // namespace horae
