#include <fmt/format.h>

#include <boost/json.hpp>
#include <initializer_list>
#include <utility>

#include "tools/inspect/show.hpp"

namespace horae::inspect {
namespace {

using schema::Inspector;

// Written by hand, since Boost.JSON would write a rate of 12.5 as 1.25E1.
std::string object(std::initializer_list<std::pair<const char*, std::string>> members) {
  std::string out;
  for (const auto& [key, value] : members) {
    out += fmt::format("{}\"{}\":{}", out.empty() ? "{" : ",", key, value);
  }
  return out + "}";
}

std::string number(std::uint64_t value) { return std::to_string(value); }
std::string fraction(double value) { return fmt::format("{:.1f}", value); }
std::string unless_zero(std::uint64_t value) { return value == 0 ? "null" : number(value); }

std::string json_string(std::string_view value) {
  return boost::json::serialize(boost::json::string(value));
}

std::string text(capnp::Text::Reader value) {
  if (value.size() == 0) return "null";
  return json_string({value.begin(), value.size()});
}

template <class All, class Shown>
std::string list(const All& all, Shown shown) {
  std::string out = "[";
  for (const auto& one : all) out += (out.size() > 1 ? "," : "") + shown(one);
  return out + "]";
}

std::string known_json(Inspector::BlockNumber::Reader value) {
  return value.isNumber() ? number(value.getNumber()) : "null";
}

std::string name_of(Inspector::State value) {
  switch (value) {
    case Inspector::State::IDLE:
      return "\"idle\"";
    case Inspector::State::BUSY:
      return "\"busy\"";
    case Inspector::State::STUCK:
      return "\"stuck\"";
  }
  return "null";
}

std::string latency(Inspector::Latency::Reader value) {
  return object({{"p50", unless_zero(value.getP50())},
                 {"p99", unless_zero(value.getP99())},
                 {"p50SinceStart", unless_zero(value.getP50SinceStart())},
                 {"p99SinceStart", unless_zero(value.getP99SinceStart())}});
}

std::string condition(Inspector::Condition::Reader value) {
  return object({{"state", text(value.getState())},
                 {"words", text(value.getWords())},
                 {"sinceMs", unless_zero(value.getSinceMs())},
                 {"besides", list(value.getBesides(), text)}});
}

std::string edge(Inspector::Edge::Reader value) {
  return object({{"from", text(value.getFrom())},
                 {"to", text(value.getTo())},
                 {"messages", number(value.getMessages())},
                 {"rate", fraction(value.getRate())}});
}

std::string reading(Inspector::LogReading::Reader value) {
  return object({{"pid", number(value.getPid())},
                 {"thread", number(value.getThread())},
                 {"transaction", number(value.getTransaction())},
                 {"behind", number(value.getBehind())}});
}

std::string lint(const Lint& value) {
  return object({{"kind", json_string(name_of(value.kind))},
                 {"actor", value.actor.empty() ? "null" : json_string(value.actor)},
                 {"what", json_string(value.what)}});
}

std::string actor(Inspector::Actor::Reader value) {
  return object({{"name", text(value.getName())},
                 {"state", name_of(value.getState())},
                 {"stuckForMs", unless_zero(value.getStuckForMs())},
                 {"busySinceMs", unless_zero(value.getBusySinceMs())},
                 {"mailboxDepth", number(value.getMailboxDepth())},
                 {"messages", number(value.getMessages())},
                 {"facts", number(value.getFacts())},
                 {"rate", fraction(value.getRate())},
                 {"busyShare", number(value.getBusyShare())},
                 {"windowMs", number(value.getWindowMs())},
                 {"lastMessage", text(value.getLastMessage())},
                 {"latencyNs", latency(value.getLatency())}});
}

std::string journal(Inspector::Journal::Reader value) {
  return object({{"seq", number(value.getSeq())},
                 {"commits", number(value.getCommits())},
                 {"facts", number(value.getFacts())},
                 {"lastBatch", number(value.getLastBatch())},
                 {"largestBatch", number(value.getLargestBatch())},
                 {"meanBatch", fraction(value.getMeanBatch())},
                 {"lastCommitUs", number(value.getLastCommitUs())},
                 {"meanCommitUs", number(value.getMeanCommitUs())},
                 {"slowestCommitUs", number(value.getSlowestCommitUs())}});
}

}  // namespace

std::string as_json(Inspector::Message::Reader message) {
  const auto decoded = message.getDecoded();
  const bool whole = decoded.size() > 0 && !message.getCut();
  return object({{"number", number(message.getNumber())},
                 {"time", number(message.getTime())},
                 {"from", text(message.getFrom())},
                 {"kind", text(message.getKind())},
                 {"answer", message.getAnswer() ? "true" : "false"},
                 {"bytes", number(message.getBytes())},
                 {"content", whole ? std::string(decoded.cStr()) : "null"}});
}

std::string as_json(Inspector::Snapshot::Reader snapshot, const std::vector<Lint>& lints) {
  const auto node = snapshot.getNode();
  const auto engine = snapshot.getEngine();
  const auto l1 = snapshot.getL1();
  const auto production = snapshot.getProduction();
  const auto room = snapshot.getRoom();
  const auto verification = snapshot.getVerification();
  return object({{"node", object({{"pid", number(node.getPid())},
                                  {"version", text(node.getVersion())},
                                  {"startedMs", number(node.getStartedMs())},
                                  {"uptimeMs", number(node.getUptimeMs())}})},
                 {"time", number(snapshot.getTime())},
                 {"condition", condition(snapshot.getCondition())},
                 {"actors", list(snapshot.getActors(), actor)},
                 {"edges", list(snapshot.getEdges(), edge)},
                 {"journal", journal(snapshot.getJournal())},
                 {"engine", object({{"head", number(engine.getHead())},
                                    {"sealedHead", number(engine.getSealedHead())}})},
                 {"l1", object({{"state", text(l1.getState())},
                                {"reason", text(l1.getReason())},
                                {"head", known_json(l1.getHead())},
                                {"confirmed", known_json(l1.getConfirmed())},
                                {"finalized", known_json(l1.getFinalized())}})},
                 {"production", object({{"state", text(production.getState())},
                                        {"reason", text(production.getReason())}})},
                 {"room", object({{"state", text(room.getState())},
                                  {"reason", text(room.getReason())},
                                  {"usedBytes", number(room.getUsedBytes())},
                                  {"mapBytes", number(room.getMapBytes())},
                                  {"diskFreeBytes", number(room.getDiskFreeBytes())}})},
                 {"verification", object({{"state", text(verification.getState())},
                                          {"done", number(verification.getDone())},
                                          {"total", number(verification.getTotal())},
                                          {"rate", number(verification.getRate())}})},
                 {"readers", list(snapshot.getReaders(), reading)},
                 {"lints", list(lints, lint)}});
}

}  // namespace horae::inspect
