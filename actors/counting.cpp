#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/sec.hpp>

#include "actors/capture.hpp"
#include "actors/shell.hpp"
#include "core/stopped.hpp"

namespace horae {

// Whoever runs here sends, also where it passes on what another asked (a delegated message names
// the asker). A message that no handler sends has only the sender that it names.
void count_in(ActorMeter& meter, const caf::mailbox_element& element) {
  meter.enqueued.fetch_add(1, std::memory_order_relaxed);
  const auto& named = element.sender;
  const auto* here = Handling::here();
  const auto is_ours = [&] {
    return here != nullptr ||
           dynamic_cast<const WithMeter*>(caf::actor_cast<caf::abstract_actor*>(named)) != nullptr;
  };
  const auto from = here != nullptr ? here->actor_id.load(std::memory_order_relaxed)
                    : named         ? named->id()
                                    : 0;
  meter.senders.count(from, is_ours);
  if (meter.ring.watched()) meter.ring.keep(capture(element, from));
}

caf::error end_at(const ActorMeter& meter, const std::exception_ptr& thrown) {
  std::string what = "something that is no std::exception";
  try {
    std::rethrow_exception(thrown);
  } catch (const Stopped&) {
    return caf::sec::runtime_error;
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {  // NOLINT(bugprone-empty-catch): said above
  }
  stop("an exception left the " + meter.name + ": " + what);
}

}  // namespace horae
