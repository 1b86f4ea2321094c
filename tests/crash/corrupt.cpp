// Random faults on copies of a log with its tree and its checkpoint: crash-corrupt [--faults N]
// [--seed N] [--verbose]. The auditor (verify and the tree) and the start of a node read
// each copy. Each fault must be reported by both, or be harmless: every record, the tree and the
// checkpoint's word are as they were. Ends with 1 where one is neither.

#include <unistd.h>

#include <fstream>
#include <random>

#include "core/checkpoint.hpp"
#include "core/cli/command.hpp"
#include "core/exit.hpp"
#include "node/start/log_session.hpp"
#include "storage/log_tree.hpp"
#include "tests/crash/child.hpp"
#include "tests/crash/damage.hpp"
#include "tests/storage/directory.hpp"
#include "tests/tools/log_scene.hpp"
#include "tools/replay/audit/verify.hpp"
#include "tools/replay/source.hpp"

namespace {

using namespace horae;
using namespace horae::crash;
using test::LogScene;

void write_file(const std::filesystem::path& path, BytesView bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
}
Bytes read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A life of a node under some load.
LogScene life() {
  LogScene out;
  out.live();
  std::uint64_t nonce = 0;
  for (int block = 0; block < 24; ++block) {
    // Those of live() are left alone: they have nonces of their own.
    for (std::uint8_t sender = 20; sender < 60; ++sender) {
      out.submit(sender, nonce, 1 + static_cast<std::uint64_t>(sender * 7 + block) % 97);
    }
    ++nonce;
    const auto proposal = out.propose();
    out.seal(proposal);
    out.include(proposal);
  }
  return out;
}

// The log's own key enters its first record, which all others are linked to.
void give_key(std::vector<Bytes>& values, const Identity& identity) {
  const auto decision = open_log(NodeState{}, identity);
  const auto payload = decision.facts.at(0).payload.bytes();
  values[0].resize(RecordHeader::size);
  values[0].insert(values[0].end(), payload.begin(), payload.end());
  LogScene::rechain(values);
}

Original make_original(Dice& dice) {
  const auto scene = life();
  Original out;
  out.values = scene.values;
  const auto key = Ed25519Key::make();
  auto identity = scene.world.local.node.identity;
  identity.log_public_key = key.public_key();
  give_key(out.values, identity);
  const auto origin =
      log_origin(identity.l1_chain_id, identity.l2_chain_id, identity.log_public_key);
  const auto sign = [&](const merkle::Frontier& tree) {
    return sign_note(to_text({origin, tree.size(), tree.root()}), origin, key);
  };

  const test::Directory directory;
  const auto log = DataPaths{directory.path}.log();
  merkle::Frontier tree;
  {
    auto environment = open_log(log, Access::rebuildable);
    if (!environment) stop(environment.error().what);
    LogWriter writer(*environment);
    for (std::size_t next = 0; next < out.values.size();) {
      std::vector<LogEntry> entries;
      std::vector<Hash32> tiles;
      const auto first = next + 1;
      const auto wanted = 1 + dice.below(dice.below(4) == 0 ? 60 : 8);
      while (next < out.values.size()) {
        const BytesView value(out.values[next++]);
        entries.push_back({value, {}});
        if (const auto tile = tree.add(record_hash(*decode_record(value)))) tiles.push_back(*tile);
        if (entries.size() >= wanted && value[7] == 0) break;
      }
      if (auto done = writer.append(first, entries, tiles); !done) stop(done.error().what);
      if (2 * next > out.values.size() && out.older_checkpoint.empty()) {
        out.older_checkpoint = sign(tree);
      }
      auto metas = read_file(log / "data.mdb");
      metas.resize(8192);
      out.metas.push_back(std::move(metas));
    }
  }
  const auto environment = open_log(log, Access::read_only);
  if (!environment) stop(environment.error().what);
  const auto tiles = LogTree(*environment, nullptr).stored_tiles();
  if (!tiles) stop(tiles.error().what);
  for (const auto& tile : *tiles) {
    out.tiles.emplace_back(tile.bytes.begin(), tile.bytes.end());
  }
  out.file = read_file(log / "data.mdb");
  out.checkpoint = sign(tree);
  return out;
}

// What `horae-replay verify` says, in words; nothing where all is in order.
std::string audit(const std::filesystem::path& directory) {
  const auto source = replay::Source::open(directory);
  if (!source) return source.error().what;
  if (source->last() == 0) return "the log is empty";
  const auto verified = replay::verify(*source, nullptr);
  return verified ? std::string() : to_text(verified.error());
}

std::string start(const std::filesystem::path& directory) {
  const auto session = LogSession::open(DataPaths{directory});
  return session ? std::string() : session.error().what;
}

// Whether a reader gets what was written, the tree's tiles included.
std::string compare(const std::filesystem::path& directory, const Original& original) {
  const auto environment = open_log(DataPaths{directory}.log(), Access::read_only);
  if (!environment) return environment.error().what;
  std::uint64_t next = 1;
  LogReader reader(*environment);
  const auto shown = reader.scan(0, UINT64_MAX, [&](std::uint64_t seq, BytesView value) {
    return seq == next && seq <= original.values.size() &&
           std::ranges::equal(value, original.values[next++ - 1]);
  });
  if (!shown) return shown.error().what;
  if (*shown != original.values.size()) return "other records";
  merkle::Frontier tree;
  std::vector<Hash32> tiles;
  for (const auto& value : original.values) {
    if (const auto tile = tree.add(record_hash(*decode_record(value)))) tiles.push_back(*tile);
  }
  const auto stored = LogTree(*environment, nullptr).stored_tiles();
  return stored && *stored == tiles ? std::string() : "another tree";
}

// by_page: the reader was ended by a signal on a damaged page, and said so with the exit code for
// it.
enum class Outcome : unsigned char { reported, by_page, by_signal, harmless, missed, endless };
constexpr std::array<const char*, 6> outcome_names = {
    "reported", "reported as a damaged page", "reader ended by a signal", "harmless", "MISSED",
    "ENDLESS"};

Outcome judge(const Ended& ended, bool same) {
  if (ended.signal == SIGALRM) return Outcome::endless;
  if (ended.signal != 0) return Outcome::by_signal;
  if (ended.code == static_cast<int>(Exit::corrupt)) return Outcome::by_page;
  if (ended.code != 0) return Outcome::missed;
  if (!ended.what.empty()) return Outcome::reported;
  return same ? Outcome::harmless : Outcome::missed;
}

using Counts = std::array<std::array<std::uint64_t, outcome_names.size()>, damages>;

void show(const char* reader, const Counts& counts) {
  std::printf("%s:\n", reader);
  for (std::size_t kind = 0; kind < damages; ++kind) {
    std::printf("  %-20s", damage_names[kind]);
    for (std::size_t i = 0; i < outcome_names.size(); ++i) {
      if (counts[kind][i] == 0) continue;
      std::printf("  %llu %s", static_cast<unsigned long long>(counts[kind][i]), outcome_names[i]);
    }
    std::printf("\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  cli::Program app("Random faults on copies of a log; who finds them", "crash-corrupt");
  std::uint64_t faults = 1000;
  std::uint64_t seed = 20231108;
  bool verbose = false;
  app.add_option("--faults", faults, "how many, of all kinds in turn");
  app.add_option("--seed", seed, "of the log and the faults");
  app.add_flag("--verbose", verbose, "each fault with what was said of it");
  if (const auto ended = app.parse_or_tell(argc, argv)) return static_cast<int>(*ended);

  Dice dice(seed);
  const auto original = make_original(dice);
  std::printf("seed %llu, a log of %zu records, %zu pages, %zu commits\n",
              static_cast<unsigned long long>(seed), original.values.size(),
              original.file.size() / 4096, original.metas.size());
  Counts audited{};
  Counts started{};
  std::uint64_t wrong = 0;
  const auto look = [&](const Damaged& damaged, std::size_t kind) {
    const test::Directory place;
    const DataPaths paths{place.path};
    std::filesystem::create_directory(paths.log());
    write_file(paths.log() / "data.mdb", damaged.file);
    write_file(paths.checkpoint(), as_bytes(damaged.checkpoint));
    const auto auditor = in_child([&] { return audit(place.path); });
    const bool same = in_child([&] { return compare(place.path, original); }).what.empty();
    const auto node = in_child([&] { return start(place.path); });
    const auto by_auditor = judge(auditor, same);
    const auto by_node = judge(node, same);
    const bool bad = by_auditor >= Outcome::missed || by_node >= Outcome::missed;
    if (kind < damages) {
      ++audited[kind][static_cast<std::size_t>(by_auditor)];
      ++started[kind][static_cast<std::size_t>(by_node)];
    }
    if (bad || verbose) {
      std::printf("%s%s: auditor: %s %s; node: %s %s\n",
                  kind < damages ? damage_names[kind] : "nothing", damaged.how.c_str(),
                  outcome_names[static_cast<std::size_t>(by_auditor)], auditor.what.c_str(),
                  outcome_names[static_cast<std::size_t>(by_node)], node.what.c_str());
    }
    return std::pair{bad, by_auditor == Outcome::harmless && by_node == Outcome::harmless};
  };
  // A checker that only ever says no would pass, too.
  if (!look({original.file, original.checkpoint, {}}, damages).second) {
    std::printf("the undamaged log is refused\n");
    return 1;
  }
  for (std::uint64_t i = 0; i < faults; ++i) {
    const auto kind = static_cast<std::size_t>(i % damages);
    if (look(damage(original, static_cast<Damage>(kind), dice), kind).first) ++wrong;
  }
  show("the auditor", audited);
  show("the start of a node", started);
  std::uint64_t unsaid = 0;
  for (const auto& counts : started) unsaid += counts[static_cast<std::size_t>(Outcome::by_signal)];
  std::printf("%llu starts ended without a word\n", static_cast<unsigned long long>(unsaid));
  std::printf("%llu faults, %llu neither reported nor harmless\n",
              static_cast<unsigned long long>(faults), static_cast<unsigned long long>(wrong));
  return wrong == 0 ? 0 : 1;
}
