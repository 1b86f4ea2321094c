#pragma once

#include <capnp/message.h>

#include <functional>

#include "tools/inspect/keys.hpp"
#include "tools/inspect/lines.hpp"

// Snapshots of a node that never was.
namespace horae::test {

using Fill = std::function<void(schema::Inspector::Snapshot::Builder)>;

constexpr std::uint64_t noon_ms = 1'700'000'000'000;

struct MadeActor {
  const char* name;
  std::uint64_t waits = 0;
  double rate = 0;
  std::uint64_t p99_ns = 0;
};

inline void name_actors(schema::Inspector::Snapshot::Builder out,
                        const std::vector<MadeActor>& made) {
  auto actors = out.initActors(static_cast<unsigned>(made.size()));
  for (unsigned i = 0; i < actors.size(); ++i) {
    actors[i].setName(made[i].name);
    actors[i].setMailboxDepth(made[i].waits);
    actors[i].setRate(made[i].rate);
    actors[i].setLastMessage("AMessageWithAVeryLongNameIndeed");
    actors[i].initLatency().setP99(made[i].p99_ns);
  }
}

inline const std::vector<MadeActor> usual_actors{
    {"journal", 3, 120.5, 40'000},   {"sequence", 0, 1.1, 400'000}, {"world", 900, 20, 200'000},
    {"mempool", 1, 51, 7'000},       {"engine", 0, 1, 80'000'000},  {"accounts", 2, 70, 600'000},
    {"block producer", 0, 5, 1'000}, {"door 1", 7, 75, 90'000},     {"door 2", 7, 76, 90'000},
};

inline std::shared_ptr<const inspect::Snapshot> made(const Fill& fill) {
  capnp::MallocMessageBuilder builder;
  auto out = builder.initRoot<schema::Inspector::Snapshot>();
  auto node = out.initNode();
  node.setPid(77);
  node.setVersion("0.1.0");
  node.setStartedMs(noon_ms - 36'000);
  node.setUptimeMs(36'000);
  out.setTime(noon_ms);
  auto condition = out.initCondition();
  condition.setState("producing");
  condition.setWords("producing: block 36 was sealed 0.4 s ago");
  out.initRoom().setState("ample");
  out.initL1().setState("following");
  out.initVerification().setState("none");
  fill(out);
  return std::make_shared<const inspect::Snapshot>(out.asReader());
}

inline inspect::Scene usual_scene() {
  inspect::Scene out;
  out.snapshot = made([](auto snapshot) {
    name_actors(snapshot, usual_actors);
    auto edges = snapshot.initEdges(3);
    const auto edge = [&](unsigned i, const char* from, const char* to, std::uint64_t messages,
                          double rate) {
      edges[i].setFrom(from);
      edges[i].setTo(to);
      edges[i].setMessages(messages);
      edges[i].setRate(rate);
    };
    edge(0, "mempool", "journal", 5000, 51.2);
    edge(1, "outside", "door 1", 70, 99);
    edge(2, "journal", "world", 12, 0);
  });
  return out;
}

/// The screen's lines as text.
inline std::vector<std::string> shown(const inspect::Scene& scene, inspect::View view,
                                      inspect::Size size,
                                      const inspect::Glyphs& glyphs = inspect::ascii_glyphs) {
  std::vector<std::string> out;
  for (const auto& line : inspect::lay_out(scene, std::move(view), size, glyphs).lines) {
    out.push_back(inspect::text_of(line));
  }
  return out;
}

inline bool has(const std::vector<std::string>& lines, const std::string& words) {
  for (const auto& line : lines) {
    if (line.find(words) != std::string::npos) return true;
  }
  return false;
}

}  // namespace horae::test
