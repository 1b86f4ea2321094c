#include <capnp/any.h>
#include <capnp/dynamic.h>

#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/storage/directory.hpp"
#include "tests/tools/duty_scene.hpp"
#include "tools/replay/audit/verify.hpp"

using namespace horae;
using namespace horae::replay;
using test::Directory;
using test::DutyScene;
using test::LogScene;
using test::Scene;

namespace {

const DutyScene& shared_audit_life() { return test::duties(); }

// The first finding; a fold that stops is one, too, as the binary tells it.
std::optional<Finding> find(const std::vector<Bytes>& values) {
  const Directory directory;
  LogScene::write(directory.path, values);
  const auto source = Source::open(directory.path);
  if (!source) throw std::runtime_error(source.error().what);
  const test::StopsThrow stops;
  std::atomic<std::uint64_t> at = 0;
  try {
    const auto outcome = verify(*source, &at);
    if (outcome) return std::nullopt;
    return outcome.error();
  } catch (const std::logic_error& stopped) {
    return Finding{Trouble::log_corrupt, at, "stop", "a fact that follows", stopped.what()};
  }
}

void audit_found(const std::vector<Bytes>& values, std::uint64_t seq, std::string_view what) {
  const auto finding = find(values);
  BOOST_REQUIRE_MESSAGE(finding, "nothing found, wanted " << what << " at " << seq);
  BOOST_TEST_CONTEXT(to_text(*finding)) {
    BOOST_TEST(finding->seq == seq);
    BOOST_TEST(finding->what.find(what) != std::string::npos, "wanted " << what);
    BOOST_TEST((exit_of(finding->trouble) == Exit::mismatch));
  }
}

RecordHeader header_of(const Bytes& value) { return decode_record(value)->header; }
BytesView payload_of(const Bytes& value) { return BytesView(value).subspan(RecordHeader::size); }

// The place of a fact in the log, counted from 0; skip: how many of its kind stand before it.
std::size_t place_of(const std::vector<Bytes>& values, Domain domain, auto kind, int skip = 0) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto header = header_of(values[i]);
    if (header.domain != domain || header.kind != static_cast<std::uint16_t>(kind)) continue;
    if (skip-- == 0) return i;
  }
  throw std::runtime_error("no such fact in the scene");
}

Bytes with_payload(const Bytes& value, BytesView payload) {
  Bytes out(value.begin(), value.begin() + RecordHeader::size);
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}
void set_more(Bytes& value, bool more) { value[7] = more ? 1 : 0; }

capnp::StructSchema schema_of(Domain domain) {
  return for_domain(domain, [](auto row) -> capnp::StructSchema {
    return capnp::Schema::from<typename decltype(row)::Fact>();
  });
}

/// Alters one value of a message: the one that so many others stand before.
class Alteration {
 public:
  explicit Alteration(std::size_t others) : left_(others) {}

  /// Where it is; none where the message has fewer.
  std::optional<std::string> of(capnp::DynamicStruct::Builder body, const std::string& path) {
    KJ_IF_MAYBE (active, body.which()) {
      if (auto done = in(body, *active, path)) return done;
    }
    for (auto field : body.getSchema().getNonUnionFields()) {
      if (auto done = in(body, field, path)) return done;
    }
    return std::nullopt;
  }

 private:
  using Builder = capnp::DynamicValue::Builder;

  std::optional<std::string> in(capnp::DynamicStruct::Builder body,
                                capnp::StructSchema::Field field, const std::string& path) {
    const std::string name = field.getProto().getName().cStr();
    const auto full = path.empty() ? name : path + "." + name;
    if (!body.has(field)) return std::nullopt;
    auto value = body.get(field);
    return alter(value, full,
                 [&](const capnp::DynamicValue::Reader& other) { body.set(field, other); });
  }

  using Set = std::function<void(const capnp::DynamicValue::Reader&)>;

