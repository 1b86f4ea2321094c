#include <fmt/core.h>

#include <boost/json/serialize.hpp>

#include "core/crypto/secp256k1.hpp"
#include "core/files.hpp"
#include "node/cli/commands.hpp"
#include "node/cli/which_node.hpp"
#include "node/config/flags.hpp"
#include "node/health/pool_json.hpp"
#include "node/logging/ending.hpp"
#include "node/logging/format.hpp"
#include "node/pool/change_file.hpp"
#include "node/pool/genesis_file.hpp"
#include "node/pool/make_genesis.hpp"
#include "node/pool/pool_link.hpp"
#include "node/pool/release_signer.hpp"
#include "node/start/options.hpp"
#include "tools/inspect/attach.hpp"

namespace horae {
namespace {

namespace json = boost::json;

Exit pool_refused(const Failure& failure) { return logging::ended("pool", failure); }

tl::unexpected<Failure> not_done(Trouble trouble, std::string what) {
  return tl::unexpected(Failure{trouble, std::move(what)});
}

Started<config::Config> whole_settings(const config::Given& given) {
  auto loaded = config::load(given);
  for (const auto& one : loaded.problems) {
    fmt::print(stderr, "{}: {}\n", logging::printable(one.where), logging::printable(one.what));
  }
  if (!loaded.problems.empty()) return not_done(Trouble::settings, "the settings are not whole");
  return std::move(loaded.config);
}

struct GenesisChoices {
  std::string name, out = "pool-genesis.json";
  std::vector<std::string> members;
  unsigned l1_step = 8;
  std::uint64_t absence_hours = 24;
};

// PUBKEY=POWER, the key 64 bytes in hex as `horae keys show-pubkey` tells it.
Result<std::pair<Address, Member>> parse_member(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos) return fail(text + ": PUBKEY=POWER is wanted");
  const auto key = fixed_from_hex<PublicKey>(text.substr(0, equals));
  if (!key) return within(text, key.error());
  const auto power = u256_from_decimal(text.substr(equals + 1));
  if (!power || *power == 0 || *power > PoolAgreement::most_power) {
    return fail(text + ": the power is METIS, 1 to " + std::to_string(PoolAgreement::most_power));
  }
  return std::pair{address_of(*key), Member{*key, static_cast<std::uint64_t>(*power), {}}};
}

Started<GenesisWanted> wanted_genesis(const GenesisChoices& choices) {
  GenesisWanted out{choices.name, choices.l1_step, choices.absence_hours * 3'600'000, {}};
  for (const auto& text : choices.members) {
    const auto member = parse_member(text);
    if (!member) return not_done(Trouble::usage, "--member " + member.error().what);
    if (!out.members.insert(*member).second) {
      return not_done(Trouble::usage, "--member " + text + ": it stands twice");
    }
  }
  return out;
}

Started<Msg<schema::PoolGenesis>> pools_genesis(const config::Config& config,
                                                const GenesisChoices& choices) {
  const auto wanted = wanted_genesis(choices);
  if (!wanted) return tl::unexpected(wanted.error());
  return make_genesis(config, *wanted);
}

Exit make_genesis_file(const config::Given& given, const GenesisChoices& choices) {
  const auto config = whole_settings(given);
  if (!config) return pool_refused(config.error());
  if (std::filesystem::exists(choices.out)) {
    return pool_refused({Trouble::there_already, choices.out + " is there already"});
  }
  const bool alone = choices.name.empty() && choices.members.empty();
  const auto genesis = alone ? genesis_alone(follow_options(*config), sequence_options(*config))
                             : pools_genesis(*config, choices);
  if (!genesis) return pool_refused(genesis.error());
  const auto text = genesis_text(*genesis);
  if (auto written = replace_file_durably(choices.out, text); !written) {
    return pool_refused({Trouble::file_access, written.error().what});
  }
  fmt::print("genesis     {}\npool        {}\nsha256      {}\n", choices.out,
             alone ? "(a node alone)" : choices.name, to_hex(sha256(as_bytes(text))).substr(2));
  if (alone) return Exit::ok;
  fmt::print(
      stderr,
      "horae pool genesis: give every member this file, unchanged; `sha256sum` shows whether it "
      "is\n");
  return Exit::ok;
}

struct ChangeChoices {
  std::string out = "rule-change.json";
  std::uint64_t from_block = 0;
  std::uint32_t needs = known_rules();
  bool revocable = false;
};

Exit make_change_file(const config::Given& given, const ChangeChoices& choices) {
  const auto config = whole_settings(given);
  if (!config) return pool_refused(config.error());
  if (std::filesystem::exists(choices.out)) {
    return pool_refused({Trouble::there_already, choices.out + " is there already"});
  }
  const auto change = make_change(*config, choices.from_block, choices.needs, choices.revocable);
  if (auto written = replace_file_durably(choices.out, change_text(change)); !written) {
    return pool_refused({Trouble::file_access, written.error().what});
  }
  fmt::print(
      "{} is a change of the shared rules from L1's block {} on: each member that wants it names "
      "it as pool.rule_change, unchanged, and starts again.\n"
      "SHA-256 of its bytes, to compare: {}\n",
      choices.out, choices.from_block, to_hex(change_digest(change.read())));
  return Exit::ok;
}

Started<PoolOptions> member_options(const config::Config& config) {
  auto options = options_of(config);
  if (!options) return tl::unexpected(options.error());
  if (!options->pool) {
    return not_done(Trouble::settings, "pool.genesis names no pool's genesis: name the pool's");
  }
  return std::move(*options->pool);
}

Exit join_by(const config::Given& given) {
  const auto config = whole_settings(given);
  if (!config) return pool_refused(config.error());
  const auto options = member_options(*config);
  if (!options) return pool_refused(options.error());
  const auto directory = DataDirectory::lock(config->datadir);
  if (!directory) return pool_refused(directory.error());
  const auto& pool = *options;
  const auto id = join_pool(config->datadir, pool.genesis, pool.key);
  if (!id) return pool_refused({Trouble::pool_signer, id.error().what});
  fmt::print("peer        {}@{}\n", *id, pool.endpoint.shown());
  fmt::print(stderr, "horae pool join: every member enters this peer in pool.peers\n");
  return Exit::ok;
}

struct ReleaseChoices {
  std::optional<std::uint64_t> above;
  bool word = false;
};

constexpr std::string_view what_the_word_is = R"(
That no other signer runs with this key is your word, and nothing checks it: two of
them sign two things at one height, which all members see as a fault of this one. End
the other for good first. Where it went on after this node ended, or where this data
directory or a part of it was put back from a copy, give the pool's height by --above
(`horae pool status` at another member). A block above that height with this key's
signature contradicts the word: the signer is silent again, as ever. Where the pool
cannot go on for these heights without this member, nothing of this helps.
docs/pool.md, The signer's record, has more.
)";

