#pragma once

#include <boost/test/unit_test.hpp>

#include "events/pool/members.hpp"
#include "tests/fixture/deciders.hpp"
#include "tests/fixture/pool_genesis.hpp"

namespace horae::test {

/// A pool of members with the secrets 1 to n, and what they say.
struct Agreed {
  SharedState state;
  WrittenLog log;
  std::vector<Decision> decisions;
  std::uint64_t number = 0;  // of the last input

  explicit Agreed(const std::vector<std::uint64_t>& powers = {10, 10, 10, 10})
      : Agreed(genesis_of(powers)) {}
  explicit Agreed(const Msg<schema::PoolGenesis>& genesis) {
    const auto founding = found(state, genesis.read());
    BOOST_REQUIRE_MESSAGE(founding.has_value(), (founding ? "" : founding.error().what));
    for (const auto& decision : *founding) keep(decision);
  }
  Decision operator()(std::uint8_t member, const Msg<schema::SharedCommand>& command) {
    return said(member, ++number, command);
  }
  Decision said(std::uint8_t member, std::uint64_t with_number,
                const Msg<schema::SharedCommand>& command) {
    auto decision = settle(state, command.read(), {address_of_secret(member), with_number});
    keep(decision);
    return decision;
  }
  Decision report(std::uint8_t member, const Msg<schema::LockingCommand>& command,
                  std::uint64_t finalized = 0) {
    return (*this)(member, report_command(state.pool.place, command.read(), finalized));
  }
  // All of them say the same; with it, the pool has agreed.
  void all(const Msg<schema::LockingCommand>& command, std::uint64_t finalized = 0) {
    const auto place = state.pool.place;
    for (std::uint8_t member = 1; state.pool.place == place; ++member) {
      const auto said = report(member, command, finalized);
      BOOST_REQUIRE_MESSAGE(said.ok(), said.detail);
    }
  }
  void keep(const Decision& decision) {
    log.add(decision);
    decisions.push_back(decision);
  }
  // What the auditor folds of it.
  void check_replay() const {
    World world;
    for (const auto& value : log.values) {
      const auto record = decode_record(value);
      const auto done = fold(world, *record, Trust::bytes);
      BOOST_REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().what));
    }
    BOOST_TEST((state_hash(world.shared) == state_hash(state)));
    BOOST_TEST((app_hash(world.shared.digests) == app_hash(state.digests)));
  }
};

inline std::string refusal(const Decision& decision) { return schema_name(decision.refused); }

}  // namespace horae::test
