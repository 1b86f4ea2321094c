#include "node/watch/looking.hpp"

#include "edges/quiet_thread.hpp"

namespace horae {

Looking::Looking(const char* name, std::chrono::milliseconds every, std::function<void()> look)
    : every_(every), look_(std::move(look)), thread_(quiet_thread(name, [this] {
        while (!ending_) {
          look_();
          std::unique_lock lock(mutex_);
          changed_.wait_for(lock, every_, [this] { return ending(); });
        }
      })) {}

Looking::~Looking() {
  end_soon();
  thread_.join();
}

void Looking::end_soon() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
}

}  // namespace horae
