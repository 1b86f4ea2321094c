#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>

#include "actors/capture.hpp"
#include "actors/shell.hpp"

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

}  // namespace horae
