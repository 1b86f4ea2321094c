#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <optional>
#include <vector>

#include "storage/data_directory.hpp"
#include "tools/replay/input.hpp"
#include "tools/replay/proof/check_proof.hpp"
#include "tools/replay/proof/prove.hpp"
#include "tools/replay/verbs/verbs.hpp"

namespace horae::replay {
namespace {

struct Proving {
  std::optional<std::uint64_t> seq, size, from, to;
  std::vector<std::string> checkpoints;
  std::string output;
};

Outcome<void> write(const std::string& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) return refuse(Trouble::file_access, "cannot write " + file);
  return {};
}

// Up to where somebody signed the log: a proof up to its last record would have an unsigned head
// beside a running node. The last record where no checkpoint reaches so far.
std::uint64_t signed_end(const std::vector<SignedCheckpoint>& known, std::uint64_t from,
                         const Source& source) {
  std::uint64_t newest = 0;
  for (const auto& one : known) {
    const auto size = one.checkpoint.size;
    if (size >= from && size <= source.last()) newest = std::max(newest, size);
  }
  return newest > 0 ? newest : source.last();
}

int prove(const Common& common, Proving options) {
  // Read before the log is: what it signs is in the log then.
  std::vector<SignedCheckpoint> known;
  auto beside = read_checkpoint(DataPaths{common.data_directory}.checkpoint(), false);
  if (!beside) return refused(beside.error());
  if (*beside) known.push_back(std::move(**beside));
  for (const auto& file : options.checkpoints) {
    auto one = read_checkpoint(file, true);
    if (!one) return refused(one.error());
    // The one that was kept says how long the log was then.
    if (!options.seq && !options.from) options.from = (**one).checkpoint.size;
    known.push_back(std::move(**one));
  }
  const auto source = Source::open(common.data_directory);
  if (!source) return refused(source.error());
  const auto end = options.to.value_or(signed_end(known, options.from.value_or(0), *source));
  const auto proof = options.seq ? prove_inclusion(*source, *options.seq, options.size, known)
                                 : prove_consistency(*source, *options.from, end, known);
  if (!proof) return refused(proof.error());
  if (options.output.empty()) {
    fmt::print("{}", *proof);
    return 0;
  }
  if (const auto written = write(options.output, *proof); !written) {
    return refused(written.error());
  }
  return 0;
}

struct Checking {
  std::string file, key;
  bool json = false;
};

int check(const Checking& options) {
  std::optional<Hash32> key;
  if (!options.key.empty()) {
    const auto given =
        fixed_from_hex<Hash32>(options.key.starts_with("0x") ? options.key : "0x" + options.key);
    if (!given) return refused({Trouble::usage, "--key: " + given.error().what});
    key = *given;
  }
  const auto text = read_input(options.file);
  if (!text) return refused(text.error());
  const auto proven = check_proof(*text, key);
  if (proven) {
    if (options.json) return print_json(to_json(*proven));
    fmt::print("{}", to_text(*proven));
    return 0;
  }
  if (proven.error().trouble != Trouble::audit_mismatch) return refused(proven.error());
  if (options.json) {
    return print_json({{"shown", false}, {"detail", proven.error().what}}, Trouble::audit_mismatch);
  }
  fmt::print("not shown: {}\n", proven.error().what);
  return refused({Trouble::audit_mismatch, "the proof does not show what it claims"});
}

}  // namespace

Verb prove_verb(cli::Command& app, const Common& common) {
  const auto options = std::make_shared<Proving>();
  auto verb = app.add_subcommand(
      "prove",
      "Writes a proof that a record stands in the log, or that the log only grew between two\n"
      "sizes; check-proof checks it without the log");
  auto seq = verb.add_option("record", options->seq, "that this record stands in the log")
                 .type_name("SEQ");
  verb.add_option("--size", options->size,
                  "in the tree of the first N records; without it in the one that the newest "
                  "checkpoint signs, or the whole log where the record is newer")
      .type_name("N")
      .needs(seq);
  auto from =
      verb.add_option(
              "--from", options->from,
              "that the log only grew since it had so many (as the checkpoint that is given)")
          .type_name("SIZE")
          .excludes(seq);
  verb.add_option("--to", options->to,
                  "until it had so many records (as many as the newest checkpoint signs)")
      .type_name("SIZE")
      .needs(from);
  verb.add_option("--checkpoint", options->checkpoints,
                  "a signed checkpoint that was kept, beside the log's newest; repeatable")
      .type_name("FILE")
      .one_value_each();
  verb.add_option("-o,--output", options->output, "write it into this file").type_name("FILE");
  return {verb,
          true,
          [options, &common](At&) {
            if (!options->seq && !options->from && options->checkpoints.empty()) {
              return refused({Trouble::usage,
                              "prove wants a record's number, --from, or a kept --checkpoint"});
            }
            return prove(common, *options);
          },
          {}};
}

Verb check_proof_verb(cli::Command& app, const Common&) {
  const auto options = std::make_shared<Checking>();
  auto verb = app.add_subcommand(
      "check-proof", "Checks a proof with nothing but its file and the log's public key");
  verb.add_option("file", options->file, "the proof").required().type_name("FILE");
  verb.add_option("--key", options->key,
                  "the log's public key; without it the one that the proof names")
      .type_name("HEX");
  verb.add_flag("--json", options->json, "one JSON object");
  return {verb, false, [options](At&) { return check(*options); }, {}};
}

}  // namespace horae::replay
