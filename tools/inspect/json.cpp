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

std::string text(capnp::Text::Reader value) {
  if (value.size() == 0) return "null";
  return boost::json::serialize(boost::json::string(value.begin(), value.size()));
}

std::string known(Inspector::BlockNumber::Reader value) {
  return value.isNumber() ? number(value.getNumber()) : "null";
}

std::string state(Inspector::State value) {
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

std::string actor(Inspector::Actor::Reader value) {
  return object({{"name", text(value.getName())},
                 {"state", state(value.getState())},
                 {"stuckForMs", unless_zero(value.getStuckForMs())},
                 {"busySinceMs", unless_zero(value.getBusySinceMs())},
                 {"mailboxDepth", number(value.getMailboxDepth())},
                 {"messages", number(value.getMessages())},
                 {"facts", number(value.getFacts())},
                 {"rate", fraction(value.getRate())},
                 {"busyShare", number(value.getBusyShare())},
                 {"windowMs", number(value.getWindowMs())},
                 {"lastMessage", text(value.getLastMessage())}});
}

std::string actors(capnp::List<Inspector::Actor>::Reader all) {
  std::string out = "[";
  for (const auto one : all) out += (out.size() > 1 ? "," : "") + actor(one);
  return out + "]";
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

std::string as_json(Inspector::Snapshot::Reader snapshot) {
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
                 {"actors", actors(snapshot.getActors())},
                 {"journal", journal(snapshot.getJournal())},
                 {"engine", object({{"head", number(engine.getHead())},
                                    {"sealedHead", number(engine.getSealedHead())}})},
                 {"l1", object({{"state", text(l1.getState())},
                                {"reason", text(l1.getReason())},
                                {"head", known(l1.getHead())},
                                {"confirmed", known(l1.getConfirmed())},
                                {"finalized", known(l1.getFinalized())}})},
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
                                          {"rate", number(verification.getRate())}})}});
}

}  // namespace horae::inspect
