# The sets of precompiled headers, a level of the house each: horae_precompiled(NAME HEADERS ...).
# A set holds what takes long to read and seldom changes.
set(base_headers
  <algorithm> <array> <atomic> <chrono> <cstring> <deque> <filesystem> <functional> <map> <memory>
  <mutex> <optional> <set> <span> <string> <string_view> <thread> <tl/expected.hpp> <utility>
  <variant> <vector> <boost/json.hpp> <fmt/format.h> <capnp/dynamic.h> <capnp/message.h>
  <capnp/schema.h>)
set(schema_headers
  [["core/message.hpp"]] [["schemas/snapshot.capnp.h"]] [["schemas/world.capnp.h"]]
  [["schemas/locking.capnp.h"]] [["schemas/blocks.capnp.h"]] [["schemas/mempool.capnp.h"]]
  [["schemas/mpc.capnp.h"]] [["schemas/node.capnp.h"]] [["schemas/penalties.capnp.h"]]
  [["schemas/rewards.capnp.h"]] [["schemas/submissions.capnp.h"]])
set(actor_headers
  <caf/actor_cast.hpp> <caf/actor_system.hpp> <caf/actor_system_config.hpp>
  <caf/scoped_actor.hpp> <caf/send.hpp> <caf/typed_actor.hpp> <caf/typed_event_based_actor.hpp>)
set(test_headers <boost/test/unit_test.hpp> <fstream> <iostream> <random> <sstream>)

# core, storage, edges and what stands on them alone.
horae_precompiled(base HEADERS ${base_headers} LINKS horae_flags CapnProto::capnp Boost::json fmt::fmt)
# events and the auditor's tools.
horae_precompiled(events HEADERS ${base_headers} ${schema_headers}
  LINKS horae_schemas Boost::json fmt::fmt)
horae_precompiled(actors HEADERS ${base_headers} ${schema_headers} ${actor_headers}
  LINKS horae_schemas Boost::json fmt::fmt CAF::core)
# Tests are not optimised, and so need sets of their own.
horae_precompiled(tests HEADERS ${base_headers} ${schema_headers} ${test_headers}
  LINKS horae_schemas Boost::json fmt::fmt Boost::unit_test_framework OPTIONS -O0)
target_compile_definitions(horae_precompiled_tests PRIVATE BOOST_TEST_DYN_LINK)
horae_precompiled(tests_actors
  HEADERS ${base_headers} ${schema_headers} ${test_headers} ${actor_headers}
    [["tests/fixture/house.hpp"]]
  LINKS horae_schemas Boost::json fmt::fmt CAF::core Boost::unit_test_framework PkgConfig::lmdb
  OPTIONS -O0)
target_compile_definitions(horae_precompiled_tests_actors PRIVATE BOOST_TEST_DYN_LINK)