  std::optional<std::string> alter(Builder& value, const std::string& path, const Set& set) {
    switch (value.getType()) {
      case capnp::DynamicValue::STRUCT:
        return of(value.as<capnp::DynamicStruct>(), path);
      case capnp::DynamicValue::LIST: {
        auto list = value.as<capnp::DynamicList>();
        for (unsigned i = 0; i < list.size(); ++i) {
          auto element = list[i];
          auto done = alter(element, path + "[" + std::to_string(i) + "]",
                            [&](const capnp::DynamicValue::Reader& other) { list.set(i, other); });
          if (done) return done;
        }
        return std::nullopt;
      }
      case capnp::DynamicValue::BOOL:
        return turn([&] { set(!value.as<bool>()); }, path);
      case capnp::DynamicValue::UINT:
        return turn([&] { set(value.as<std::uint64_t>() ^ 1u); }, path);
      case capnp::DynamicValue::INT:
        return turn([&] { set(value.as<std::int64_t>() ^ 1); }, path);
      case capnp::DynamicValue::ENUM:
        return turn(
            [&] {
              const auto word = value.as<capnp::DynamicEnum>();
              const auto other = static_cast<std::uint16_t>(word.getRaw() == 1 ? 2 : 1);
              set(capnp::DynamicEnum(word.getSchema(), other));
            },
            path);
      case capnp::DynamicValue::TEXT:
        return turn(
            [&] {
              set(capnp::Text::Reader((value.as<capnp::Text>().cStr() + std::string("x")).c_str()));
            },
            path);
      case capnp::DynamicValue::DATA: {
        auto bytes = value.as<capnp::Data>();
        if (bytes.size() == 0) return std::nullopt;
        return turn([&] { bytes[bytes.size() - 1] ^= 1; }, path);
      }
      case capnp::DynamicValue::UNKNOWN:
      case capnp::DynamicValue::VOID:
      case capnp::DynamicValue::FLOAT:
      case capnp::DynamicValue::CAPABILITY:
      case capnp::DynamicValue::ANY_POINTER:
        return std::nullopt;
    }
    return std::nullopt;
  }

  template <class Do>
  std::optional<std::string> turn(Do act, const std::string& path) {
    if (left_-- > 0) return std::nullopt;
    act();
    return path;
  }

  std::size_t left_;
};

struct Altered {
  std::string path;
  Bytes payload;
};
std::optional<Altered> altered(const Bytes& value, std::size_t which) {
  const auto schema = schema_of(header_of(value).domain);
  const auto bytes = payload_of(value);
  const Message message = Message::trusted(bytes);
  const auto all = message.bytes();
  const kj::ArrayPtr<const capnp::word> words(reinterpret_cast<const capnp::word*>(all.data()),
                                              all.size() / sizeof(capnp::word));
  capnp::SegmentArrayMessageReader reader(kj::arrayPtr(&words, 1));
  capnp::MallocMessageBuilder builder;
  builder.setRoot(reader.getRoot<capnp::DynamicStruct>(schema));
  const auto path =
      Alteration(which).of(builder.getRoot<capnp::DynamicStruct>(schema), std::string());
  if (!path) return std::nullopt;
  const auto canonical = builder.getRoot<capnp::AnyStruct>().asReader().canonicalize();
  const auto out = canonical.asBytes();
  return Altered{*path, Bytes(out.begin(), out.end())};
}

// Of each kind of fact the last record with the longest payload.
std::vector<std::size_t> one_of_each_kind(const std::vector<Bytes>& values) {
  std::map<std::pair<Domain, std::uint16_t>, std::size_t> out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto header = header_of(values[i]);
    if (header.domain == Domain::MEMPOOL) continue;
    const auto [known, fresh] = out.try_emplace({header.domain, header.kind}, i);
    if (!fresh && values[i].size() >= values[known->second].size()) known->second = i;
  }
  std::vector<std::size_t> places;
  for (const auto& [kind, place] : out) places.push_back(place);
  return places;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(shared_audit)

BOOST_AUTO_TEST_CASE(an_honest_life_is_in_order) {
  const auto finding = find(shared_audit_life().values);
  BOOST_REQUIRE_MESSAGE(!finding, (finding ? to_text(*finding) : ""));
  LogScene short_one;
  short_one.live();
  BOOST_TEST(!find(short_one.values));
}

// Whether the rules make the fact, and not L1, the operator or the node's own clock alone.
bool is_derived(const Bytes& value) {
  const auto header = header_of(value);
  switch (header.domain) {
    case Domain::LOCKING:
      return header.kind == schema::LockingFact::DISCREPANCY_FOUND;
    case Domain::BLOCKS:
      return header.kind == schema::BlocksFact::BLOCK_SEALED ||
             header.kind == schema::BlocksFact::EPOCH_STARTED;
    case Domain::MPC:
      return header.kind != schema::MpcFact::KEY_CREATED;
    case Domain::SUBMISSIONS:
      return header.kind != schema::SubmissionsFact::PARAMETERS_SET;
    case Domain::REWARDS:
      return true;
    case Domain::PENALTIES:
      return header.kind == schema::PenaltiesFact::FAULT_PROVEN ||
             header.kind == schema::PenaltiesFact::CONSEQUENCE_DRAWN;
    default:
      return false;
  }
}

