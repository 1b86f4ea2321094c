#pragma once

#include "tests/events/blocks/signed_block.hpp"
#include "tests/events/pool/agreed.hpp"

namespace horae::test {

/// A pool of four whose first leads and has 10 of the power by L1, and that attests its blocks.
struct Attesting : Agreed {
  static constexpr std::uint64_t agreed_head = 40;  // of L1

  explicit Attesting(std::uint32_t most = 3,
                     const std::vector<std::uint64_t>& powers = {10, 20, 10, 20})
      : Agreed(genesis_of(powers, 8, most)) {
    all(timed_opening());
    all(Scene::block(20, {locked_by_secret(1, 1, metis(10), metis(10))}));
    all(advance_to(agreed_head, 0));
  }
  Decision seal() {
    Draft draft(state.blocks);
    draft.before_signing = [&](Draft::Header header) {
      header.getL1Origin().setNumber(agreed_head);
      header.getL1Origin().setHash(data(Scene::block_hash(agreed_head)));
    };
    const auto command = draft.command();
    return (*this)(
        1, Msg<schema::SharedCommand>::build([&](auto root) { root.setBlocks(command.read()); }));
  }
  Decision attest(int member, std::uint64_t block, const Hash32& hash) {
    return (*this)(static_cast<std::uint8_t>(member),
                   Msg<schema::SharedCommand>::build([&](auto root) {
                     auto said = root.initPool().initAttest();
                     said.setNumber(block);
                     said.setHash(data(hash));
                   }));
  }
  Decision attest(int member, std::uint64_t block) {
    return attest(member, block, unattested_hash(state.blocks, block).value_or(Hash32{}));
  }
  [[nodiscard]] std::uint64_t attested() const { return safe_block(state.blocks); }
};

}  // namespace horae::test