Exit release_by(const config::Given& given, const ReleaseChoices& choices) {
  const auto config = whole_settings(given);
  if (!config) return pool_refused(config.error());
  const auto options = member_options(*config);
  if (!options) return pool_refused(options.error());
  const auto directory = DataDirectory::lock(config->datadir);
  if (!directory) return pool_refused(directory.error());
  auto release = look_at_release(config->datadir, options->genesis.read().getName().cStr(),
                                 options->key, choices.above);
  if (!release) return pool_refused({Trouble::pool_signer, release.error().what});
  fmt::print("{}", release->words());
  if (!choices.word) {
    fmt::print("{}", what_the_word_is);
    fmt::print(stderr, "nothing is changed: --no-other-signs-with-this-key is not given\n");
    return Exit::precondition;
  }
  if (auto done = release->carry_out(); !done) {
    return pool_refused({Trouble::pool_signer, done.error().what});
  }
  fmt::print("by your word it signs from there on, when the node runs\n");
  return Exit::ok;
}

Exit tell_pool_status(const WhichNode& which, bool as_json) {
  const auto finder = find_node(which);
  if (!finder) return pool_refused({Trouble::settings, finder.error().what});
  const auto asked = finder->ask();
  if (asked.kind != Asked::answers) {
    return pool_refused(
        {asked.kind == Asked::none ? Trouble::not_ready : Trouble::node_silent, asked.words});
  }
  const auto* pool = asked.status.if_contains("pool");
  if (pool == nullptr) {
    return pool_refused({Trouble::pool_genesis, "this node is alone: it is in no pool"});
  }
  fmt::print("{}", as_json ? json::serialize(*pool) + "\n" : pool_text(pool->as_object()));
  return Exit::ok;
}

// Longer than the node waits for the pool.
constexpr unsigned word_patience_ms = 20'000;

// tell: says it to the node. verb: of the command.
template <class Tell>
Exit tell_node(const WhichNode& which, const char* verb, Tell tell) {
  const auto paths = find_directory(which);
  if (!paths) return pool_refused({Trouble::settings, paths.error().what});
  auto attached = inspect::Attachment::open(paths->inspect_socket(), word_patience_ms);
  if (!attached) {
    // Whether there is a process at all, its ops port and its lock say better.
    const auto asked = NodeFinder(*paths).ask();
    return pool_refused(asked.kind == Asked::none ? Failure{Trouble::not_ready, asked.words}
                                                  : attached.error());
  }
  const auto outcome = tell(*attached);
  if (!outcome) return pool_refused(outcome.error());
  const std::string words = (**outcome).getWords().cStr();
  switch ((**outcome).getState()) {
    case schema::Inspector::WordState::DONE:
    case schema::Inspector::WordState::NEEDLESS:
      fmt::print("{}\n", words);
      return Exit::ok;
    case schema::Inspector::WordState::UNSETTLED:
      return pool_refused({Trouble::not_ready, words});
    case schema::Inspector::WordState::UNKNOWN:
    case schema::Inspector::WordState::REFUSED:
      break;
  }
  fmt::print(stderr, "horae pool {}: {}\n", verb, words);
  return Exit::precondition;
}

}  // namespace

