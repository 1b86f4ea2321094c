#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "core/files.hpp"
#include "events/blocks/blocks.hpp"
#include "events/locking/locking.hpp"
#include "events/record.hpp"
#include "node/doctor/log.hpp"
#include "node/doctor/process.hpp"
#include "node/start/caught.hpp"
#include "node/start/log_checks.hpp"
#include "storage/data_directory.hpp"
#include "storage/log.hpp"
#include "storage/log_tree.hpp"
#include "storage/usage.hpp"

namespace horae::doctor {
namespace {

constexpr std::uint64_t head_stride = 1'000;
// Behind a log's last block there are few records; a block finder that looks further is no quick
// check any more.
constexpr std::uint64_t head_most = 200'000;

template <class Fact>
Result<Msg<Fact>> fact_of(const RecordView& record) {
  auto checked = Message::checked(record.payload, capnp::Schema::from<Fact>());
  if (!checked) return tl::unexpected(checked.error());
  return Msg<Fact>::of(std::move(*checked));
}

Result<NodeState> opening_of(LogReader& log) {
  const auto first = log.get(1);
  if (!first) return tl::unexpected(first.error());
  if (!*first) return fail("it has no record");
  const auto record = decode_record((*first)->value);
  if (!record) return within("record 1", record.error());
  if (record->header.domain != Domain::NODE) return fail("record 1 is no LogOpened");
  const auto fact = fact_of<schema::NodeFact>(*record);
  if (!fact) return within("record 1", fact.error());
  NodeState out;
  const auto applied = caught([&]() -> Result<void> {
    apply(out, fact->read());
    return {};
  });
  if (!applied) return tl::unexpected(applied.error());
  if (!out.open) return fail("record 1 is no LogOpened");
  return out;
}

// The checkpoint is read before the log's end: a running node signs what is there already.
Result<void> hold_against(const CheckpointCheck& signed_end, const NodeState& node,
                          const std::shared_ptr<Environment>& environment, std::uint64_t last) {
  auto check = signed_end;
  if (check.size() != 0 && check.size() <= last) {
    LogTree tree(environment, [](BytesView value) -> Result<Hash32> {
      const auto record = decode_record(value);
      if (!record) return tl::unexpected(record.error());
      return record_hash(*record);
    });
    const auto frontier = tree.frontier(check.size());
    if (!frontier) return tl::unexpected(frontier.error());
    check.see(*frontier);
  }
  return check.end(node, last);
}

Result<SealedHead> head_of(LogReader& log, std::uint64_t last) {
  std::vector<SealedHead> blocks;  // of a stride, ascending, without those that it revokes
  auto revoked = UINT64_MAX, revoked_later = UINT64_MAX;  // from which number on
  Result<void> trouble;
  const auto drop_from = [&](std::uint64_t number) {
    std::erase_if(blocks, [&](const SealedHead& block) { return block.number >= number; });
  };
  const auto visit = [&](std::uint64_t, BytesView value) {
    const auto record = decode_record(value);
    if (!record) {
      trouble = tl::unexpected(record.error());
    } else if (record->header.domain == Domain::BLOCKS) {
      const auto fact = fact_of<schema::BlocksFact>(*record);
      if (!fact) {
        trouble = tl::unexpected(fact.error());
      } else if (const auto read = fact->read(); read.isBlockSealed()) {
        const auto header = read.getBlockSealed().getHeader();
        blocks.push_back({header.getNumber(), fixed<Hash32>(header.getBlockHash())});
      } else if (read.isBlocksRevoked()) {
        drop_from(read.getBlocksRevoked().getNumber());
        revoked = std::min(revoked, read.getBlocksRevoked().getNumber());
      }
    }
    return trouble.has_value();
  };
  for (auto to = last; to > 0 && blocks.empty();) {
    if (last - to >= head_most) return fail("no block among the last records");
    const auto from = to > head_stride ? to - head_stride + 1 : 1;
    if (auto scanned = log.scan(from, to, visit); !scanned) return tl::unexpected(scanned.error());
    if (!trouble) return tl::unexpected(trouble.error());
    drop_from(revoked_later);
    revoked_later = revoked;
    to = from - 1;
  }
  return blocks.empty() ? SealedHead{} : blocks.back();
}

// How far back the end of a key is looked for: a second's reading.
constexpr std::uint64_t end_most = 1'000'000;

std::optional<Retired> end_in(schema::LockingFact::Reader fact, const Address& signer) {
  if (fact.isSignerChanged()) {
    const auto event = fact.getSignerChanged();
    if (fixed<Address>(event.getOldSigner()) != signer) return std::nullopt;
    return Retired{read_u256(event.getSequencerId()), fixed<Address>(event.getNewSigner()),
                   event.getPosition().getBlock()};
  }
  if (!fact.isUnlockInitiated()) return std::nullopt;
  const auto event = fact.getUnlockInitiated();
  if (fixed<Address>(event.getSigner()) != signer) return std::nullopt;
  return Retired{read_u256(event.getSequencerId()), std::nullopt, event.getPosition().getBlock()};
}

std::optional<Retired> end_of_signer(LogReader& log, std::uint64_t last, const Address& signer) {
  std::optional<Retired> out;
  const auto visit = [&](std::uint64_t, BytesView value) {
    const auto record = decode_record(value);
    if (!record || record->header.domain != Domain::LOCKING) return true;
    const auto fact = fact_of<schema::LockingFact>(*record);
    if (!fact) return true;
    if (const auto end = end_in(fact->read(), signer)) out = end;
    return true;
  };
  for (auto to = last; to > 0 && !out && last - to < end_most;) {
    const auto from = to > head_stride ? to - head_stride + 1 : 1;
    if (!log.scan(from, to, visit)) return std::nullopt;
    to = from - 1;
  }
  return out;
}

Result<std::vector<ReaderSeen>> readers_of(const Environment& environment) {
  const auto readings = log_readers(environment);
  if (!readings) return tl::unexpected(readings.error());
  std::vector<ReaderSeen> out;
  for (const auto& one : *readings) {
    const auto pid = static_cast<std::int64_t>(one.pid);
    if (pid == ::getpid()) continue;
    out.push_back({pid, name_of(pid).has_value(), one.behind});
  }
  return out;
}

Result<LogSeen> read(const DataPaths& paths) {
  const auto signed_end = CheckpointCheck::begin(paths.checkpoint());
  const auto environment = open_log(paths.log(), Access::read_only);
  if (!environment) return tl::unexpected(environment.error());
  LogReader log(*environment);
  const auto last = log.last_seq();
  if (!last) return tl::unexpected(last.error());
  const auto opening = opening_of(log);
  LogSeen out;
  out.last = *last;
  out.room = (*environment)->room();
  out.identity = opening.map([](const NodeState& node) { return node.identity; });
  if (!signed_end) {
    out.checkpoint = tl::unexpected(signed_end.error());
  } else if (opening) {
    out.signed_size = signed_end->size();
    out.checkpoint = hold_against(*signed_end, *opening, *environment, *last);
  } else {
    out.checkpoint = tl::unexpected(opening.error());
  }
  out.readers = readers_of(**environment);
  out.head = head_of(log, *last);
  return out;
}

}  // namespace

ModeSeen mode_of(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    const bool missing = errno == ENOENT || errno == ENOTDIR;
    return {path, std::nullopt, true, missing ? "" : errno_words(errno)};
  }
  return {path, status.st_mode & 07777u, status.st_uid == ::geteuid()};
}

