#include "node/dev/l1_chain.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <map>

#include "core/files.hpp"
#include "core/u256.hpp"
#include "node/dev/accounts.hpp"

namespace horae::dev {
namespace {

constexpr auto stop_grace = std::chrono::seconds(5);

// Without this anvil writes the state of each of the last 3,600 blocks to the disk, each larger
// than the one before: 77 MB at 1,000 blocks, 672 MB at 3,000. In memory, the finalized block (64
// behind the head) and some more can be asked.
constexpr const char* states_kept = "128";

// The dumps by number, oldest first.
std::map<std::uint64_t, std::filesystem::path> dumps(const std::filesystem::path& home) {
  std::map<std::uint64_t, std::filesystem::path> out;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(home, error)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with("state-") || !name.ends_with(".gz")) continue;
    std::uint64_t number = 0;
    const auto* first = name.data() + 6;
    const auto* last = name.data() + name.size() - 3;
    const auto [end, wrong] = std::from_chars(first, last, number);
    if (wrong == std::errc() && end == last) out[number] = entry.path();
  }
  return out;
}

Result<boost::json::object> block(Anvil& anvil, std::string_view which) {
  auto answer = anvil.call("eth_getBlockByNumber", {which, false});
  if (!answer) return tl::unexpected(answer.error());
  if (!answer->is_object()) return fail("anvil has no block " + std::string(which));
  return answer->get_object();
}

Result<std::string> text_of(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return fail("no " + std::string(name));
  return std::string(value->get_string());
}

}  // namespace

L1Chain::L1Chain(L1Options options, Anvil anvil)
    : options_(std::move(options)), anvil_(std::move(anvil)) {}

L1Chain::~L1Chain() { end_dumping(); }

Result<std::unique_ptr<L1Chain>> L1Chain::start(const L1Options& options,
                                                const std::optional<Hash32>& genesis,
                                                const Say& say) {
  AnvilSpec spec;
  spec.binary = options.anvil;
  spec.home = options.home;
  spec.port = options.port;
  spec.chain_id = l1_chain_id;
  // A killed L1 comes back without its last half minute, or without whatever a developer had it
  // mine in that time: so nothing here is ever final (anvil: two epochs below the head).
  spec.arguments = {"--prune-history", states_kept, "--slots-in-an-epoch", "1000000"};
  // What is loaded joins the anvil's own block 0 and does not replace it: were that another one,
  // the next dump would hold both, and the one after it might come back with the wrong one.
  if (options.genesis_time != 0) {
    spec.arguments.insert(spec.arguments.end(),
                          {"--timestamp", std::to_string(options.genesis_time)});
  }
  auto anvil = Anvil::start(spec);
  if (!anvil) return within("L1", anvil.error());
  std::unique_ptr<L1Chain> chain(new L1Chain(options, std::move(*anvil)));
  if (genesis) {
    if (auto loaded = chain->load(*genesis, say); !loaded) return tl::unexpected(loaded.error());
  }
  return chain;
}

Result<void> L1Chain::load(const Hash32& genesis, const Say& say) {
  const auto found = dumps(options_.home);
  std::string why = "there is none";
  std::vector<std::filesystem::path> bad;
  for (auto dump = found.rbegin(); dump != found.rend(); ++dump) {
    auto loaded = load_dump(dump->second, genesis);
    if (loaded) {
      // A bad one would count among the two that are kept.
      for (const auto& file : bad) std::filesystem::remove(file);
      return {};
    }
    why = loaded.error().what;
    bad.push_back(dump->second);
    say(Level::warn, "the L1's dump " + dump->second.filename().string() + " cannot be used (" +
                         why + "); trying the one before");
  }
  return fail("no dump of the L1 in " + options_.home.string() + " can be used: " + why +
              "; its contracts are lost, and with them the sense of the log: --fresh starts anew");
}

Result<void> L1Chain::load_dump(const std::filesystem::path& file, const Hash32& genesis) {
  auto content = read_small_file(file);
  if (!content) return tl::unexpected(content.error());
  if (auto loaded = anvil_.call("anvil_loadState", {to_hex(as_bytes(*content))}); !loaded) {
    return fail("anvil_loadState refuses it");
  }
  auto first = this->genesis();
  if (!first) return tl::unexpected(first.error());
  if (*first != genesis) return fail("it is of another chain");
  return {};
}

Result<Hash32> L1Chain::genesis() {
  auto first = block(anvil_, "0x0");
  if (!first) return tl::unexpected(first.error());
  auto hash = text_of(*first, "hash");
  if (!hash) return tl::unexpected(hash.error());
  return fixed_from_hex<Hash32>(*hash);
}

Result<void> L1Chain::mine_at_once(bool on) {
  auto done = anvil_.call("evm_setAutomine", {on});
  if (!done) return tl::unexpected(done.error());
  return {};
}

Result<void> L1Chain::go_on(Say say) {
  auto head = block(anvil_, "latest");
  if (!head) return tl::unexpected(head.error());
  auto text = text_of(*head, "timestamp");
  if (!text) return tl::unexpected(text.error());
  auto timestamp = u64_from_quantity(*text);
  if (!timestamp) return tl::unexpected(timestamp.error());
  // The clock began at the genesis time. A jump in time of the former life is forgotten by it, but
  // not by the blocks.
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const auto time = std::max(*timestamp + 1, static_cast<std::uint64_t>(now.count()));
  if (auto set = anvil_.call("anvil_setTime", {time}); !set) return tl::unexpected(set.error());
  if (options_.block_time_s != 0) {
    if (auto set = anvil_.call("evm_setIntervalMining", {options_.block_time_s}); !set) {
      return tl::unexpected(set.error());
    }
  }
  dumper_ = std::thread([this, say = std::move(say)] {
    const auto interval = std::chrono::seconds(options_.dump_interval_s);
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, interval, [this] { return ending_; })) {
      lock.unlock();
      if (auto dumped = dump(); !dumped)
        say(Level::warn, "the L1's state was not saved: " + dumped.error().what);
      lock.lock();
    }
  });
  return {};
}

Result<void> L1Chain::dump() {
  const std::lock_guard lock(dump_mutex_);
  auto state = anvil_.call("anvil_dumpState");
  if (!state) return tl::unexpected(state.error());
  if (!state->is_string()) return fail("anvil_dumpState answers with something else than hex");
  auto bytes = from_hex(state->get_string());
  if (!bytes) return within("anvil_dumpState", bytes.error());

  const auto before = dumps(options_.home);
  const auto number = before.empty() ? 1 : before.rbegin()->first + 1;
  const auto name = fmt::format("state-{:08}.gz", number);
  const std::string_view content(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  if (auto written = replace_file_durably(options_.home / name, content); !written) return written;
  auto keep = before.size();
  for (const auto& [old, file] : before) {
    if (keep-- > 1) std::filesystem::remove(file);
  }
  return {};
}

void L1Chain::end_dumping() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (dumper_.joinable()) dumper_.join();
}

Result<void> L1Chain::stop() {
  if (stopped_) return {};
  stopped_ = true;
  end_dumping();
  auto mined = anvil_.call("evm_setIntervalMining", {0});
  auto dumped = mined ? dump() : Result<void>(tl::unexpected(mined.error()));
  anvil_.child().stop(stop_grace);
  return dumped;
}

}  // namespace horae::dev
