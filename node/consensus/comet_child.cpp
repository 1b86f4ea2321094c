#include "node/consensus/comet_child.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/files.hpp"
#include "node/child/answering.hpp"
#include "node/child/program.hpp"

namespace horae {
namespace {

// A kill -9 does it no harm: one that is stuck would only make the node wait.
constexpr auto comet_grace = std::chrono::seconds(10), stuck_grace = std::chrono::seconds(1);
constexpr auto settled_life = std::chrono::minutes(1);
constexpr unsigned most_ends_at_once = 6;
constexpr std::uintmax_t log_bytes = 8u << 20;

std::filesystem::path log_before(const std::filesystem::path& log_file) {
  return log_file.string() + ".1";
}

// It is appended to, so that what comes next stands at the beginning.
void keep_short(const std::filesystem::path& log_file) {
  namespace fs = std::filesystem;
  std::error_code error;
  const auto size = fs::file_size(log_file, error);
  if (error || size <= log_bytes) return;
  fs::copy_file(log_file, log_before(log_file), fs::copy_options::overwrite_existing, error);
  fs::resize_file(log_file, 0, error);
}

// A database that was being made when its CometBFT was killed: without the file CURRENT goleveldb
// takes it for a damaged one, and CometBFT would never start. It is made before anything is
// written: a database that has tables or a journal is left to people.
bool is_half_made(const std::filesystem::path& database) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (database.extension() != ".db" || fs::exists(database / "CURRENT", error) || error)
    return false;
  for (const auto& file : fs::directory_iterator(database, error)) {
    const auto kind = file.path().extension();
    if (kind == ".ldb" || kind == ".sst" || kind == ".log") return false;
  }
  return !error;
}

void clear_half_made(const std::filesystem::path& data) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<fs::path> half_made;
  for (const auto& database : fs::directory_iterator(data, error)) {
    if (database.is_directory(error) && is_half_made(database)) half_made.push_back(database);
  }
  for (const auto& database : half_made) fs::remove_all(database, error);
}

}  // namespace

std::string comet_last_words(const std::filesystem::path& log_file) {
  const auto text = read_small_file(log_file).value_or("");
  constexpr std::string_view sign = "panic: ";
  const auto begin = text.starts_with(sign) ? 0 : text.rfind("\n" + std::string(sign));
  if (begin == std::string::npos) return last_words(log_file);
  const auto words = std::string_view(text).substr(text.find(sign, begin));
  return ": " + std::string(words.substr(0, std::min(words.find("\n\n"), std::size_t{500})));
}

CometChild::CometChild(Options options, std::filesystem::path program)
    : options_(std::move(options)),
      program_(std::move(program)),
      log_file_(options_.home / "cometbft.log") {}

Result<std::unique_ptr<CometChild>> CometChild::start(Options options, Clock::time_point now) {
  std::error_code error;
  if (!std::filesystem::is_socket(options.app_socket, error)) {
    return fail("nobody listens at " + options.app_socket.string() +
                " yet, and CometBFT is started after this node's side of it");
  }
  auto program = program_called(options.words.at(0));
  if (!program) return tl::unexpected(program.error());
  if (!std::filesystem::exists(*program, error)) {
    return fail("there is no CometBFT at " + program->string() +
                " (./check gets the pinned one; pool.command names another)");
  }
  std::unique_ptr<CometChild> out(new CometChild(std::move(options), std::move(*program)));
  if (auto launched = out->launch(now); !launched) return tl::unexpected(launched.error());
  return out;
}

CometChild::~CometChild() {
  if (child_) child_->stop(comet_grace);
}

Result<void> CometChild::launch(Clock::time_point now) {
  std::error_code error;
  if (std::filesystem::is_socket(options_.signer_socket, error)) {
    std::filesystem::remove(options_.signer_socket, error);
  }
  clear_half_made(options_.home / "data");
  std::filesystem::rename(log_file_, log_before(log_file_), error);  // at first there is none
  ChildSpec spec;
  spec.program = program_;
  spec.arguments.assign(options_.words.begin() + 1, options_.words.end());
  spec.arguments.insert(spec.arguments.end(), {"node", "--home", options_.home.string()});
  spec.environment = {"HOME=" + options_.home.string(), "PATH=/usr/bin:/bin"};
  spec.directory = options_.home;
  spec.log_file = log_file_;
  // Where the node dies while a vote is to be signed, a CometBFT that is asked to end waits minutes
  // for the signer, and keeps its files and its port from the node's next life.
  spec.orphaned = SIGKILL;
  auto child = Child::start(spec);
  if (!child) return tl::unexpected(child.error());
  child_.emplace(std::move(*child));
  launched_ = now;
  const std::lock_guard lock(mutex_);
  restart_asked_.reset();
  return {};
}

void CometChild::ask_restart(const std::string& why) {
  const std::lock_guard lock(mutex_);
  restart_asked_ = why;
}

std::optional<std::string> CometChild::restart_asked() {
  const std::lock_guard lock(mutex_);
  return restart_asked_;
}

Result<void> CometChild::ended(const std::string& how, Clock::time_point now) {
  child_.reset();
  ends_at_once_ = now - launched_ < settled_life ? ends_at_once_ + 1 : 1;
  const auto what = "CometBFT ended with " + how + comet_last_words(log_file_);
  // ErrAppBlockHeightTooHigh (state/errors.go): the next start would end the same way.
  if (what.find(") is higher than core (") != std::string::npos) {
    return fail(what + ": the log is ahead of consensus' own blocks, in " +
                (options_.home / "data").string() +
                ". They belong together: put newer ones back; or take both away, and both come "
                "from the other members again (docs/pool.md, What is where)");
  }
  if (ends_at_once_ == most_ends_at_once) {
    return fail(fmt::format("{} (the {}th end within a minute of its start; {} has all it said)",
                            what, ends_at_once_, log_file_.string()));
  }
  const auto pause = std::chrono::seconds(1u << (ends_at_once_ - 1));
  due_ = now + pause;
  logger_.warn(what, {{"again in", std::to_string(pause.count()) + " s"}});
  return {};
}

Result<void> CometChild::tend(Clock::time_point now) {
  if (child_) {
    keep_short(log_file_);
    if (const auto how = child_->wait(std::chrono::milliseconds(0))) return ended(*how, now);
    const auto why = restart_asked();
    if (!why) return {};
    logger_.warn("CometBFT is started again", {{"why", *why}});
    child_->stop(stuck_grace);
    child_.reset();
  } else if (now < due_) {
    return {};
  }
  ++restarts_;
  return launch(now);
}

}  // namespace horae