// What the log alone cannot show, of the facts that the rules make.
const std::set<std::string> beyond = {
    // L1's word
    "mined.block.hash", "mined.block.number", "mined.gasPrice", "mined.gasUsed", "mined.number",
    "reverted.block.hash", "reverted.block.number", "reverted.gasPrice", "reverted.gasUsed",
    "reverted.reason",
    // the submitter's own knowledge
    "periodReopened.cause", "periodReopened.detail", "periodReopened.txnHash", "stalled.detail",
    "stalled.reason",
    // the node's clock, and the members' silence
    "roundOpened.deadlineMs", "roundTimedOut.missing[0]", "replaced.timeMs", "sent.timeMs",
    "signed.timeMs"};

// Every value of every kind of fact that the rules make is altered once, and all hashes are made
// anew: it is found in its record.
BOOST_AUTO_TEST_CASE(an_altered_value_is_found_where_it_is) {
  std::set<std::string> unfound;
  std::map<std::string, int> found;
  for (const auto place : one_of_each_kind(shared_audit_life().values)) {
    if (!is_derived(shared_audit_life().values[place])) continue;
    for (std::size_t which = 0;; ++which) {
      const auto change = altered(shared_audit_life().values[place], which);
      if (!change) break;
      auto values = shared_audit_life().values;
      values[place] = with_payload(values[place], change->payload);
      LogScene::rechain(values);
      const auto finding = find(values);
      if (!finding) {
        unfound.insert(change->path);
        continue;
      }
      ++found[change->path.substr(0, change->path.find('.'))];
      // Another plan ends other submissions, before it.
      const bool before = change->path == "planned.slot.batchId" && finding->seq == place;
      BOOST_TEST((finding->seq == place + 1 || before), change->path << ": " << to_text(*finding));
    }
  }
  BOOST_TEST(unfound == beyond, boost::test_tools::per_element());
  for (const auto* kind : {"periodClosed", "batchPaid", "blockCredited", "slotSigned",
                           "epochStarted", "blockSealed", "faultProven", "roundOpened"}) {
    BOOST_TEST(found[kind] >= 5, kind);
  }
}

BOOST_AUTO_TEST_CASE(a_reaction_that_was_left_out_is_found_where_it_should_follow) {
  using Rewards = schema::RewardsFact;
  const auto without_the_last_of_its_decision = [](Domain domain, auto kind) {
    auto values = shared_audit_life().values;
    const auto place = place_of(values, domain, kind);
    BOOST_REQUIRE(!header_of(values[place]).more);
    values.erase(values.begin() + static_cast<std::ptrdiff_t>(place));
    set_more(values[place - 1], false);
    LogScene::renumber(values, place, true);
    return std::pair(values, place);  // which is the seq of the one before
  };
  const auto check = [&](Domain domain, auto kind) {
    const auto [values, seq] = without_the_last_of_its_decision(domain, kind);
    audit_found(values, seq, "what follows in the decision");
  };
  check(Domain::REWARDS, Rewards::BLOCK_CREDITED);
  check(Domain::REWARDS, Rewards::BATCH_PAID);
  check(Domain::REWARDS, Rewards::BATCH_UNPAID);
  check(Domain::LOCKING, schema::LockingFact::DISCREPANCY_FOUND);
}

// The pool's opening tells the rewards its last batch; the scene's rules came before it.
BOOST_AUTO_TEST_CASE(the_opening_of_rewards_that_the_pool_led_to_is_not_left_out) {
  auto values = shared_audit_life().values;
  const auto place = place_of(values, Domain::REWARDS, schema::RewardsFact::REWARDS_OPENED, 1);
  values.erase(values.begin() + static_cast<std::ptrdiff_t>(place));
  set_more(values[place - 1], false);
  LogScene::renumber(values, place, true);
  audit_found(values, place, "what follows in the decision");
}

BOOST_AUTO_TEST_CASE(a_consequence_that_was_left_out_is_found) {
  auto values = shared_audit_life().values;
  const auto place =
      place_of(values, Domain::PENALTIES, schema::PenaltiesFact::CONSEQUENCE_DRAWN, 1);
  values.erase(values.begin() + static_cast<std::ptrdiff_t>(place));
  set_more(values[place - 1], false);
  LogScene::renumber(values, place, true);
  audit_found(values, place, "what follows in the decision");
}