LockSeen look_at_lock(const std::filesystem::path& datadir) {
  LockSeen out;
  const auto file = DataPaths{datadir}.lock_file();
  const auto text = read_small_file(file);
  if (!text) return out;
  std::from_chars(text->data(), text->data() + text->size(), out.pid);
  if (out.pid <= 0) return {};
  out.name = name_of(out.pid);
  if (out.name) out.held = holds_lock(out.pid, file);
  // The number may be another process's here.
  out.elsewhere = !out.held.value_or(true) && DataDirectory::is_held(DataPaths{datadir});
  return out;
}

Result<std::optional<LogSeen>> look_at_log(const config::Config& config) {
  const DataPaths paths{config.datadir};
  std::error_code error;
  if (!std::filesystem::exists(paths.log() / "data.mdb", error)) return std::nullopt;
  std::optional<LogSeen> out;
  // On a damaged page LMDB may stop.
  const auto done = caught([&]() -> Result<void> {
    auto seen = read(paths);
    if (!seen) return tl::unexpected(seen.error());
    out = std::move(*seen);
    return {};
  });
  if (!done) return tl::unexpected(done.error());
  return out;
}

std::optional<Retired> look_for_end(const config::Config& config, const Address& signer) {
  std::optional<Retired> out;
  const auto done = caught([&]() -> Result<void> {
    const auto environment = open_log(DataPaths{config.datadir}.log(), Access::read_only);
    if (!environment) return tl::unexpected(environment.error());
    LogReader log(*environment);
    const auto last = log.last_seq();
    if (!last) return tl::unexpected(last.error());
    out = end_of_signer(log, *last, signer);
    return {};
  });
  return done ? out : std::nullopt;
}

}  // namespace horae::doctor
