#include "tests/fuzz/seeds.hpp"

#include <random>

#include "events/penalties/evidence.hpp"
#include "tests/events/blocks/signed_block.hpp"
#include "tests/fixture/deciders.hpp"
#include "tests/fixture/engine.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/tools/duty_scene.hpp"

namespace horae::fuzz {
namespace {

using namespace horae::test;

// The records of a small life.
std::vector<Bytes> records() {
  Deciders node;
  node.begin();
  const Offer offer;
  node(submit_command(offer));
  node(submit_command({.max_fee = 200, .tip = 20}));
  Draft draft(node.shared.blocks);
  node(draft.command());
  node(include_of(1, {}, {{account(1), 1}}));
  return node.log.values;
}

std::vector<Bytes> payloads() {
  std::vector<Bytes> out;
  for (const auto& value : records()) {
    out.emplace_back(value.begin() + RecordHeader::size, value.end());
  }
  const auto command = submit_command({});
  out.emplace_back(command.bytes().begin(), command.bytes().end());
  return out;
}

std::vector<Bytes> txns() {
  std::vector<Bytes> out;
  for (const std::uint8_t type : Bytes{0, 1, 2}) out.push_back(raw_of(Transfer{.type = type}));
  return out;
}

// One of each kind that needs no engine.
std::vector<Bytes> evidence_files() {
  const auto low = raw_of(Transfer{.from = 10, .tip = gwei(1)});
  const auto high = raw_of(Transfer{.from = 11, .tip = gwei(2)});
  const auto next = raw_of(Transfer{.from = 10, .nonce = 1, .tip = gwei(1)});
  const auto broken = signed_block_of({low, high}), sandwich = signed_block_of({low, high, next});
  return {encode_evidence(*evidence_of_two(broken.read(), sandwich.read())),
          encode_evidence(*evidence_in(broken.read())),
          encode_evidence(*evidence_in(sandwich.read()))};
}

// A pool from its first record on, one with a reorganisation of L1, and one with all its duties.
std::vector<Bytes> logs() {
  LogScene pool;
  pool.live();
  DutyScene duties;
  duties.live_on();
  return {tape(records()), tape(pool.values), tape(duties.values)};
}

// Chance alone: whatever the bytes are, they say something.
std::vector<Bytes> rows_of_commands() {
  std::mt19937_64 random(7);
  std::vector<Bytes> out(16, Bytes(2048));
  for (auto& row : out) {
    for (auto& each : row) each = static_cast<std::uint8_t>(random());
  }
  return out;
}

}  // namespace

std::vector<Bytes> seeds(const std::string& target) {
  if (target == "message") return payloads();
  if (target == "txn") return txns();
  if (target == "record") return records();
  if (target == "log") return logs();
  if (target == "evidence") return evidence_files();
  if (target == "rlp") return {raw_of(Transfer{.type = 0})};
  if (target == "settle") return rows_of_commands();
  stop("no such target: " + target);
}

}  // namespace horae::fuzz