BOOST_AUTO_TEST_CASE(a_fact_that_nothing_led_to_is_found) {
  using Rewards = schema::RewardsFact;
  const auto alone = [](Domain domain, auto kind) {
    auto values = shared_audit_life().values;
    auto copy = values[place_of(values, domain, kind)];
    set_more(copy, false);
    std::fill_n(copy.begin() + 24, 8, std::uint8_t{0});
    // Time goes on.
    std::copy_n(values.back().begin() + 16, 8, copy.begin() + 16);
    values.push_back(std::move(copy));
    LogScene::renumber(values, values.size() - 1, false);
    return values;
  };
  const auto check = [&](Domain domain, auto kind, std::string_view what) {
    audit_found(alone(domain, kind), shared_audit_life().values.size() + 1, what);
  };
  check(Domain::REWARDS, Rewards::BLOCK_CREDITED, "blockCredited");
  check(Domain::REWARDS, Rewards::BATCH_PAID, "batchPaid");
  check(Domain::REWARDS, Rewards::BATCH_UNPAID, "batchUnpaid");
  check(Domain::LOCKING, schema::LockingFact::DISCREPANCY_FOUND, "discrepancyFound");
  check(Domain::PENALTIES, schema::PenaltiesFact::CONSEQUENCE_DRAWN, "consequenceDrawn");
  check(Domain::BLOCKS, schema::BlocksFact::EPOCH_STARTED, "epochStarted");
  // What was decided before is no decision now.
  check(Domain::REWARDS, Rewards::PERIOD_CLOSED, "periodClosed");
  check(Domain::MPC, schema::MpcFact::KEY_CREATED, "keyCreated");
  check(Domain::MPC, schema::MpcFact::SLOT_SIGNED, "slotSigned");
  check(Domain::PENALTIES, schema::PenaltiesFact::FAULT_PROVEN, "faultProven");
  check(Domain::SUBMISSIONS, schema::SubmissionsFact::SETTLED, "settled");
}

BOOST_AUTO_TEST_CASE(an_epoch_that_was_not_started_is_found_at_its_block) {
  auto values = shared_audit_life().values;
  const auto place = place_of(values, Domain::BLOCKS, schema::BlocksFact::EPOCH_STARTED);
  values.erase(values.begin() + static_cast<std::ptrdiff_t>(place));
  LogScene::renumber(values, place, true);
  audit_found(values, place + 1, "decision");
}

BOOST_AUTO_TEST_CASE(a_round_for_what_was_never_composed_is_found) {
  auto values = shared_audit_life().values;
  const auto closed = place_of(values, Domain::REWARDS, schema::RewardsFact::PERIOD_CLOSED);
  const auto take_out = [&] {
    values.erase(values.begin() + static_cast<std::ptrdiff_t>(closed));
    LogScene::renumber(values, closed, true);
  };
  take_out();
  audit_found(values, closed + 1, "planned");
  take_out();
  audit_found(values, closed + 1, "roundOpened");
}

BOOST_AUTO_TEST_CASE(decisions_made_one_are_found) {
  const auto joined = [](std::size_t place) {
    auto values = shared_audit_life().values;
    set_more(values[place], true);
    LogScene::rechain(values);
    return values;
  };
  const auto& values = shared_audit_life().values;
  const auto closed = place_of(values, Domain::REWARDS, schema::RewardsFact::PERIOD_CLOSED);
  audit_found(joined(closed), closed + 2, "decision");
  // Nothing hides behind the mempool's facts.
  for (std::size_t i = 0; i + 1 < values.size(); ++i) {
    if (header_of(values[i]).domain != Domain::MEMPOOL || header_of(values[i]).more ||
        header_of(values[i + 1]).domain == Domain::MEMPOOL) {
      continue;
    }
    audit_found(joined(i), i + 2, "decision");
    break;
  }
}

BOOST_AUTO_TEST_CASE(another_cause_within_a_decision_is_found) {
  auto values = shared_audit_life().values;
  const auto place = place_of(values, Domain::REWARDS, schema::RewardsFact::BATCH_PAID);
  values[place][24] = static_cast<std::uint8_t>(values[place][24] - 1);
  LogScene::rechain(values);
  audit_found(values, place + 1, "batchPaid, cause");
}

BOOST_AUTO_TEST_SUITE_END()
