#include "node/doctor/pool.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/shell_word.hpp"
#include "events/pool/members.hpp"

namespace horae::doctor {

Identity of_member(Identity wanted, const MemberSeen& seen, const Result<Identity>& known) {
  if (seen.genesis) wanted.from_block = seen.genesis->read().getFromBlock();
  // Logs of members of before they had engines name none.
  if (known && known->engine.empty()) {
    wanted.genesis_time = 0;
    wanted.engine.clear();
  }
  return wanted;
}

Finding judge_pool_genesis(const MemberSeen& seen) {
  const Check check{"pool.genesis", "a genesis as it was written, and settings that fit it",
                    "get the file anew from another member, and give the settings that it names "
                    "(pool.genesis); a node alone makes it anew (`horae pool genesis`) before its "
                    "first start, and changes its rules later (`horae pool change`)"};
  if (!seen.genesis) return check.failed(seen.genesis.error().what);
  if (!seen.fits) return check.failed(seen.fits.error().what);
  const auto genesis = seen.genesis->read();
  if (!seen.other_rules.empty()) {
    return check.warning("the genesis's rules are others than these settings would make: " +
                         seen.other_rules);
  }
  if (is_of_one_alone(genesis)) return check.ok("of a node alone");
  return check.ok(fmt::format("of the pool {}, {} members begin it", genesis.getName().cStr(),
                              genesis.getMembers().size()));
}

Finding judge_pool_voice(const MemberSeen& seen) {
  const Check check{"pool.voice", "the key of a member that the genesis names",
                    "nothing, where the key's sequencer is Active (keys.signer): it has a voice "
                    "once its node runs; else give the member's keystore first in keys.signers"};
  if (!seen.genesis) return skipped(check.id, "the genesis cannot be read");
  if (!seen.voice) return skipped(check.id, seen.voice.error().what);
  const auto name = to_hex(*seen.voice);
  for (const auto member : seen.genesis->read().getMembers()) {
    if (fixed<Address>(member.getSigner()) != *seen.voice) continue;
    return check.ok(fmt::format("{}, power {}", name, member.getPower()));
  }
  return check.warning(name + " is no member that the genesis names");
}

Finding judge_pool_cometbft(const CometSeen& seen) {
  const Check check{"pool.cometbft", "a CometBFT that can be started",
                    "`./check` gets the pinned one; or name one by pool.command"};
  if (seen.external) return check.ok("somebody else runs it (pool.command)");
  if (!seen.program) return check.failed(seen.program.error().what);
  return check.ok(seen.program->string());
}

Finding judge_pool_files(const JoinedSeen& seen) {
  std::string paths;
  for (const auto& one : seen.directories) paths += " " + shell_word(one.path.string());
  const Check check{"pool.files", "a node key, a signer's record, directories of mode 0700",
                    "`horae pool join`, once, before the first start; chmod 700" + paths +
                        ". Never put a signer's record back from a copy; where it is lost, `horae "
                        "pool release-signer` (docs/pool.md)"};
  if (!seen.id) return check.failed("the node key: " + seen.id.error().what);
  if (!seen.record) {
    return check.failed(
        "the signer's record is not there: nothing would be signed before a "
        "hundred blocks in a row without this key");
  }
  for (const auto& one : seen.directories) {
    if (!one.trouble.empty()) return check.failed(one.trouble);
    if (!one.mode) return check.failed(one.path.string() + " is not there");
    if ((*one.mode & 077) == 0 && one.ours) continue;
    return check.failed(fmt::format("{} has mode {:04o}{}", one.path.string(), *one.mode,
                                    one.ours ? "" : ", and is of another user"));
  }
  return check.ok("this member is known as " + *seen.id);
}

Finding judge_pool_peers(const std::vector<PeerSeen>& peers, std::size_t members) {
  const Check check{"pool.peers", "every peer answers where it is said to be",
                    "see that it runs and that its pool.listen is reached from here; enter what "
                    "its `horae pool join` printed in pool.peers"};
  if (peers.empty()) {
    return members == 1 ? check.ok("none: the pool has one member")
                        : check.warning("none is named: another member must name this one");
  }
  std::string silent;
  std::size_t answering = 0;
  for (const auto& one : peers) {
    if (one.answers) {
      ++answering;
    } else {
      silent +=
          fmt::format("{}{}: {}", silent.empty() ? "" : "; ", one.name, one.answers.error().what);
    }
  }
  if (silent.empty()) return check.ok(fmt::format("all {} answer", answering));
  return check.warning(fmt::format("{} of {} answer; {}", answering, peers.size(), silent));
}

Finding judge_pool_copies(const MemberSeen& seen, std::uint64_t copies) {
  const Check check{"pool.copies", "acknowledge.copies: no more members than the pool has",
                    "give acknowledge.copies a smaller number, unless more members have joined "
                    "since: with more than there are, no transaction of users is acknowledged"};
  if (!seen.genesis) return skipped(check.id, "the genesis cannot be read");
  const auto members = seen.genesis->read().getMembers().size();
  if (copies > members) {
    return check.warning(fmt::format("{} are wanted, and the genesis names {}", copies, members));
  }
  return check.ok(fmt::format("{} of {}", copies, members));
}

}  // namespace horae::doctor
