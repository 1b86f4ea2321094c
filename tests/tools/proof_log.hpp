#pragma once

#include "core/checkpoint.hpp"
#include "core/merkle.hpp"
#include "tests/storage/directory.hpp"
#include "tests/tools/log_scene.hpp"

namespace horae::test {

/// A log of a key that is at hand, as a node writes it, without any chain.
struct ProofLog {
  Directory directory;
  Ed25519Key key = Ed25519Key::make();
  NodeState node;
  World world;
  std::vector<Bytes> values;

  explicit ProofLog(std::uint64_t size) {
    Identity identity;
    identity.l1_chain_id = 31337;
    identity.l2_chain_id = 10880;
    identity.log_public_key = key.public_key();
    add(open_log(world.local.node, identity));
    while (world.seq < size) add(start_node(world.local.node, "test"));
    test::LogScene::write(directory.path, values);
  }
  void add(const Decision& decision) {
    for (const auto& fact : decision.facts) {
      RecordHeader header{fact.domain, false, world.seq + 1, 1000, 0, world.head, fact.kind};
      const auto bytes = encode(header);
      Bytes value(bytes.begin(), bytes.end());
      value.insert(value.end(), fact.payload.bytes().begin(), fact.payload.bytes().end());
      BOOST_REQUIRE(fold(world, *decode_record(value), Trust::bytes).has_value());
      values.push_back(std::move(value));
    }
  }
  [[nodiscard]] merkle::Frontier tree(std::uint64_t size) const {
    merkle::Frontier out;
    for (std::uint64_t i = 0; i < size; ++i) out.add(record_hash(*decode_record(values[i])));
    return out;
  }
  [[nodiscard]] std::string origin() const { return log_origin(31337, 10880, key.public_key()); }
  [[nodiscard]] SignedCheckpoint sign(std::uint64_t size) const {
    return *parse_checkpoint(
        sign_note(to_text(Checkpoint{origin(), size, tree(size).root()}), origin(), key));
  }
};

}  // namespace horae::test
