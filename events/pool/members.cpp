#include "events/pool/members.hpp"

#include "core/crypto/secp256k1.hpp"
#include "events/pool/rule_changes.hpp"
#include "events/snapshot.hpp"

namespace horae {
namespace {

// CometBFT's chain ids have at most so many characters (types/genesis.go, MaxChainIDLen).
constexpr std::size_t most_name = 50;

}  // namespace

bool is_quorum(std::uint64_t power, std::uint64_t total) {
  return U256(power) * 3 > U256(total) * 2;
}

std::uint64_t total_power(const Members& members) {
  std::uint64_t out = 0;
  for (const auto& [signer, member] : members) out += member.power;
  return out;
}

std::uint64_t power_of(const Members& members, const std::set<Address>& signers) {
  std::uint64_t out = 0;
  for (const auto& signer : signers) {
    if (const auto member = members.find(signer); member != members.end()) {
      out += member->second.power;
    }
  }
  return out;
}

Decision no_voice(const Address& sender) {
  return refuse(Reason::NOT_MEMBER, "member " + to_hex(sender) + " has no voice in the pool");
}

Decision older_word(const Address& sender) {
  return refuse(Reason::ALREADY_KNOWN,
                "member " + to_hex(sender) + " has said something newer than this");
}

Decision heed_newest(const PoolAgreement& state, const PoolAsked& asked) {
  const auto heard = state.heard.find(asked.sender);
  if (heard == state.heard.end() || asked.number > heard->second) return {};
  return older_word(asked.sender);
}

Decision heed_member(const PoolAgreement& state, const PoolAsked& asked) {
  if (state.members.contains(asked.sender)) return heed_newest(state, asked);
  return no_voice(asked.sender);
}

bool is_key_of(const PublicKey& key, const Address& signer) {
  return is_on_curve(key) && address_of(key) == signer;
}

std::string endpoint_of(std::string_view consensus, std::string_view link) {
  return std::string(consensus) + (link.empty() ? "" : " ") + std::string(link);
}
std::string consensus_of(std::string_view endpoint) {
  return std::string(endpoint.substr(0, endpoint.find(' ')));
}
std::string link_of(std::string_view endpoint) {
  const auto blank = endpoint.find(' ');
  return blank == endpoint.npos ? std::string() : std::string(endpoint.substr(blank + 1));
}

void write(schema::PoolMember::Builder out, const Address& signer, const Member& member) {
  out.setPower(member.power);
  out.setSigner(data(signer));
  out.setPublicKey(data(member.key));
  if (!member.endpoint.empty()) out.setEndpoint(member.endpoint.c_str());
}

void write_all(capnp::List<capnp::Data>::Builder out, const std::set<Address>& signers) {
  unsigned next = 0;
  for (const auto& signer : signers) out.set(next++, data(signer));
}

Member to_member(schema::PoolMember::Reader member) {
  return {fixed<PublicKey>(member.getPublicKey()), member.getPower(), member.getEndpoint().cStr()};
}

Members to_members(capnp::List<schema::PoolMember>::Reader members) {
  Members out;
  for (const auto member : members) {
    put_once(out, fixed<Address>(member.getSigner()), to_member(member));
  }
  return out;
}

Members changed_members(const Members& before, const Members& after) {
  Members out;
  for (const auto& [signer, member] : after) {
    const auto known = before.find(signer);
    if (known == before.end() || known->second.power != member.power) out.emplace(signer, member);
  }
  for (const auto& [signer, member] : before) {
    if (!after.contains(signer)) out.emplace(signer, Member{member.key, 0, member.endpoint});
  }
  return out;
}

std::string why_no_members(capnp::List<schema::PoolMember>::Reader members) {
  if (members.size() == 0) return "a pool without members";
  if (members.size() > PoolAgreement::most_members) {
    return std::to_string(members.size()) + " members, " +
           std::to_string(PoolAgreement::most_members) + " are the most";
  }
  std::uint64_t total = 0;
  std::optional<Address> before;
  for (const auto member : members) {
    const auto signer = fixed<Address>(member.getSigner());
    const auto name = "member " + to_hex(signer);
    if (before && *before >= signer) return name + " out of order, or twice";
    before = signer;
    if (!is_key_of(fixed<PublicKey>(member.getPublicKey()), signer)) {
      return name + " with a public key that is not its own";
    }
    if (member.getPower() == 0) return name + " without power";
    if (member.getPower() > PoolAgreement::most_power - total) {
      return "more power than " + std::to_string(PoolAgreement::most_power) + " together";
    }
    total += member.getPower();
  }
  return {};
}

bool is_of_one_alone(schema::PoolGenesis::Reader genesis) {
  return genesis.getName().size() == 0 && genesis.getMembers().size() == 0;
}

std::string why_no_genesis(schema::PoolGenesis::Reader genesis) {
  if (genesis.getRulesVersion() > known_rules()) {
    return "it wants the shared rules of version " + std::to_string(genesis.getRulesVersion()) +
           ", this program knows version " + std::to_string(known_rules()) +
           ": install a newer one";
  }
  if (is_of_one_alone(genesis)) return {};
  if (genesis.getName().size() == 0 || genesis.getName().size() > most_name) {
    return "a name of 1 to " + std::to_string(most_name) + " characters is wanted";
  }
  if (genesis.getL1Step() == 0) return "L1's heads cannot be told at each multiple of 0";
  if (auto why = why_no_members(genesis.getMembers()); !why.empty()) return why;
  const auto leader = fixed<Address>(genesis.getLeader());
  if (!to_members(genesis.getMembers()).contains(leader)) {
    return "the leader " + to_hex(leader) + " is no member";
  }
  return {};
}

}  // namespace horae
