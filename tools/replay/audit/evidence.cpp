#include "tools/replay/audit/evidence.hpp"

#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <fstream>
#include <iterator>

#include "tools/replay/audit/block_walk.hpp"
#include "tools/replay/audit/reexecute.hpp"
#include "tools/replay/reading.hpp"

namespace horae::replay {
namespace {

namespace json = boost::json;

// What the magic adds to a message of the greatest size.
constexpr std::size_t most_bytes = Message::max_bytes + 8;

Outcome<ShownFault> judge_roots(schema::BlockSealed::Reader block, EnginePort* engine) {
  const auto known = signed_block(block);
  if (!known) return refuse(Trouble::audit_mismatch, known.error().what);
  if (engine == nullptr) {
    return refuse(Trouble::engine_unfit,
                  "wrong roots are shown by executing block " + std::to_string(known->number) +
                      ": give an engine whose head is block " + std::to_string(known->number - 1) +
                      " with --engine URL");
  }
  const auto differs = try_out(*engine, block);
  if (!differs) return tl::unexpected(differs.error());
  if (!*differs) {
    return refuse(Trouble::audit_mismatch,
                  "block " + std::to_string(known->number) + " comes out as it was signed");
  }
  return ShownFault{
      schema::FaultKind::WRONG_ROOTS, known->chain_id, known->number, known->signer,
      (*differs)->what + ": signed " + (*differs)->wanted + ", executed " + (*differs)->got};
}

// The block of a fact.
schema::BlockSealed::Reader block_of(const ChainFact& fact) {
  return fact.fact.read().getBlockSealed();
}
std::uint64_t height(const ChainFact& fact) { return block_of(fact).getHeader().getNumber(); }

bool same_header(const ChainFact& a, const ChainFact& b) {
  const auto one = Msg<schema::BlockHeader>::copy_of(block_of(a).getHeader());
  const auto other = Msg<schema::BlockHeader>::copy_of(block_of(b).getHeader());
  return std::ranges::equal(one.bytes(), other.bytes());
}

FoundFault found(Msg<schema::Evidence> evidence, std::uint64_t seq, std::uint64_t other_seq) {
  auto shown = check(evidence.read());
  if (!shown) stop("evidence that was made shows nothing: " + shown.error().what);
  return {std::move(evidence), std::move(*shown), seq, other_seq};
}

}  // namespace

Outcome<Msg<schema::Evidence>> read_evidence(const std::filesystem::path& file) {
  if (::access(file.c_str(), R_OK) != 0) {
    return errno == EACCES ? refuse(Trouble::file_access, "not permitted to read " + file.string())
                           : refuse(Trouble::no_file, "no file " + file.string());
  }
  std::ifstream in(file, std::ios::binary);
  Bytes bytes(most_bytes + 1);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (in.bad() || in.gcount() == 0) {
    return refuse(Trouble::file_form, file.string() + ": nothing can be read of it");
  }
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  auto evidence = decode_evidence(bytes);
  if (!evidence) return refuse(Trouble::file_form, file.string() + ": " + evidence.error().what);
  return std::move(*evidence);
}

Outcome<void> write_evidence(const std::filesystem::path& file,
                             const Msg<schema::Evidence>& evidence) {
  const auto bytes = encode_evidence(evidence);
  auto beside = file;
  beside += ".new";
  {
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
    out.flush();
    if (!out) return refuse(Trouble::file_access, "cannot write " + beside.string());
  }
  std::error_code trouble;
  std::filesystem::rename(beside, file, trouble);
  if (trouble) {
    return refuse(Trouble::file_access, "cannot write " + file.string() + ": " + trouble.message());
  }
  return {};
}

Outcome<ShownFault> judge(const Msg<schema::Evidence>& evidence, EnginePort* engine) {
  const auto read = evidence.read();
  if (read.isWrongRoots()) {
    if (!is_plain(read))
      return refuse(Trouble::audit_mismatch, "more than evidence of its kind holds");
    return judge_roots(read.getWrongRoots().getBlock(), engine);
  }
  auto shown = check(read);
  if (!shown) return refuse(Trouble::audit_mismatch, shown.error().what);
  return std::move(*shown);
}

Outcome<Searched> search_two(const Source& first, const Source& second,
                             std::atomic<std::uint64_t>* at) {
  Searched out;
  Reading reading(at, "comparing", first.last());
  BlockWalk one_walk(first, at), other_walk(second, nullptr);
  auto one = one_walk.next_block();
  auto other = other_walk.next_block();
  for (;;) {
    if (!one) return tl::unexpected(one.error());
    if (!other)
      return tl::unexpected(
          Failure{other.error().trouble, "the second log: " + other.error().what});
    if (!*one || !*other) return out;
    reading.at((*one)->seq);
    const auto one_height = height(**one), other_height = height(**other);
    if (one_height == other_height) {
      ++out.blocks;
      if (!same_header(**one, **other)) {
        if (auto evidence = evidence_of_two(block_of(**one), block_of(**other))) {
          out.found = found(std::move(*evidence), (*one)->seq, (*other)->seq);
          return out;
        }
        ++out.unproven;
      }
    }
    if (one_height <= other_height) one = one_walk.next_block();
    if (other_height <= one_height) other = other_walk.next_block();
  }
}

Outcome<Searched> search_one(const Source& source, std::atomic<std::uint64_t>* at) {
  Searched out;
  Reading reading(at, "looking at blocks", source.last());
  BlockWalk walk(source, at);
  for (;;) {
    const auto block = walk.next_block();
    if (!block) return tl::unexpected(block.error());
    if (!*block) return out;
    reading.at((*block)->seq);
    ++out.blocks;
    if (auto evidence = evidence_in(block_of(**block))) {
      out.found = found(std::move(*evidence), (*block)->seq, 0);
      return out;
    }
  }
}

json::object to_json(const ShownFault& shown) {
  return {{"kind", fault_name(shown.kind)},
          {"chainId", shown.chain_id},
          {"block", shown.block},
          {"signer", to_hex(shown.signer)},
          {"detail", shown.detail}};
}

json::object to_json(const Searched& searched) {
  json::object out{
      {"blocks", searched.blocks}, {"unproven", searched.unproven}, {"found", nullptr}};
  if (searched.found) {
    auto fault = to_json(searched.found->shown);
    fault["record"] = searched.found->seq;
    if (searched.found->other_seq != 0) fault["otherRecord"] = searched.found->other_seq;
    out["found"] = std::move(fault);
  }
  return out;
}

std::string to_text(const ShownFault& shown) {
  return fault_name(shown.kind) + ": block " + std::to_string(shown.block) + " of chain " +
         std::to_string(shown.chain_id) + ", signer " + to_hex(shown.signer) + "\n" + shown.detail +
         "\n";
}

std::string to_text(const Searched& searched) {
  if (searched.found) {
    const auto& fault = *searched.found;
    return "record " + std::to_string(fault.seq) +
           (fault.other_seq == 0
                ? ""
                : " and record " + std::to_string(fault.other_seq) + " of the second log") +
           ": " + to_text(fault.shown);
  }
  auto out = std::to_string(searched.blocks) + " blocks: no evidence of a fault\n";
  if (searched.unproven > 0) {
    out += std::to_string(searched.unproven) +
           " of them differ, but not under two good signatures of one signer\n";
  }
  return out;
}

}  // namespace horae::replay
