#include "tests/bench/journal_load.hpp"

#include <caf/event_based_actor.hpp>

#include "events/mempool/mempool.hpp"
#include "storage/log_tree.hpp"

namespace horae::bench {
namespace {

class JournalClock : public horae::Clock {
 public:
  [[nodiscard]] std::uint64_t now_ms() const override {
    using namespace std::chrono;
    return static_cast<std::uint64_t>(
        duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
  }
};

// Hears of every position, as the world does.
caf::behavior follow(caf::event_based_actor* self, journal_actor journal) {
  self->set_default_handler(caf::drop);
  self->send(journal, Beyond{0});
  return {[=](const Durable& durable) { self->send(journal, Beyond{durable.seq}); }};
}

// A fact whose record has record_bytes; what it says is nobody's business here.
Fact fact_of_size() {
  std::size_t detail = 100;
  const auto made = [&] {
    return make_fact<schema::MempoolFact>([&](auto fact) {
      auto drop = fact.initTxnDropped();
      drop.setHash(data(Hash32{{1}}));
      drop.setReason(Reason::EVICTED);
      drop.setDetail(std::string(detail, 'x').c_str());
    });
  };
  auto fact = made();
  detail += record_bytes - RecordHeader::size - fact.payload.bytes().size();
  fact = made();
  if (fact.payload.bytes().size() + RecordHeader::size != record_bytes) stop("a fact's size");
  return fact;
}

// Where the journal goes on. A made log has no tree: it gets its tiles here.
JournalPosition position_in(const std::shared_ptr<Environment>& environment) {
  JournalPosition out;
  std::vector<Hash32> tiles;
  LogReader reader(environment);
  const auto shown = reader.scan(1, UINT64_MAX, [&](std::uint64_t, BytesView value) {
    const auto record = decode_record(value);
    if (!record) stop(record.error().what);
    if (const auto tile = out.pass(record->header, record_hash(*record))) tiles.push_back(*tile);
    return true;
  });
  if (!shown) stop(shown.error().what);
  const auto stored = LogTree(environment, nullptr).stored_tiles();
  if (!stored) stop(stored.error().what);
  if (stored->empty() && !tiles.empty()) {
    if (auto added = LogWriter(environment).add_tiles(0, tiles); !added) stop(added.error().what);
  }
  return out;
}

}  // namespace

JournalLoad::JournalLoad(const std::filesystem::path& directory, std::size_t batch_facts)
    : batch_facts_(batch_facts), system_(config_), self_(system_), fact_(fact_of_size()) {
  const auto environment = open_log(directory, Access::durable);
  if (!environment) stop(environment.error().what);
  JournalOptions options;
  options.batch_facts = batch_facts;
  options.on_failure = [](const Fault& fault) { stop(fault.what); };
  journal_ = spawn_journal(system_, Threading::own, meters_, board_,
                           std::make_unique<LogWriter>(*environment),
                           std::make_shared<JournalClock>(), position_in(*environment), options);
  follower_ = system_.spawn(follow, journal_);
}

JournalLoad::~JournalLoad() {
  self_->send_exit(follower_, caf::exit_reason::kill);
  self_->send_exit(journal_, caf::exit_reason::kill);
  self_->wait_for(journal_, follower_);
}

void JournalLoad::send_fact() {
  Append append;
  append.decision.facts.push_back(fact_);
  self_->send(journal_, std::move(append));
}

double JournalLoad::saturated(double seconds) {
  const auto window = 3 * batch_facts_;
  const auto start = bench::Clock::now();
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  for (; sent < window; ++sent) send_fact();
  bool open = true;
  self_->receive_while([&] { return answered < sent; })([&](const Receipt&) {
    ++answered;
    if (answered % 64 == 0 || batch_facts_ < 64) open = open && seconds_since(start) < seconds;
    if (!open) return;
    send_fact();
    ++sent;
  });
  return static_cast<double>(answered) / seconds_since(start);
}

double JournalLoad::offered(double per_second, double seconds, std::vector<double>& milliseconds) {
  using std::chrono::duration;
  const auto start = bench::Clock::now();
  const auto all = static_cast<std::uint64_t>(per_second * seconds) + 1;
  const auto due = [&](std::uint64_t n) {
    return start + std::chrono::duration_cast<bench::Clock::duration>(
                       duration<double>(static_cast<double>(n) / per_second));
  };
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  while (answered < all) {
    while (sent < all && due(sent) <= bench::Clock::now()) {
      send_fact();
      ++sent;
    }
    const auto wait = sent < all ? due(sent) - bench::Clock::now() : std::chrono::seconds(1);
    self_->receive(
        [&](const Receipt&) {
          const auto took = bench::Clock::now() - due(answered++);
          milliseconds.push_back(duration<double, std::milli>(took).count());
        },
        caf::after(std::max<bench::Clock::duration>(wait, bench::Clock::duration::zero())) >>
            [] {});
  }
  return static_cast<double>(answered) / seconds_since(start);
}

}  // namespace horae::bench
