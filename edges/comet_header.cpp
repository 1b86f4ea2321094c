#include "edges/comet_header.hpp"

#include "edges/comet_json.hpp"
#include "edges/proto/commit.pb.h"

namespace horae {
namespace {

std::string of_bytes(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

void read_header_time(const CometReader& from, const std::string& path, comet::Timestamp& out) {
  const auto read = from.time(path);
  out.set_seconds(read.seconds);
  out.set_nanos(read.nanos);
}

void read_block_id(const CometReader& from, const std::string& path, comet::BlockID& out) {
  out.set_hash(of_bytes(from.hex(path + ".hash")));
  auto& parts = *out.mutable_part_set_header();
  parts.set_total(static_cast<std::uint32_t>(from.count(path + ".parts.total")));
  parts.set_hash(of_bytes(from.hex(path + ".parts.hash")));
}

void read_header(const CometReader& from, comet::Header& out) {
  const std::string header = "signed_header.header.";
  const auto hash = [&](const char* name) { return of_bytes(from.hex(header + name)); };
  out.mutable_version()->set_block(from.count(header + "version.block"));
  // Left out where it is 0.
  if (from.has(header + "version.app")) {
    out.mutable_version()->set_app(from.count(header + "version.app"));
  }
  out.set_chain_id(from.text(header + "chain_id"));
  out.set_height(from.integer(header + "height"));
  read_header_time(from, header + "time", *out.mutable_time());
  read_block_id(from, header + "last_block_id", *out.mutable_last_block_id());
  out.set_last_commit_hash(hash("last_commit_hash"));
  out.set_data_hash(hash("data_hash"));
  out.set_validators_hash(hash("validators_hash"));
  out.set_next_validators_hash(hash("next_validators_hash"));
  out.set_consensus_hash(hash("consensus_hash"));
  out.set_app_hash(hash("app_hash"));
  out.set_last_results_hash(hash("last_results_hash"));
  out.set_evidence_hash(hash("evidence_hash"));
  out.set_proposer_address(hash("proposer_address"));
}

void read_commit(const CometReader& from, comet::Commit& out) {
  const std::string commit = "signed_header.commit.";
  out.set_height(from.integer(commit + "height"));
  out.set_round(static_cast<std::int32_t>(from.integer(commit + "round")));
  read_block_id(from, commit + "block_id", *out.mutable_block_id());
  for (const auto& each : from.list(commit + "signatures")) {
    auto& signature = *out.add_signatures();
    signature.set_block_id_flag(static_cast<comet::CommitSig::Flag>(each.integer("block_id_flag")));
    signature.set_validator_address(of_bytes(each.hex("validator_address")));
    read_header_time(each, "timestamp", *signature.mutable_timestamp());
    signature.set_signature(of_bytes(each.base64("signature")));
  }
}

}  // namespace

Result<Bytes> read_signed_header(const boost::json::value& answer) {
  const CometReader from(answer);
  comet::SignedHeader out;
  read_header(from, *out.mutable_header());
  read_commit(from, *out.mutable_commit());
  const auto bytes = out.SerializeAsString();
  return from.result(Bytes(bytes.begin(), bytes.end()));
}

}  // namespace horae
