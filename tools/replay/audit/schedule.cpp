#include "tools/replay/audit/schedule.hpp"

#include <fmt/format.h>

#include "tools/replay/audit/fold.hpp"
#include "tools/replay/reading.hpp"

namespace horae::replay {
namespace {

namespace json = boost::json;

bool begins_epoch(const RecordView& record) {
  return record.header.domain == Domain::BLOCKS &&
         record.header.kind == schema::BlocksFact::EPOCH_STARTED;
}

std::int64_t credit_of(const TurnCredits& credits, const U256& id) {
  const auto known = credits.find(id);
  return known == credits.end() ? 0 : known->second;
}

json::object epoch_json(const Epoch& epoch) {
  return {{"number", epoch.number},
          {"why", schema_name(epoch.why)},
          {"sequencerId", to_decimal(epoch.sequencer_id)},
          {"signer", to_hex(epoch.signer)},
          {"startBlock", epoch.start_block},
          {"endBlock", epoch.end_block}};
}

json::object told_json(const ToldEpoch& told) {
  auto out = epoch_json(told.epoch);
  out["seq"] = told.seq;
  out["lastBlock"] = nullptr;
  if (told.last_block >= told.epoch.start_block) out["lastBlock"] = told.last_block;
  json::array shares;
  for (const auto& each : told.epoch.shares) {
    shares.push_back({{"sequencerId", to_decimal(each.share.id)},
                      {"signer", to_hex(each.signer)},
                      {"power", each.share.power},
                      {"passedOver", each.passed_over},
                      {"credit", std::to_string(credit_of(told.credits, each.share.id))}});
  }
  out["shares"] = std::move(shares);
  return out;
}

std::string why_words(schema::EpochCause why) {
  using schema::EpochCause;
  switch (why) {
    case EpochCause::NONE:
      return "with its first block: members took no turns";
    case EpochCause::FIRST:
      return "none was before it";
    case EpochCause::LENGTH:
      return "the one before had all its blocks";
    case EpochCause::LEADER_LEFT:
      return "the leader before it left, or signs with another key";
    case EpochCause::LEADER_REPLACED:
      return "the leader before it was replaced";
    case EpochCause::LEADER_YIELDED:
      return "the leader before it gave its turn away";
  }
  stop("an epoch that began for a reason of a newer version");
}

std::string blocks_made(const ToldEpoch& told) {
  const auto& epoch = told.epoch;
  if (told.last_block < epoch.start_block) return "none made";
  if (told.last_block == epoch.end_block) return "all made";
  return "made up to " + std::to_string(told.last_block);
}

std::string epoch_text(const ToldEpoch& told) {
  const auto& epoch = told.epoch;
  auto out = fmt::format(
      "epoch {}, record {}: {}\n"
      "  leader    sequencer {} {}\n"
      "  blocks    {} to {}: {}\n",
      epoch.number, told.seq, why_words(epoch.why), to_decimal(epoch.sequencer_id),
      to_hex(epoch.signer), epoch.start_block, epoch.end_block, blocks_made(told));
  for (const auto& each : epoch.shares) {
    out += fmt::format("  sequencer {} of power {}: credit {}{}\n", to_decimal(each.share.id),
                       each.share.power, credit_of(told.credits, each.share.id),
                       each.passed_over ? ", passed over" : "");
  }
  return out;
}

}  // namespace

Outcome<Schedule> schedule_of(const Source& source, unsigned coming,
                              std::atomic<std::uint64_t>* at) {
  Schedule out;
  World world;
  Reading reading(at, "folding", source.last());
  Walk walk(source.reader(), 1, source.last());
  for (;; walk.pop()) {
    const auto value = walk.peek();
    if (!value) return tl::unexpected(value.error());
    if (*value == nullptr) break;
    reading.at((*value)->seq);
    if (auto folded = fold_checked(world, **value); !folded) {
      return refuse(folded.error().trouble, to_text(folded.error()));
    }
    const auto& chain = world.shared.blocks;
    if (const auto record = decode_record((*value)->value); record && begins_epoch(*record)) {
      out.epochs.push_back({world.seq, chain.epoch, chain.credits, 0});
    }
    if (!out.epochs.empty()) out.epochs.back().last_block = chain.head.number;
  }
  out.has_turns = world.shared.blocks.turns.has_value();
  out.coming = coming_turns(world.shared, coming);
  return out;
}

json::object to_json(const Schedule& schedule) {
  json::array epochs, coming;
  for (const auto& each : schedule.epochs) epochs.push_back(told_json(each));
  for (const auto& each : schedule.coming) coming.push_back(epoch_json(each));
  return {
      {"turns", schedule.has_turns}, {"epochs", std::move(epochs)}, {"coming", std::move(coming)}};
}

std::string to_text(const Schedule& schedule) {
  std::string out;
  for (const auto& each : schedule.epochs) out += epoch_text(each);
  if (schedule.epochs.empty()) out += "No epoch has begun in this log.\n";
  if (!schedule.has_turns) {
    return out + "Members of this log's pool take no turns: one sequencer makes all blocks.\n";
  }
  if (!schedule.coming.empty()) {
    out += "to come, if every block is made and nothing else changes:\n";
  }
  for (const auto& each : schedule.coming) {
    out +=
        fmt::format("  epoch {}, blocks {} to {}: sequencer {} {}\n", each.number, each.start_block,
                    each.end_block, to_decimal(each.sequencer_id), to_hex(each.signer));
  }
  return out;
}

}  // namespace horae::replay
