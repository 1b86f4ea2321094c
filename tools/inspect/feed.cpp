#include "tools/inspect/feed.hpp"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

#include "core/files.hpp"
#include "core/result.hpp"
#include "edges/quiet_thread.hpp"
#include "tools/inspect/words.hpp"

namespace horae::inspect {
namespace {

constexpr auto interval = std::chrono::seconds(1);
// Of one question: a node that takes longer is told to be silent, and asked again.
constexpr unsigned patience_ms = 3000;
constexpr std::uint32_t most_asked = 64;

}  // namespace

Feed::Feed(std::filesystem::path socket)
    : socket_(std::move(socket)), event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_ < 0) stop(std::string("no eventfd: ") + errno_words(errno));
  thread_ = quiet_thread("feed", [this] { run(); });
}

Feed::~Feed() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
  thread_.join();
  ::close(event_);
}

Scene Feed::scene() {
  std::uint64_t events = 0;
  (void)!::read(event_, &events, sizeof(events));
  const std::lock_guard lock(mutex_);
  return shown_;
}

void Feed::watch(const std::string& actor) {
  {
    const std::lock_guard lock(mutex_);
    if (wanted_ == actor) return;
    wanted_ = actor;
  }
  changed_.notify_one();
}

void Feed::run() {
  std::unique_lock lock(mutex_);
  while (!ended_) {
    const auto actor = wanted_;
    lock.unlock();
    poll(actor);
    lock.lock();
    shown_ = scene_;
    const std::uint64_t one = 1;
    (void)!::write(event_, &one, sizeof(one));
    changed_.wait_for(lock, interval, [&] { return ended_ || wanted_ != actor; });
  }
  lock.unlock();
  attached_.reset();
}

void Feed::poll(const std::string& actor) {
  const auto lose = [&](const Failure& why) {
    const auto now = std::chrono::steady_clock::now();
    if (scene_.trouble.empty()) lost_ = now;
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now - lost_).count();
    scene_.trouble = fmt::format("LOST for {}, trying again: {}",
                                 seconds(static_cast<std::uint64_t>(ms)), printable(why.what));
    attached_.reset();
  };
  if (!attached_) {
    auto opened = Attachment::open(socket_, patience_ms);
    if (!opened) return lose(opened.error());
    attached_ = std::move(*opened);
    last_message_ = 0;  // another run counts anew
  }
  auto snapshot = attached_->snapshot();
  if (!snapshot) return lose(snapshot.error());
  scene_.snapshot = std::make_shared<const Snapshot>(std::move(*snapshot));
  history_.add(scene_.snapshot);
  scene_.lints = history_.lints();
  if (actor != scene_.watched) {
    scene_.watched = actor;
    scene_.messages.clear();
    last_message_ = 0;
  }
  if (!actor.empty()) {
    for (std::size_t heard_now = 0; heard_now < kept_messages;) {
      const auto messages = attached_->messages(actor, last_message_, most_asked);
      if (!messages) return lose(messages.error());
      last_message_ = (**messages).getLast();
      const auto all = (**messages).getMessages();
      if (all.size() == 0) break;
      for (const auto message : all) scene_.messages.push_back(heard(message));
      heard_now += all.size();
    }
    if (scene_.messages.size() > kept_messages) {
      scene_.messages.erase(scene_.messages.begin(), scene_.messages.end() - kept_messages);
    }
  }
  scene_.trouble.clear();
}

}  // namespace horae::inspect