void add_pool_command(cli::Command& app, Exit& code) {
  auto command = app.add_subcommand("pool", "A pool of sequencers that agree by consensus");
  command.require_subcommand();

  auto genesis = command.add_subcommand(
      "genesis",
      "Write the file that every member begins with, by the leader's settings; or a node "
      "alone, by its own");
  const auto leader = config::add_flags(genesis);
  auto choices = std::make_shared<GenesisChoices>();
  genesis.add_option("--name", choices->name,
                     "Of the pool, 1 to 50 characters; without it and members: of a node alone");
  genesis.add_option("--member", choices->members, "PUBKEY=POWER, for each member, power in METIS");
  genesis
      .add_option("--l1-step", choices->l1_step,
                  "L1 blocks between two heads that the members agree on")
      .show_default();
  genesis
      .add_option("--absence-hours", choices->absence_hours,
                  "A member that is away for so long loses its voice; 0: none does")
      .show_default()
      .range(std::uint64_t{0}, std::uint64_t{8760});
  genesis.add_option("--out", choices->out, "The file to write").show_default();
  genesis.callback([=, &code] { code = make_genesis_file(*leader, *choices); });

  auto change = command.add_subcommand(
      "change", "Write a change of the shared rules, as these settings would have them");
  const auto wanted = config::add_flags(change);
  auto changed = std::make_shared<ChangeChoices>();
  change
      .add_option("--from-block", changed->from_block,
                  "The block of L1 from which it is to hold: one that is not agreed on yet")
      .required()
      .range(std::uint64_t{1}, UINT64_MAX);
  change
      .add_option("--needs", changed->needs,
                  "The version of the shared rules that a node must know from there on")
      .show_default();
  change.add_flag("--revocable", changed->revocable,
                  "Blocks are revoked where two thirds of the power have them otherwise, and paid "
                  "once they are attested, as in a new genesis");
  change.add_option("--out", changed->out, "The file to write").show_default();
  change.callback([=, &code] { code = make_change_file(*wanted, *changed); });

  auto join = command.add_subcommand(
      "join", "Make what a member needs before its first start, and say where it is reached");
  const auto member = config::add_flags(join);
  join.callback([=, &code] { code = join_by(*member); });

  auto release = command.add_subcommand(
      "release-signer",
      "Let a member's signer that is silent sign again, by your word that no other signer has its "
      "key; the node does not run");
  const auto silent = config::add_flags(release);
  auto word = std::make_shared<ReleaseChoices>();
  release.add_option(
      "--above", word->above,
      "The pool's height now, where another signer or a copy may be beyond this log");
  release.add_flag("--no-other-signs-with-this-key", word->word,
                   "Your word; without it nothing is changed, and what it would do is told");
  release.callback([=, &code] { code = release_by(*silent, *word); });

  auto yield = command.add_subcommand(
      "yield",
      "Have the running node give its turn to make blocks to the next member, so that it can be "
      "ended with no block late");
  const auto leading = add_which_directory(yield);
  yield.callback([=, &code] {
    code = tell_node(*leading, "yield", [](auto& attached) { return attached.yield_turn(); });
  });

  auto revoke = command.add_subcommand(
      "revoke",
      "Have the running node tell the pool that a block of L2 is to be revoked, and all behind it: "
      "by two thirds of the power, where members' engines do not agree on it");
  const auto deciding = add_which_directory(revoke);
  auto block = std::make_shared<std::uint64_t>(0);
  revoke.add_option("--block", *block, "The block, which is not attested")
      .required()
      .range(std::uint64_t{1}, UINT64_MAX);
  revoke.callback([=, &code] {
    code = tell_node(*deciding, "revoke",
                     [&](auto& attached) { return attached.revoke_block(*block); });
  });

  auto status = command.add_subcommand(
      "status", "Say who the members are, how far they have come, and who differs");
  const auto which = add_which_node(status);
  auto as_json = std::make_shared<bool>(false);
  status.add_flag("--json", *as_json, "One line of JSON");
  status.callback([=, &code] { code = tell_pool_status(*which, *as_json); });
}

}  // namespace horae
