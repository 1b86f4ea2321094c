#include <boost/test/unit_test.hpp>
#include <random>

#include "tests/fixture/print.hpp"
#include "tests/tools/auditing.hpp"
#include "tests/tools/proof_log.hpp"
#include "tools/replay/proof/check_proof.hpp"
#include "tools/replay/proof/prove.hpp"

using namespace horae;
using namespace horae::replay;
using test::ProofLog;

namespace {

using Hashes = std::vector<Hash32>;

Source open_proof(const ProofLog& log) {
  auto source = Source::open(log.directory.path);
  if (!source) throw std::runtime_error(source.error().what);
  return std::move(*source);
}

void check_refused(const Outcome<Proven>& proven, Exit code, const std::string& part) {
  BOOST_REQUIRE(!proven.has_value());
  BOOST_TEST(static_cast<int>(proven.error().exit()) == static_cast<int>(code),
             proven.error().what);
  BOOST_TEST(proven.error().what.find(part) != std::string::npos, proven.error().what);
}

// The digest in the last line made to fit again, as a forger would.
std::string sealed_again(const std::string& proof) {
  const auto body = proof.substr(0, proof.rfind("sha256 "));
  return body + "sha256 " + to_hex(sha256(as_bytes(body))).substr(2) + "\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proof)

BOOST_AUTO_TEST_CASE(prover_and_checker_agree_with_the_naive_tree_for_all_sizes_to_300) {
  constexpr std::uint64_t sizes = 300;
  Hashes leaves;
  std::vector<Hash32> roots = {sha256(BytesView())};
  merkle::Frontier grown;
  for (std::uint64_t i = 0; i < sizes; ++i) {
    leaves.push_back(sha256(as_bytes(std::to_string(i))));
    grown.add(leaves.back());
    roots.push_back(grown.root());
  }
  std::map<std::pair<std::uint64_t, std::uint64_t>, Hash32> known;
  const merkle::Subtree subtree = [&](std::uint64_t begin, std::uint64_t end) {
    auto& out = known[{begin, end}];
    if (out.is_zero()) {
      merkle::Frontier part;
      for (auto i = begin; i < end; ++i) part.add(leaves[i]);
      out = part.root();
    }
    return out;
  };
  std::uint64_t wrong = 0;
  for (std::uint64_t size = 1; size <= sizes; ++size) {
    for (std::uint64_t index = 0; index < size; ++index) {
      const auto path = merkle::inclusion_path(index, size, subtree);
      wrong += root_from_inclusion(index, size, leaves[index], path) == roots[size] ? 0 : 1;
      if (size < 20) {
        // Another leaf, another place, a path that is shorter or longer.
        for (std::uint64_t other = 0; other < size; ++other) {
          if (other == index) continue;
          wrong += root_from_inclusion(index, size, leaves[other], path) == roots[size] ? 1 : 0;
          wrong += root_from_inclusion(other, size, leaves[index], path) == roots[size] ? 1 : 0;
        }
        auto longer = path;
        longer.push_back(roots[1]);
        wrong += root_from_inclusion(index, size, leaves[index], longer) == roots[size] ? 1 : 0;
        if (!path.empty()) {
          const Hashes shorter(path.begin(), path.end() - 1);
          wrong += root_from_inclusion(index, size, leaves[index], shorter) == roots[size] ? 1 : 0;
        }
      }
    }
    for (std::uint64_t from = 0; from <= size; ++from) {
      const auto path = merkle::consistency_path(from, size, subtree);
      wrong += is_consistent(from, roots[from], size, roots[size], path) ? 0 : 1;
      if (size >= 20) continue;
      for (std::uint64_t other = 0; other <= size; ++other) {
        if (other == from) continue;
        wrong += is_consistent(from, roots[other], size, roots[size], path) ? 1 : 0;
        if (from > 0 && other != size)
          wrong += is_consistent(from, roots[from], size, roots[other], path) ? 1 : 0;
      }
    }
  }
  BOOST_TEST(wrong == 0u);
  BOOST_TEST(!root_from_inclusion(5, 5, leaves[0], {}).has_value());
  BOOST_TEST(!is_consistent(5, roots[5], 4, roots[4], {}));
}

BOOST_AUTO_TEST_CASE(a_record_of_a_signed_log_is_proven) {
  const ProofLog log(600);
  const auto source = open_proof(log);
  const auto key = log.key.public_key();
  for (const std::uint64_t seq : {1, 256, 257, 512, 599, 600}) {
    const auto proof = prove_inclusion(source, seq, std::nullopt, {log.sign(600)});
    BOOST_REQUIRE_MESSAGE(proof.has_value(), (proof ? "" : proof.error().what));
    for (const auto& given : {std::optional(key), std::optional<Hash32>()}) {
      const auto proven = check_proof(*proof, given);
      BOOST_REQUIRE_MESSAGE(proven.has_value(), (proven ? "" : proven.error().what));
      BOOST_TEST((proven->record == decode_record(log.values[seq - 1])->header));
      BOOST_TEST(proven->head.is_signed);
      BOOST_TEST(proven->key == key);
      BOOST_TEST(proven->key_given == given.has_value());
    }
    check_refused(check_proof(*proof, Ed25519Key::make().public_key()), Exit::mismatch, "key");
  }
}

BOOST_AUTO_TEST_CASE(the_tree_is_the_newest_signed_one_that_has_the_record) {
  const ProofLog log(600);
  const auto source = open_proof(log);
  const std::vector<SignedCheckpoint> known = {log.sign(100), log.sign(400)};
  const auto size_of = [&](std::uint64_t seq, std::optional<std::uint64_t> size) {
    return check_proof(*prove_inclusion(source, seq, size, known), {})->head;
  };
  BOOST_TEST(size_of(50, {}).checkpoint.size == 400u);
  BOOST_TEST(size_of(50, 100).is_signed);
  BOOST_TEST(!size_of(50, 101).is_signed);
  BOOST_TEST(size_of(401, {}).checkpoint.size == 600u);
  BOOST_TEST(!size_of(401, {}).is_signed);
  // Where a key is given, a head that nobody signed shows nothing.
  check_refused(check_proof(*prove_inclusion(source, 401, {}, known), log.key.public_key()),
                Exit::mismatch, "not signed");
}

BOOST_AUTO_TEST_CASE(a_log_that_only_grew_is_proven) {
  const ProofLog log(600);
  const auto source = open_proof(log);
  const std::vector<SignedCheckpoint> known = {log.sign(100), log.sign(600)};
  for (const std::uint64_t from : {0, 1, 100, 255, 256, 257, 511, 512, 599, 600}) {
    const auto proof = prove_consistency(source, from, 600, known);
    BOOST_REQUIRE_MESSAGE(proof.has_value(), (proof ? "" : proof.error().what));
    const auto proven = check_proof(*proof, log.key.public_key());
    BOOST_REQUIRE_MESSAGE(proven.has_value(), (proven ? "" : proven.error().what));
    BOOST_TEST(proven->before->checkpoint.size == from);
    BOOST_TEST(proven->before->checkpoint.root == log.tree(from).root());
    BOOST_TEST(proven->before->is_signed == (from == 100 || from == 600));
    BOOST_TEST(proven->head.checkpoint.root == log.tree(600).root());
  }
}

// Beside a running node the log is always longer than what is signed of it.
BOOST_AUTO_TEST_CASE(growth_is_proven_from_a_kept_checkpoint_to_the_newest) {
  const ProofLog log(600);
  const auto write = [](const std::filesystem::path& file, const SignedCheckpoint& one) {
    std::ofstream(file, std::ios::binary) << one.note;
    return file.string();
  };
  const auto& directory = log.directory.path;
  const auto kept = write(directory / "kept", log.sign(300));
  const auto newer = write(directory / "newer", log.sign(600));
  write(DataPaths{directory}.checkpoint(), log.sign(500));
  const auto proof = (directory / "proof").string();
  const auto option = " --datadir " + directory.string() + " -o " + proof;
  const auto shown = [&](const std::string& arguments) {
    const auto ran = test::run("prove " + arguments + option);
    BOOST_REQUIRE_MESSAGE(ran.code == 0, ran.out);
    const auto proven = check_proof(test::content(proof), log.key.public_key());
    BOOST_REQUIRE_MESSAGE(proven.has_value(), (proven ? "" : proven.error().what));
    return std::pair(proven->before->checkpoint.size, proven->head.checkpoint.size);
  };
  BOOST_TEST((shown("--checkpoint " + kept) == std::pair<std::uint64_t, std::uint64_t>(300, 500)));
  BOOST_TEST((shown("--checkpoint " + kept + " --checkpoint " + newer) ==
              std::pair<std::uint64_t, std::uint64_t>(300, 600)));
  BOOST_TEST((shown("--from 7") == std::pair<std::uint64_t, std::uint64_t>(7, 500)));
  test::check_run("prove" + option, 2, "a kept --checkpoint");
  test::check_run("prove --from 900" + option, 9, "the log has 600 records, not 900");
  test::check_run("prove 3" + option, 0, "");
  test::check_run("check-proof " + proof, 0, "record 3 (node nodeStarted, 1970-01-01T00:00:01");
}

BOOST_AUTO_TEST_CASE(what_the_log_does_not_hold_is_not_proven) {
  const ProofLog log(300);
  const auto source = open_proof(log);
  for (const auto& refused :
       {prove_inclusion(source, 0, {}, {}), prove_inclusion(source, 301, {}, {}),
        prove_inclusion(source, 3, 301, {}), prove_inclusion(source, 30, 29, {}),
        prove_consistency(source, 1, 301, {})}) {
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().exit() == Exit::precondition));
  }
  // A log that is not the one that its key signed.
  auto other = log.sign(200);
  other.checkpoint.root = log.tree(199).root();
  const auto refused = prove_inclusion(source, 3, 200, {other});
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST((refused.error().exit() == Exit::corrupt));
}

