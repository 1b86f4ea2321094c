#include "node/config/write.hpp"

#include <algorithm>

namespace horae::config {
namespace {

bool is_number(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string as_toml(const Setting& setting, const std::string& text) {
  if (setting.kind != "FILES") return is_number(text) ? text : quoted(text);
  std::string out = "[";
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    out += (begin == 0 ? "" : ", ") + quoted(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out + "]";
}

}  // namespace

std::string commented_file(const std::map<std::string, std::string, std::less<>>& given,
                           std::string_view head) {
  Surroundings around;
  around.network = given.at("network");
  std::string out =
      "# Settings of a Horae node. What is commented out has the value that is shown; a variable "
      "of\n"
      "# the environment goes before this file, a flag before both: `horae config show "
      "--origin`.\n";
  if (!head.empty()) out += "# " + std::string(head) + "\n";
  std::string table;
  for (const auto& setting : settings()) {
    const auto dot = setting.name.find('.');
    const auto in = std::string(setting.name.substr(0, dot == std::string_view::npos ? 0 : dot));
    const auto key = setting.name.substr(dot == std::string_view::npos ? 0 : dot + 1);
    if (in != table) out += "\n[" + in + "]\n";
    table = in;
    out += "\n# " + std::string(setting.about) + ".\n";
    if (const auto said = given.find(setting.name); said != given.end()) {
      out += std::string(key) + " = " + as_toml(setting, said->second) + "\n";
    } else {
      const auto standard = setting.standard(around);
      out += "# " + std::string(key) + " = " +
             (standard ? as_toml(setting, *standard) : "(must be set)") + "\n";
    }
  }
  return out;
}

}  // namespace horae::config
