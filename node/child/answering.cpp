#include "node/child/answering.hpp"

#include <fstream>
#include <iterator>

#include "edges/stop_signals.hpp"

namespace horae {

std::string last_words(const std::filesystem::path& log_file) {
  constexpr std::streamoff most = 500;
  std::ifstream file(log_file, std::ios::binary | std::ios::ate);
  const auto size = static_cast<std::streamoff>(file.tellg());
  if (size <= 0) return "";
  file.seekg(size > most ? size - most : 0);
  std::string text(std::istreambuf_iterator<char>(file), {});
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.empty() ? "" : ": " + text;
}

Result<void> await_answer(Child& child, std::string_view name,
                          const std::filesystem::path& log_file,
                          const std::function<bool()>& answers, std::chrono::seconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!answers()) {
    if (const auto end = child.wait(std::chrono::milliseconds(10))) {
      return fail(std::string(name) + " ended with " + *end + last_words(log_file));
    }
    if (stop_asked()) return fail("a signal came before " + std::string(name) + " answered");
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(std::string(name) + " does not answer" + last_words(log_file));
    }
  }
  return {};
}

}  // namespace horae
