#pragma once

#include <array>
#include <string_view>

#include "core/result.hpp"

namespace horae {

/// Named places at which a test kills the process (`--crash-at POINT` of `horae dev` and `horae
/// run`; docs/testing.md).
enum class CrashPoint : unsigned char {
  none,
  admitting,        // transactions decided, their commit not begun
  built,            // the engine has built (and anvil adopted) the block; nothing of it is logged
  signed_,          // the header is signed; nothing of it is logged
  sealing,          // the block is decided, its commit not begun
  sealed,           // BlockSealed is durable; the engine is not told
  adopted,          // the block is the engine's head; the mempool does not know
  included,         // TxnsIncluded is durable; nobody was told
  round_opened,     // RoundOpened is durable; no member was asked
  slot_signed,      // SlotSigned is durable; whoever asked does not know
  period_closed,    // PeriodClosed is durable; nobody acts on it yet
  period_reopened,  // PeriodReopened is durable; nobody acts on it yet
  submission_planned,  // the plan is durable; nothing is signed
  submission_signed,   // an attempt's bytes are durable; the endpoint does not have them
  submission_sent,     // the endpoint has them; nothing of it is logged
  block_proposed,      // a signed block's input is durable; consensus does not have it
  block_decided,       // consensus decided a block; nothing of it is settled
  block_settled,       // it is settled in memory, and consensus has the outcome's hash next
  block_appended,      // its facts are durable; consensus is not told
  block_told,          // consensus is told; it may not have saved that, and nobody else knows
  gone_back,      // blocks are revoked, and the engine has gone back; the mempool does not know
  returned,       // TxnsReturned is durable; other revoked blocks may still be included
  vote_recorded,  // what is signed for consensus is durable; the signature has not left
};

inline constexpr std::array<std::string_view, 23> crash_point_names = {"none",
                                                                       "admitting",
                                                                       "built",
                                                                       "signed",
                                                                       "sealing",
                                                                       "sealed",
                                                                       "adopted",
                                                                       "included",
                                                                       "round_opened",
                                                                       "slot_signed",
                                                                       "period_closed",
                                                                       "period_reopened",
                                                                       "submission_planned",
                                                                       "submission_signed",
                                                                       "submission_sent",
                                                                       "block_proposed",
                                                                       "block_decided",
                                                                       "block_settled",
                                                                       "block_appended",
                                                                       "block_told",
                                                                       "gone_back",
                                                                       "returned",
                                                                       "vote_recorded"};

struct CrashAt {
  CrashPoint point = CrashPoint::none;
  unsigned nth = 1;
};
/// POINT or POINT:N, N from 1 to 1,000,000; nothing: none.
[[nodiscard]] Result<CrashAt> parse_crash_at(std::string_view text);

/// Kills the process with SIGKILL when it gets to this point for the nth time from now.
void arm_crash(const CrashAt& crash);
/// Does nothing unless armed for this point.
void crash_here(CrashPoint point);

}  // namespace horae
