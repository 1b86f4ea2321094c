#include <sys/stat.h>

#include <random>

#include "events/json.hpp"
#include "storage/lookups.hpp"
#include "tests/tools/auditing.hpp"

using namespace horae;
using namespace horae::test;
namespace fs = std::filesystem;

// Every verb on every kind of damaged file: an answer that says what is wrong, never a signal,
// never a file that is half written, never for ever.
namespace {

constexpr std::uintmax_t tebibyte = std::uintmax_t{1} << 40;

struct DamagedPlace {
  Written log;
  Written other;      // whole
  Directory scratch;  // for what is written
  [[nodiscard]] fs::path file() const { return log.directory.path / "log" / "data.mdb"; }
};

struct Verb {
  std::string arguments;    // LOG, OTHER, FILE and OUT stand for what is there
  bool reads_log = true;    // else it reads FILE alone
  std::string writes = {};  // what must not be there after a refusal
};

std::vector<Verb> all_verbs() {
  const auto hash = to_hex(keccak256(LogScene::raw(1, 0, 5)));
  const auto last = std::to_string(duties().values.size());
  return {{"state --datadir LOG"},
          {"state --at 24 --json --datadir LOG"},
          {"state --at block:2 --datadir LOG"},
          {"state --at l1:30 --datadir LOG"},
          {"state --at ms:1700000020000 --datadir LOG"},
          {"verify --datadir LOG"},
          {"verify --json --jobs 2 --datadir LOG"},
          {"log --datadir LOG"},
          {"watch --from 1 --to " + last + " --datadir LOG"},
          {"stats --datadir LOG"},
          {"why " + hash + " --datadir LOG"},
          {"diff 1 24 --datadir LOG"},
          {"diff LOG OTHER"},
          {"blame blocks.head.number --datadir LOG"},
          {"bisect LOG OTHER"},
          {"bisect --whole OTHER LOG"},
          {"statement --sequencer 1 --datadir LOG"},
          {"rewards --datadir LOG"},
          {"penalties --datadir LOG"},
          {"evidence LOG"},
          {"evidence LOG OTHER"},
          {"prove 7 --datadir LOG"},
          {"prove --from 3 --to 9 --datadir LOG"},
          {"export -o OUT --datadir LOG", true, "OUT"},
          {"export --format csv -o OUT --datadir LOG", true, "OUT"},
          {"export --format sqlite -o OUT --datadir LOG", true, "OUT"},
          {"backup OUT --datadir LOG", true, "OUT"},
          {"import FILE OUT", false, "OUT"},
          {"check-proof FILE", false, ""},
          {"check-evidence FILE", false, ""}};
}

std::string filled(std::string text, const DamagedPlace& place) {
  const std::pair<std::string, std::string> words[] = {
      {"LOG", place.log.directory.path.string()},
      {"OTHER", place.other.directory.path.string()},
      {"FILE", place.file().string()},
      {"OUT", (place.scratch.path / "out").string()}};
  for (const auto& [word, meaning] : words) {
    for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos;) {
      text.replace(at, word.size(), meaning);
      at += meaning.size();
    }
  }
  return text;
}

struct Damage {
  const char* name;
  std::function<void(const fs::path&)> make;
  const char* words;  // what every verb that reads the log says
};

void write_over(const fs::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
}

