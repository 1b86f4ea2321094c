#include "node/ops/finder.hpp"

#include <fmt/core.h>

#include <boost/json.hpp>
#include <charconv>

#include "core/files.hpp"
#include "node/http/get.hpp"
#include "node/ops/ops.hpp"
#include "node/ops/process.hpp"
#include "node/ops/status_text.hpp"

namespace horae {
namespace {

namespace json = boost::json;

Asked nobody(std::string words) { return {Asked::none, std::move(words), {}, {}}; }
Asked silence(std::string words, std::string url = {}) {
  return {Asked::silent, std::move(words), std::move(url), {}};
}

// The pid in the directory's lock file; 0 where nobody has it in order.
int holder(const DataPaths& paths) {
  const auto text = read_small_file(paths.lock_file());
  int pid = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), pid);
  return pid;
}

std::optional<int> pid_in(const json::object& status) {
  const auto* node = status.if_contains("node");
  if (node == nullptr || !node->is_object()) return std::nullopt;
  const auto* pid = node->get_object().if_contains("pid");
  if (pid == nullptr || !pid->is_int64()) return std::nullopt;
  return static_cast<int>(pid->get_int64());
}

}  // namespace

std::string NodeFinder::where() const { return ops_ ? ops_->shown() : paths_.root.string(); }

Asked NodeFinder::ask() const {
  if (ops_) return ask_port(*ops_, std::nullopt);
  std::error_code error;
  if (!std::filesystem::is_directory(paths_.root, error)) {
    return nobody("there is no directory " + paths_.root.string() +
                  ": give the --datadir or --config that the node was started with");
  }
  const auto file = read_ops_file(paths_);
  if (!file) return silence(file.error().what);
  if (!*file) return without_file();
  const auto& told = **file;
  // The pid alone may be another process's by now; and one in another PID namespace is not to be
  // seen from here, but what it holds is.
  if (process_began(told.pid) != told.began && !DataDirectory::is_held(paths_)) {
    return nobody(
        fmt::format("no node runs on {}: process {} (horae {}), which had it last, was "
                    "killed; what it acknowledged is in the log, and the next start goes "
                    "on from there",
                    paths_.root.string(), told.pid, told.command));
  }
  const auto endpoint = Endpoint::parse(told.url);
  if (!endpoint) return silence("ops.json: " + endpoint.error().what);
  return ask_port(*endpoint, told.pid);
}

Asked NodeFinder::without_file() const {
  const auto pid = holder(paths_);
  if (pid != 0 && process_began(pid)) {
    return silence(
        fmt::format("process {} has {}, and no ops port: it is just starting, or no "
                    "`horae run` or `horae dev`",
                    pid, paths_.root.string()));
  }
  if (DataDirectory::is_held(paths_)) {
    return silence("a process that cannot be seen from here has " + paths_.root.string() +
                   ", and no ops port: ask in its container, or with --ops");
  }
  return nobody("no node runs on " + paths_.root.string());
}

Asked NodeFinder::ask_port(const Endpoint& endpoint, std::optional<int> pid) const {
  const auto url = "http://" + endpoint.shown();
  const auto who = pid ? fmt::format("process {}", *pid) : std::string("the node");
  const auto page = get_page(endpoint, "/status");
  if (!page)
    return silence(fmt::format("{} does not answer at {}: {}", who, url, page.error().what), url);
  boost::system::error_code wrong;
  auto status = json::parse(page->body, wrong);
  const auto* object = status.if_object();
  const auto its_pid = !wrong && object != nullptr ? pid_in(*object) : std::nullopt;
  if (page->status != 200 || !its_pid) {
    return silence("what answers at " + url + " is no node of Horae's", url);
  }
  if (pid && *its_pid != *pid) {
    return silence(fmt::format("at {} answers process {}, not {}", url, *its_pid, *pid), url);
  }
  // One of another version may tell less than is looked at here.
  try {
    if (status_text(*object).empty() || !object->at("synced").is_bool()) throw std::exception();
  } catch (const std::exception&) {
    return silence("the node at " + url + " is of another version: ask with its own `horae status`",
                   url);
  }
  return {Asked::answers, {}, url, std::move(status.as_object())};
}

}  // namespace horae