BOOST_AUTO_TEST_CASE(every_altered_byte_of_a_proof_is_noticed) {
  const ProofLog log(40);
  const auto source = open_proof(log);
  const std::vector<SignedCheckpoint> known = {log.sign(20), log.sign(40)};
  for (const auto& proof :
       {*prove_inclusion(source, 7, 40, known), *prove_inclusion(source, 7, 39, known),
        *prove_consistency(source, 20, 40, known), *prove_consistency(source, 19, 39, known)}) {
    BOOST_REQUIRE(check_proof(proof, {}).has_value());
    const bool is_signed = check_proof(proof, {})->head.is_signed;
    for (std::size_t i = 0; i < proof.size(); ++i) {
      for (const int flip : {1, 2, 32, 128}) {
        auto altered = proof;
        altered[i] = static_cast<char>(altered[i] ^ flip);
        BOOST_TEST(!check_proof(altered, {}).has_value(), "byte " << i);
        // The digest finds accidents; whoever makes it fit again meets the tree and the signature.
        if (is_signed && i < proof.rfind("sha256 ")) {
          BOOST_TEST(!check_proof(sealed_again(altered), log.key.public_key()).has_value(),
                     "byte " << i << " of\n"
                             << altered);
        }
      }
    }
    for (std::size_t size = 0; size < proof.size(); ++size) {
      BOOST_TEST(!check_proof(proof.substr(0, size), {}).has_value());
    }
    BOOST_TEST(!check_proof(proof + "\n", {}).has_value());
    BOOST_TEST(!check_proof(sealed_again(proof + "sha256 "), {}).has_value());
  }
}

BOOST_AUTO_TEST_CASE(garbage_is_no_proof) {
  std::mt19937_64 random(9162);
  for (int round = 0; round < 2000; ++round) {
    std::string text = round % 2 == 0 ? "horae-inclusion-proof 1\nrecord 7\npath 99\n"
                                      : "horae-consistency-proof 1\npath 0\nbefore signed ";
    for (auto left = random() % 80; left > 0; --left) {
      text += "0123456789 \nabcdef/+="[random() % 21];
    }
    check_refused(check_proof(text, {}), Exit::corrupt, "no proof");
    check_refused(check_proof(sealed_again(text + "sha256 "), {}), Exit::corrupt, "no proof");
  }
}

BOOST_AUTO_TEST_SUITE_END()