std::vector<Damage> refused_files() {
  return {{"truncated", [](auto& file) { fs::resize_file(file, used_size(file) - 4096); },
           "is truncated"},
          {"truncated in the first page", [](auto& file) { fs::resize_file(file, 100); },
           "is truncated in its first pages"},
          {"empty", [](auto& file) { fs::resize_file(file, 0); }, "is empty"},
          {"zeroed", [](auto& file) { write_over(file, std::string(fs::file_size(file), '\0')); },
           "is zeroed"},
          {"foreign text",
           [](auto& file) {
             std::string text;
             while (text.size() < 100'000)
               text += "{\"seq\": 1, \"time\": 2, \"kind\": \"none\"}\n";
             write_over(file, text);
           },
           "is not an LMDB file"},
          {"foreign bytes",
           [](auto& file) {
             std::mt19937_64 random(3);
             std::string bytes(100'000, ' ');
             for (auto& byte : bytes) byte = static_cast<char>(random());
             write_over(file, bytes);
           },
           "is not an LMDB file"},
          {"another program's LMDB file",
           [](auto& file) {
             const Directory directory;
             BOOST_REQUIRE(
                 Environment::open({.directory = directory.path, .tables = {"other"}}).has_value());
             fs::copy_file(directory.path / "data.mdb", file, fs::copy_options::overwrite_existing);
           },
           "of another kind"},
          {"huge and empty",
           [](auto& file) {
             fs::resize_file(file, 0);
             fs::resize_file(file, tebibyte);
           },
           "is zeroed"},
          {"a pipe",
           [](auto& file) {
             fs::remove(file);
             BOOST_REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
           },
           "is no file"}};
}

void check_left_nothing(const Verb& verb, const DamagedPlace& place) {
  if (verb.writes.empty()) return;
  for (const auto& entry : fs::directory_iterator(place.scratch.path)) {
    BOOST_TEST(false, verb.arguments << " left " << entry.path());
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(damage)

BOOST_AUTO_TEST_CASE(files_that_are_no_log_are_told_apart_by_every_verb) {
  for (const auto& damage : refused_files()) {
    const DamagedPlace place;
    damage.make(place.file());
    for (const auto& verb : all_verbs()) {
      // Whoever is given a pipe waits for what comes out of it.
      if (!verb.reads_log && std::string(damage.name) == "a pipe") continue;
      const auto ran = run(filled(verb.arguments, place));
      BOOST_TEST_CONTEXT(damage.name << ", " << verb.arguments << ": " << ran.out.substr(0, 500)) {
        const bool shows_nothing = ran.code == 10 && verb.arguments == "check-proof FILE";
        BOOST_TEST((ran.code == 5 || shows_nothing), "ended with " << ran.code);
        if (verb.reads_log) BOOST_TEST(ran.out.find(damage.words) != std::string::npos);
        BOOST_TEST(ran.out.size() < 2000u);
      }
      check_left_nothing(verb, place);
    }
  }
}

// A file may be longer than its commits: a crash leaves such ones.
BOOST_AUTO_TEST_CASE(a_log_in_a_file_of_a_tebibyte_is_read_as_the_log_that_it_is) {
  const DamagedPlace place;
  fs::resize_file(place.file(), tebibyte);
  for (const auto& verb : all_verbs()) {
    if (!verb.reads_log) continue;
    const auto ran = run(filled(verb.arguments, place));
    BOOST_TEST(ran.code == 0, verb.arguments << ": " << ran.code << ", " << ran.out.substr(0, 500));
    fs::remove_all(place.scratch.path / "out");
  }
}

// Pages that LMDB trips over. What a verb does not read may be whole; it says nothing false then.
BOOST_AUTO_TEST_CASE(damaged_pages_end_in_an_answer) {
  const DamagedPlace place;
  const auto whole = content(place.file());
  std::mt19937_64 random(11);
  const auto verbs = all_verbs();
  for (std::size_t page = 2; page < whole.size() / 4096; page += 4) {
    for (const bool zeros : {true, false}) {
      std::string bytes(4096, '\0');
      if (!zeros) {
        for (auto& byte : bytes) byte = static_cast<char>(random());
      }
      write_over(place.file(), whole);
      overwrite(place.file(), static_cast<std::streamoff>(page * 4096), bytes);
      // Each verb meets some pages, each page some verbs.
      for (std::size_t i = page / 4 % 3; i < verbs.size(); i += 3) {
        if (!verbs[i].reads_log) continue;
        const auto ran = run(filled(verbs[i].arguments, place));
        BOOST_TEST((ran.code == 0 || ran.code == 5 || ran.code == 9 || ran.code == 10),
                   verbs[i].arguments << " ended with " << ran.code << " for page " << page << ": "
                                      << ran.out.substr(0, 500));
        if (ran.code != 0) check_left_nothing(verbs[i], place);
        fs::remove_all(place.scratch.path / "out");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_directory_without_a_log_is_told_apart) {
  const DamagedPlace place;
  fs::remove(place.file());
  for (const auto& verb : all_verbs()) {
    if (!verb.reads_log) continue;
    check_run(filled(verb.arguments, place), 3, "no log in");
  }
}

BOOST_AUTO_TEST_SUITE_END()
