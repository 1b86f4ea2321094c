#include "actors/mentions.hpp"

#include "events/mempool/fate.hpp"
#include "events/penalties/statement.hpp"
#include "events/rewards/statement.hpp"
#include "storage/disk_trouble.hpp"

namespace horae {
namespace {

constexpr std::size_t mentions_slice_records = 4096;
constexpr std::size_t mentions_slice_bytes = 8u << 20;

template <class Statement>
void add_mention(std::vector<LookupEntry>& out, const RecordView& record) {
  if (!Statement::is_told(record)) return;
  out.push_back(Lookups::mention(topic<Statement>(), record.header.seq));
}

}  // namespace

template <>
const Hash32& topic<RewardStatement>() {
  static const auto out = sha256(as_bytes("statement of rewards"));
  return out;
}
template <>
const Hash32& topic<PenaltyStatement>() {
  static const auto out = sha256(as_bytes("statement of penalties"));
  return out;
}

std::vector<LookupEntry> mentions_of(const RecordView& record) {
  std::vector<LookupEntry> out;
  add_mention<RewardStatement>(out, record);
  add_mention<PenaltyStatement>(out, record);
  for (const auto& hash : hashes_named(record)) {
    out.push_back(Lookups::mention(hash, record.header.seq));
  }
  return out;
}

Result<void> catch_up(Lookups& lookups, LogReader& log, std::uint64_t until_seq) {
  auto position = lookups.position();
  if (!position) return tl::unexpected(position.error());
  while (*position < until_seq) {
    auto slice = log.read(*position + 1, mentions_slice_records, mentions_slice_bytes);
    if (!slice) return tl::unexpected(slice.error());
    if (slice->empty() || slice->front().seq > until_seq) {
      return fail("the log ends at record " + std::to_string(*position) + ", wanted " +
                  std::to_string(until_seq));
    }
    std::vector<LookupEntry> entries;
    for (const auto& stored : *slice) {
      if (stored.seq > until_seq) break;
      auto record = decode_record(stored.value);
      if (!record) return within("record " + std::to_string(stored.seq), record.error());
      for (auto& entry : mentions_of(*record)) entries.push_back(std::move(entry));
      *position = stored.seq;
    }
    if (auto put = lookups.put(*position, entries); !put) {
      end_at_disk(lookups.environment(), put.error());
    }
  }
  return {};
}

}  // namespace horae
