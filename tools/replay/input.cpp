#include "tools/replay/input.hpp"

#include <cerrno>
#include <fstream>

#include "core/files.hpp"

namespace horae::replay {

Outcome<std::string> read_input(const std::filesystem::path& file) {
  const auto cannot = [&](const std::string& why) {
    return refuse(Trouble::no_file, "cannot read " + file.string() + ": " + why);
  };
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) return cannot("it is a directory");
  std::ifstream in(file, std::ios::binary);
  if (!in) return cannot(errno_words(errno));
  std::string out;
  char part[65536];
  while (in.read(part, sizeof part) || in.gcount() > 0) {
    out.append(part, static_cast<std::size_t>(in.gcount()));
    if (out.size() > most_input_bytes) {
      return refuse(Trouble::file_form, file.string() + " has more than " +
                                            std::to_string(most_input_bytes) +
                                            " bytes: it is none of the files that we write");
    }
  }
  if (in.bad()) return cannot("it ends in the midst of a reading");
  if (out.empty()) return refuse(Trouble::file_form, file.string() + " is empty");
  return out;
}

}  // namespace horae::replay
