#include "node/pool/release_signer.hpp"

#include <fmt/core.h>

#include "events/record.hpp"
#include "node/pool/pool_link.hpp"
#include "storage/data_directory.hpp"
#include "storage/log.hpp"

namespace horae {
namespace {

constexpr std::uint64_t beyond_what_is_known = 2;

// The newest record of a height, behind which stand a few of this node's own.
Result<std::uint64_t> last_applied(const std::filesystem::path& directory) {
  std::error_code error;
  if (!std::filesystem::exists(directory / "data.mdb", error)) return std::uint64_t{0};
  auto environment = open_log(directory, Access::read_only);
  if (!environment) return tl::unexpected(environment.error());
  LogReader log(*environment);
  const auto last = log.last_seq();
  if (!last) return tl::unexpected(last.error());
  constexpr auto wanted = static_cast<std::uint16_t>(schema::PoolFact::CONSENSUS_BLOCK_APPLIED);
  for (auto seq = *last; seq > 0; --seq) {
    const auto where = "record " + std::to_string(seq);
    const auto stored = log.get(seq);
    if (!stored) return within(where, stored.error());
    if (!*stored) return fail(where + " is missing");
    const auto record = decode_record((*stored)->value);
    if (!record) return within(where, record.error());
    if (record->header.domain != Domain::POOL || record->header.kind != wanted) continue;
    auto fact = Message::checked(record->payload, capnp::Schema::from<schema::PoolFact>());
    if (!fact) return within(where, fact.error());
    return Msg<schema::PoolFact>::of(std::move(*fact))
        .read()
        .getConsensusBlockApplied()
        .getHeight();
  }
  return std::uint64_t{0};
}

std::string state_words(const SigningGuard::Status& status) {
  switch (status.state) {
    case SigningGuard::State::signing:
      return "nothing keeps it from signing";
    case SigningGuard::State::waiting:
      return "it waits, and signs nothing: " + status.why;
    case SigningGuard::State::stopped:
      return "it has stopped: " + status.why;
  }
  stop("a signer in no state");
}

}  // namespace

std::string SignerRelease::words() const {
  const auto status = guard->status();
  return fmt::format(
      "the signer {} of the pool {}: {}\n"
      "its record: {}\n"
      "the log: {}\n"
      "the key would sign from height {} on, and nothing below\n",
      to_hex(guard->address()), guard->chain_id(), state_words(status),
      status.last ? fmt::format("signed last at height {}", status.last->height)
                  : std::string("of no signature"),
      applied == 0 ? std::string("no block of the pool")
                   : fmt::format("the pool's blocks up to height {}", applied),
      above + 1);
}

Result<SignerRelease> look_at_release(const std::filesystem::path& datadir,
                                      const std::string& chain,
                                      std::shared_ptr<const SecretKey> key,
                                      std::optional<std::uint64_t> pool_height) {
  const PoolPaths paths(datadir);
  std::error_code error;
  if (!std::filesystem::exists(paths.node_key(), error)) {
    return fail("there is no " + paths.node_key().string() +
                ": this member has not joined (horae pool join)");
  }
  const auto applied = last_applied(DataPaths{datadir}.log());
  if (!applied) return within("the log", applied.error());
  if (*applied == 0 && !pool_height) {
    return fail(
        "the log has no block of the pool, so that nothing here says up to which height the key "
        "may have signed: give the pool's by --above (`horae pool status` at another member)");
  }
  auto guard =
      SigningGuard::open({.directory = paths.signer(), .chain_id = chain, .key = std::move(key)});
  if (!guard) return tl::unexpected(guard.error());
  SignerRelease out{std::move(*guard), *applied, 0};
  out.above = std::max(out.applied, pool_height.value_or(0)) + beyond_what_is_known;
  if (const auto last = out.guard->status().last) {
    out.above = std::max(out.above, static_cast<std::uint64_t>(last->height));
  }
  return out;
}

}  // namespace horae
