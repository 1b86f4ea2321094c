#include "node/keys/registry.hpp"

#include <boost/test/unit_test.hpp>

#include "core/crypto/secp256k1.hpp"

using namespace horae;

BOOST_AUTO_TEST_SUITE(registry_entries)

namespace {

registry::Entry good() {
  registry::Entry out;
  out.name = "Ωmega";
  out.avatar = "{BASEDIR}/assets/omega.svg";
  out.desc = "A sequencer";
  out.owner = *fixed_from_hex<Address>("0x00000000000000000000000000000000000000aa");
  out.pubkey = public_key(*to_secret_key(Bytes(32, 7)));
  out.url = "https://omega.example";
  return out;
}

std::string file_of(std::initializer_list<std::string> entries) {
  std::string out = "[";
  for (const auto& one : entries) out += (out.size() > 1 ? "," : "") + one;
  return out + "]";
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  BOOST_REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string only(const std::vector<std::string>& faults) {
  return faults.size() == 1 ? faults.front() : std::to_string(faults.size()) + " faults";
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_good_entry_is_taken_and_reads_back) {
  BOOST_TEST(registry::faults(good()).empty());
  const auto text = registry::to_json(good());
  BOOST_TEST(registry::faults_of_file(file_of({text})).empty());
  BOOST_TEST(text.find(to_hex(good().pubkey)) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(each_fault_is_named) {
  const auto with = [](auto change) {
    auto entry = good();
    change(entry);
    return only(registry::faults(entry));
  };
  BOOST_TEST(with([](auto& e) { e.name = ""; }) == "name is missing");
  BOOST_TEST(with([](auto& e) { e.name = std::string(25, 'x'); }) ==
             "name is longer than 24 characters");
  BOOST_TEST(with([](auto& e) { e.desc = std::string(201, 'x'); }) ==
             "desc is longer than 200 characters");
  BOOST_TEST(with([](auto& e) { e.avatar = "omega.svg"; }) ==
             "avatar is not {BASEDIR}/assets/<file>.png or .svg");
  BOOST_TEST(with([](auto& e) { e.url = "http://omega.example"; }) ==
             "url does not begin with https://");
  BOOST_TEST(with([](auto& e) { e.owner = {}; }) == "address, the owner's, is missing or none");
  BOOST_TEST(with([](auto& e) { e.pubkey = {}; }).starts_with("pubkey is not 0x"));
}

BOOST_AUTO_TEST_CASE(characters_are_counted_and_not_bytes) {
  auto entry = good();
  entry.name = "";
  for (int i = 0; i < 24; ++i) entry.name += "Ω";
  BOOST_TEST(registry::faults(entry).empty());
}

BOOST_AUTO_TEST_CASE(a_file_is_checked_as_a_whole) {
  const auto text = registry::to_json(good());
  BOOST_TEST(only(registry::faults_of_file("{}")) == "the file is no JSON array");
  BOOST_TEST(only(registry::faults_of_file("[1]")) == "entry 0: no object");
  BOOST_TEST(registry::faults_of_file(file_of({text, text})).size() == 3u);
  const auto signer = to_hex(address_of(good().pubkey));
  BOOST_TEST(only(registry::faults_of_file(
                 file_of({changed(text, signer, "0x" + std::string(40, '1'))}))) ==
             "entry 0: seq_addr is not the address of pubkey: wanted " + signer);
  const auto mistyped = std::string("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD");
  const auto with_owner = changed(text, to_hex(good().owner), mistyped);
  BOOST_TEST(only(registry::faults_of_file(file_of({with_owner})))
                 .starts_with("entry 0: address: a digit is mistyped"));
  const auto key = to_hex(good().pubkey);
  auto upper = key;
  for (auto& c : upper) c = c == 'x' ? c : static_cast<char>(std::toupper(c));
  BOOST_TEST(only(registry::faults_of_file(file_of({changed(text, key, upper)}))) ==
             "entry 0: pubkey has upper-case digits");
}

BOOST_AUTO_TEST_SUITE_END()
