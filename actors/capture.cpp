#include "actors/capture.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <boost/json.hpp>
#include <caf/atom.hpp>
#include <caf/type_nr.hpp>
#include <typeindex>
#include <unordered_map>

#include "actors/interfaces.hpp"
#include "core/hash.hpp"
#include "events/json.hpp"
#include "schemas/link.capnp.h"
#include "schemas/pool.capnp.h"
#include "telemetry/meter.hpp"

namespace horae {
namespace {

namespace json = boost::json;

// Fills bytes and decode of what it is shown; runs on the sender's thread, so it copies no more
// than pointers to shared bytes and small values.
using Capture = void (*)(const void* content, CapturedMessage& out);

// Cheaper to copy than to find out whose they are.
constexpr std::size_t small_bytes = 1024;

struct Kind {
  const char* name;
  Capture capture;
};

template <class S>
void capture_message(const void* content, CapturedMessage& out) {
  const auto& sent = *static_cast<const Msg<S>*>(content);
  if (sent.empty()) return;
  out.bytes = sent.bytes().size();
  // A small one may be a piece of something large, as receipts are of their commit's.
  const auto message = out.bytes <= small_bytes ? Message::trusted(sent.bytes()) : Message(sent);
  out.decode = [message] { return json::serialize(to_json(message, capnp::Schema::from<S>())); };
}

// What is small is turned into a value at once.
template <class T, json::object (*describe)(const T&)>
void capture_value(const void* content, CapturedMessage& out) {
  out.decode = [value = describe(*static_cast<const T*>(content))] {
    return json::serialize(value);
  };
}

void capture_append(const void* content, CapturedMessage& out) {
  const auto& append = *static_cast<const Append*>(content);
  for (const auto& fact : append.decision.facts) out.bytes += fact.payload.bytes().size();
  if (out.bytes > MessageRing::largest) return;
  out.decode = [decision = append.decision, cause = append.cause]() -> std::string {
    json::object shown{{"cause", cause}};
    if (!decision.ok()) {
      shown["refused"] = reason_name(decision.refused);
      shown["detail"] = decision.detail;
    }
    json::array facts;
    for (const auto& fact : decision.facts) facts.push_back(fact_json(fact.domain, fact.payload));
    shown["facts"] = std::move(facts);
    return json::serialize(shown);
  };
}

void capture_together(const void* content, CapturedMessage& out) {
  const auto& append = *static_cast<const AppendTogether*>(content);
  json::array decisions;
  for (const auto& decision : append.decisions) {
    for (const auto& fact : decision.facts) out.bytes += fact.payload.bytes().size();
    json::object shown{{"facts", decision.facts.size()}};
    if (!decision.ok()) shown["refused"] = reason_name(decision.refused);
    decisions.push_back(std::move(shown));
  }
  out.decode = [shown = json::object{{"decisions", std::move(decisions)}}] {
    return json::serialize(shown);
  };
}

// The key is the hash by which consensus calls an input, too.
template <class Carrier>
void capture_input(const void* content, CapturedMessage& out) {
  const auto& input = static_cast<const Carrier*>(content)->input;
  out.bytes = input.size();
  if (out.bytes > MessageRing::largest) return;
  out.decode = [input] {
    json::object shown{{"key", to_hex(sha256(input))}, {"bytes", input.size()}};
    if (const auto parsed = Msg<schema::PoolInput>::parse(input)) {
      const auto read = parsed->read();
      shown["number"] = read.getNumber();
      shown["sender"] = to_hex(view(read.getSender()));
      if (const auto command = Msg<schema::SharedCommand>::parse(view(read.getCommand()))) {
        shown["command"] = to_json(*command, capnp::Schema::from<schema::SharedCommand>());
      }
    }
    return json::serialize(shown);
  };
}

void capture_raw(const void* content, CapturedMessage& out) {
  const auto& raw = static_cast<const SubmitRaw*>(content)->raw;
  out.bytes = raw.size();
  if (out.bytes > MessageRing::largest) return;
  out.decode = [raw] { return json::serialize(json::object{{"raw", to_hex(raw)}}); };
}

void capture_member_answer(json::object shown, const Result<Bytes>& told, CapturedMessage& out) {
  if (!told) {
    shown["fault"] = told.error().what;
  } else {
    out.bytes = told->size();
    if (out.bytes > MessageRing::largest) return;
    if (const auto answer = Msg<schema::MemberAnswer>::parse(*told)) {
      shown["answer"] = to_json(*answer, capnp::Schema::from<schema::MemberAnswer>());
    }
  }
  out.decode = [shown = std::move(shown)] { return json::serialize(shown); };
}

void capture_forwarded(const void* content, CapturedMessage& out) {
  const auto& told = *static_cast<const Forwarded*>(content);
  capture_member_answer({{"batch", told.batch}}, told.answer, out);
}
void capture_copies_answered(const void* content, CapturedMessage& out) {
  const auto& told = *static_cast<const CopiesAnswered*>(content);
  capture_member_answer({{"request", told.request}}, told.answer, out);
}

void capture_evidence_answer(const void* content, CapturedMessage& out) {
  capture_message<schema::Receipt>(&static_cast<const EvidenceAnswer*>(content)->receipt, out);
}

template <class Asked, class S>
void capture_question(const void* content, CapturedMessage& out) {
  capture_message<S>(&static_cast<const Asked*>(content)->query, out);
}

json::object beyond(const Beyond& asked) { return {{"seq", asked.seq}}; }
json::object durable(const Durable& told) { return {{"seq", told.seq}}; }
json::object tree(const DurableTree& told) { return {{"size", told.tree.size()}}; }
json::object nothing(const AskTree&) { return {}; }
json::object write_checkpoint(const WriteCheckpoint&) { return {}; }
json::object checkpoint(const CheckpointWritten& written) {
  if (!written.done) return {{"fault", written.done.error().what}};
  return {{"size", written.size}};
}
json::object account_of(const AccountOf& asked) { return {{"address", to_hex(asked.address)}}; }
json::object account(const AccountAnswer& answer) {
  if (!answer.account) return {{"fault", answer.account.error().what}};
  return {{"nonce", answer.account->nonce},
          {"balance", to_decimal(answer.account->balance)},
          {"block", answer.block}};
}
json::object build(const BuildBlock& wanted) {
  return {{"parent", to_hex(wanted.parent)},
          {"timestamp", wanted.attributes.timestamp},
          {"gasLimit", wanted.attributes.gas_limit},
          {"baseFee", to_decimal(wanted.attributes.base_fee)},
          {"txns", wanted.txns.size()}};
}
json::object built(const BuildAnswer& answer) {
  if (!answer.payload) return {{"fault", answer.payload.error().what}};
  const auto& block = answer.payload->block;
  return {{"number", block.number},
          {"hash", to_hex(block.hash)},
          {"gasUsed", block.gas_used},
          {"txns", block.txns.size()},
          {"skipped", answer.payload->skipped.size()}};
}
json::object adopt(const AdoptBlock& wanted) {
  return {{"number", wanted.payload.block.number}, {"hash", to_hex(wanted.payload.block.hash)}};
}
json::object adopted(const AdoptAnswer& answer) {
  if (!answer.done) return {{"fault", answer.done.error().what}};
  return {};
}
json::object align(const AlignEngine& wanted) { return {{"number", wanted.number}}; }
json::object aligned(const AlignAnswer& answer) {
  if (!answer.done) return {{"fault", answer.done.error().what}};
  return {};
}
json::object check_engine(const CheckEngine&) { return {}; }
json::object built_block(const BuiltBlock& told) { return adopt({told.payload, 0, {}}); }
json::object forget_built(const ForgetBuilt&) { return {}; }
json::object await_block(const AwaitBlock& asked) { return {{"number", asked.number}}; }
json::object block_taken(const BlockTaken& answer) {
  if (!answer.done) return {{"fault", answer.done.error().what}};
  return {{"seq", answer.seq}};
}
json::object leader_gone(const LeaderGone& told) {
  return {{"leader", to_hex(told.leader)}, {"gone", told.gone}};
}
json::object leader_stands(const LeaderStands& told) {
  return {{"leader", to_hex(told.leader)}, {"block", told.block}};
}
json::object yield_turn(const YieldTurn&) { return {}; }
json::object member_link(const MemberLink& link) {
  return {{"member", to_hex(link.member)}, {"open", link.open}, {"why", link.why}};
}
json::object turn_begins(const TurnBegins& told) { return {{"seq", told.seq}}; }
json::object forwards_refused(const ForwardsRefused& told) {
  return {{"count", told.count}, {"first", to_hex(told.first)}, {"why", told.why}};
}
json::object linked_members(const LinkedMembers& told) {
  json::array members;
  for (const auto& member : told.members) members.push_back(json::value(to_hex(member)));
  return {{"members", std::move(members)}};
}
json::object in_block(const InBlock& told) { return {{"txns", told.hashes.size()}}; }
json::object copy_txn(const CopyTxn& wanted) {
  return {{"hash", to_hex(wanted.hash)}, {"bytes", wanted.raw.size()}};
}
json::object doubt(const L1Doubt& told) { return {{"why", told.why}}; }
json::object sign(const SignDigest& wanted) { return {{"digest", to_hex(wanted.digest)}}; }
// A signature is said in the log when it may be; here only whether there is one.
json::object signed_(const SignAnswer& answer) {
  if (!answer.signature) return {{"fault", answer.signature.error().what}};
  return {{"signed", true}};
}
json::object evidence(const SubmitEvidence& submitted) {
  return {{"bytes", submitted.file.size()}};
}
json::object accusing(const Accusation& accusation) {
  const auto& shown = accusation.shown();
  return {
      {"kind", fault_name(shown.kind)}, {"block", shown.block}, {"signer", to_hex(shown.signer)}};
}
json::object submit_answer(const SubmitAnswer& answer) {
  json::object out{{"hash", to_hex(answer.hash)}};
  if (answer.refused != Reason::NONE) {
    out["refused"] = reason_name(answer.refused);
    out["detail"] = answer.detail;
  }
  return out;
}

json::object ask_applied(const AskApplied&) { return {}; }
json::object applied_height(const AppliedBlock& told) {
  return {{"height", told.height}, {"appHash", to_hex(told.app_hash)}};
}
json::object pool_beginning(const BeginPool& asked) {
  return {{"chain", asked.genesis.chain_id}, {"members", asked.genesis.members.size()}};
}
json::object pool_begun(const PoolBegun& answer) {
  if (!answer.app_hash) return {{"fault", answer.app_hash.error().what}};
  return {{"appHash", to_hex(*answer.app_hash)}};
}
json::object input_outcome(const TxnOutcome& outcome) {
  return {{"code", outcome.code}, {"words", outcome.words}};
}
json::object ordered(const OrderedBlock& block) {
  std::size_t bytes = 0;
  for (const auto& input : block.txns) bytes += input.size();
  return {{"height", block.height},
          {"hash", to_hex(block.hash)},
          {"inputs", block.txns.size()},
          {"bytes", bytes}};
}
json::object accept_block(const AcceptBlock& asked) { return ordered(asked.block); }
json::object settle_block(const SettleBlock& asked) { return ordered(asked.block); }
json::object settled_block(const BlockSettled& answer) {
  if (!answer.outcome) return {{"fault", answer.outcome.error().what}};
  const auto& outcome = *answer.outcome;
  return {{"inputs", outcome.txns.size()},
          {"refused", std::ranges::count_if(outcome.txns,
                                            [](const TxnOutcome& one) { return one.code != 0; })},
          {"changedMembers", outcome.changed.size()},
          {"appHash", to_hex(outcome.app_hash)}};
}
json::object apply_block(const ApplyBlock&) { return {}; }
json::object retained_from(const BlockApplied& answer) {
  if (!answer.retained) return {{"fault", answer.retained.error().what}};
  return {{"retained", *answer.retained}};
}
json::object block_executed(const BlockExecuted& told) {
  return {{"number", told.number}, {"hash", to_hex(told.hash)}};
}
json::object block_differs(const BlockDiffers& told) {
  return {{"number", told.block.number}, {"got", to_hex(told.block.got)}};
}
json::object revoke_block(const RevokeBlock& wanted) { return {{"number", wanted.number}}; }
json::object propose_answer(const ProposeAnswer& answer) {
  if (!answer.outcome) return {{"fault", answer.outcome.error().what}};
  return input_outcome(*answer.outcome);
}

template <class S>
std::pair<std::type_index, Kind> message(const char* name) {
  return {typeid(Msg<S>), {name, capture_message<S>}};
}
template <class T, json::object (*describe)(const T&)>
std::pair<std::type_index, Kind> value(const char* name) {
  return {typeid(T), {name, capture_value<T, describe>}};
}

const std::unordered_map<std::type_index, Kind>& kinds() {
  static const std::unordered_map<std::type_index, Kind> all{
      message<schema::LockingCommand>("LockingCommand"),
      message<schema::BlocksCommand>("BlocksCommand"),
      message<schema::RewardsCommand>("RewardsCommand"),
      message<schema::MpcCommand>("MpcCommand"),
      message<schema::PenaltiesCommand>("PenaltiesCommand"),
      message<schema::MempoolCommand>("MempoolCommand"),
      message<schema::ChooseTxns>("ChooseTxns"),
      message<schema::ChosenTxns>("ChosenTxns"),
      message<schema::WorldQuery>("WorldQuery"),
      message<schema::ArchiveQuery>("ArchiveQuery"),
      message<schema::WorldAnswer>("WorldAnswer"),
      message<schema::OpenRound>("OpenRound"),
      message<schema::PlanSubmission>("PlanSubmission"),
      message<schema::Receipt>("Receipt"),
      {typeid(Append), {"Append", capture_append}},
      {typeid(AppendTogether), {"AppendTogether", capture_together}},
      {typeid(CheckInput), {"CheckInput", capture_input<CheckInput>}},
      {typeid(ProposeInput), {"ProposeInput", capture_input<ProposeInput>}},
      {typeid(SubmitRaw), {"SubmitRaw", capture_raw}},
      {typeid(AskWorld), {"AskWorld", capture_question<AskWorld, schema::WorldQuery>}},
      {typeid(AskArchive), {"AskArchive", capture_question<AskArchive, schema::ArchiveQuery>}},
      value<Beyond, beyond>("Beyond"),
      value<Durable, durable>("Durable"),
      value<AskTree, nothing>("AskTree"),
      value<DurableTree, tree>("DurableTree"),
      value<WriteCheckpoint, write_checkpoint>("WriteCheckpoint"),
      value<CheckpointWritten, checkpoint>("CheckpointWritten"),
      value<AccountOf, account_of>("AccountOf"),
      value<AccountAnswer, account>("AccountAnswer"),
      value<BuildBlock, build>("BuildBlock"),
      value<BuildAnswer, built>("BuildAnswer"),
      value<AdoptBlock, adopt>("AdoptBlock"),
      value<AdoptAnswer, adopted>("AdoptAnswer"),
      value<AlignEngine, align>("AlignEngine"),
      value<AlignAnswer, aligned>("AlignAnswer"),
      value<CheckEngine, check_engine>("CheckEngine"),
      value<BuiltBlock, built_block>("BuiltBlock"),
      value<ForgetBuilt, forget_built>("ForgetBuilt"),
      value<AwaitBlock, await_block>("AwaitBlock"),
      value<BlockTaken, block_taken>("BlockTaken"),
      value<LeaderGone, leader_gone>("LeaderGone"),
      value<LeaderStands, leader_stands>("LeaderStands"),
      value<YieldTurn, yield_turn>("YieldTurn"),
      value<MemberLink, member_link>("MemberLink"),
      {typeid(Forwarded), {"Forwarded", capture_forwarded}},
      value<TurnBegins, turn_begins>("TurnBegins"),
      value<ForwardsRefused, forwards_refused>("ForwardsRefused"),
      value<LinkedMembers, linked_members>("LinkedMembers"),
      value<InBlock, in_block>("InBlock"),
      value<CopyTxn, copy_txn>("CopyTxn"),
      {typeid(CopiesAnswered), {"CopiesAnswered", capture_copies_answered}},
      value<L1Doubt, doubt>("L1Doubt"),
      value<SignDigest, sign>("SignDigest"),
      value<SignAnswer, signed_>("SignAnswer"),
      value<SubmitEvidence, evidence>("SubmitEvidence"),
      value<Accusation, accusing>("Accusation"),
      value<SubmitAnswer, submit_answer>("SubmitAnswer"),
      value<AskApplied, ask_applied>("AskApplied"),
      value<AppliedBlock, applied_height>("AppliedBlock"),
      value<BeginPool, pool_beginning>("BeginPool"),
      value<PoolBegun, pool_begun>("PoolBegun"),
      value<TxnOutcome, input_outcome>("TxnOutcome"),
      value<AcceptBlock, accept_block>("AcceptBlock"),
      value<SettleBlock, settle_block>("SettleBlock"),
      value<BlockSettled, settled_block>("BlockSettled"),
      value<ApplyBlock, apply_block>("ApplyBlock"),
      value<BlockApplied, retained_from>("BlockApplied"),
      value<ProposeAnswer, propose_answer>("ProposeAnswer"),
      value<BlockExecuted, block_executed>("BlockExecuted"),
      value<BlockDiffers, block_differs>("BlockDiffers"),
      value<RevokeBlock, revoke_block>("RevokeBlock"),
      {typeid(EvidenceAnswer), {"EvidenceAnswer", capture_evidence_answer}},
  };
  return all;
}

// horae::(anonymous namespace)::Commit is Commit.
std::string short_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> whole(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), std::free);
  std::string name(status == 0 ? whole.get() : type.name());
  while (!name.empty() && name.back() == '>') name.pop_back();
  const auto colon = name.rfind(':');
  return colon == std::string::npos ? name : name.substr(colon + 1);
}

}  // namespace

CapturedMessage capture(const caf::mailbox_element& element, std::uint64_t from) {
  CapturedMessage out;
  out.at_ns = ActorMeter::now_ns();
  out.from = from;
  out.answer = element.mid.is_response();
  const auto& content = element.content();
  if (content.empty()) {
    out.kind = "nothing";
    return out;
  }
  const auto [number, type] = content.type(0);
  if (number == caf::type_nr<caf::atom_value>::value) {
    out.kind = caf::to_string(content.get_as<caf::atom_value>(0));
  } else if (number != 0) {
    out.kind = caf::numbered_type_names[number - 1];
  } else if (const auto found = kinds().find(*type); found != kinds().end()) {
    out.kind = found->second.name;
    found->second.capture(content.get(0), out);
  } else {
    out.kind = short_name(*type);
  }
  return out;
}

}  // namespace horae
