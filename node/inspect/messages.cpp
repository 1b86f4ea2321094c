#include "node/inspect/messages.hpp"

#include <algorithm>

namespace horae {
namespace {

using schema::Inspector;

// Cut where no UTF-8 character is.
std::size_t cut_at(const std::string& text, std::size_t most) {
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  return most;
}

struct Decoded {
  CapturedMessage seen;
  std::string text;
  bool cut = false;
};

// As many as one answer holds, from the oldest on.
std::vector<Decoded> decoded(std::vector<CapturedMessage> messages) {
  std::vector<Decoded> out;
  std::size_t bytes = 0;
  for (auto& seen : messages) {
    auto text = seen.decode ? seen.decode() : std::string();
    const bool cut = text.size() > most_decoded;
    if (cut) text.resize(cut_at(text, most_decoded));
    bytes += text.size();
    if (bytes > most_decoded_in_all) break;
    out.push_back({std::move(seen), std::move(text), cut});
  }
  return out;
}

void write(Inspector::Message::Builder out, const Decoded& message, const Sampler& sampler,
           const Moment& moment) {
  const auto& seen = message.seen;
  out.setNumber(seen.number);
  const auto ago_ms = (moment.now_ns - std::min(moment.now_ns, seen.at_ns)) / 1'000'000;
  out.setTime(moment.time_ms - std::min(moment.time_ms, ago_ms));
  out.setFrom(sampler.sender(seen.from));
  out.setKind(seen.kind);
  out.setAnswer(seen.answer);
  out.setBytes(seen.bytes);
  out.setDecoded(message.text);
  out.setCut(message.cut);
}

}  // namespace

MessageWatch::~MessageWatch() {
  for (const auto& [meter, asked] : asked_ns_) meter->ring.watch(false);
}

void MessageWatch::answer(Inspector::Messages::Builder out, const std::string& actor,
                          std::uint64_t after, std::size_t most, const Sampler& sampler,
                          const Moment& moment) {
  const auto meters = meters_->all();
  const auto found =
      std::ranges::find(meters, actor, [](const auto& meter) { return meter->name; });
  out.setFound(found != meters.end());
  if (found == meters.end()) return;
  auto& ring = (*found)->ring;
  if (!ring.watched()) ring.watch(true);
  asked_ns_[*found] = moment.now_ns;
  const auto seen = decoded(ring.after(after, most));
  out.setLast(seen.empty() ? after : seen.back().seen.number);
  auto messages = out.initMessages(static_cast<unsigned>(seen.size()));
  for (unsigned i = 0; i < messages.size(); ++i) write(messages[i], seen[i], sampler, moment);
}

void MessageWatch::tick(std::uint64_t now_ns) {
  std::erase_if(asked_ns_, [&](const auto& entry) {
    if (now_ns - std::min(now_ns, entry.second) < patience_ns) return false;
    entry.first->ring.watch(false);
    return true;
  });
}

}  // namespace horae
